# SPDX-License-Identifier: GPL-2.0-only
"""From figures to what people read: results.tsv, the table on the terminal, and the generated
parts of the documents. Judges the budgets, too. Nothing here measures, and no figure comes from
anywhere but a list of results and metrics.py."""

import re

from metrics import (ANAXAGOROS, BEST_PEER, CITED, JUDGED, LINUX, METRICS, SYSTEMS, VARIANTS, WORST,
                     Result, Times)

HEADER = "\t".join(Result._fields)
NONE = "–"
RED, BOLD, PLAIN = "\033[31m", "\033[1m", "\033[0m"


class ReportError(Exception):
    """A file is not what it should be; the message names it."""


def canonical(result):
    """A metric that only has another system's budget for a path is that path."""
    metric = METRICS.get(result.metric)
    return result._replace(metric=metric.like) if metric and metric.like else result


def unknown(results):
    """What a table would silently leave out: names that metrics.py does not have."""
    return sorted({name for result in results for name, known in
                   ((result.system, SYSTEMS), (result.metric, {**JUDGED, **WORST}))
                   if name not in known})


def index(results):
    return {(result.system, result.metric): result for result in map(canonical, results)}


# --- files -------------------------------------------------------------------------------------

def write_results(path, results):
    lines = [HEADER] + ["\t".join([r.system, r.metric, str(r.min), f"{r.mean:.4f}", str(r.max),
                                   str(r.samples)]) for r in results]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_results(path):
    """The results of an earlier run."""
    header, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
    if header != HEADER:
        raise ReportError(f"{path}: the first line is not '{HEADER}'")
    results = []
    for number, line in enumerate(lines, 2):
        try:
            system, metric, least, mean, most, samples = line.split("\t")
            results.append(Result(system, metric, int(least), float(mean), int(most),
                                  int(samples)))
        except ValueError as error:
            raise ReportError(f"{path}:{number}: not a result: {line!r}") from error
    return results


def replace_block(text, name, body, where="the document"):
    """What stands between the two markers of a name, and only that, becomes the body."""
    pattern = re.compile(rf"(<!-- bench:begin {re.escape(name)} -->\n).*?"
                         rf"(<!-- bench:end {re.escape(name)} -->)", re.S)
    if len(pattern.findall(text)) != 1:
        raise ReportError(f"{where}: not exactly one pair of bench markers named '{name}'")
    return pattern.sub(lambda match: f"{match[1]}{body.rstrip()}\n{match[2]}", text)


def fill(path, blocks):
    text = path.read_text(encoding="utf-8")
    for name, body in blocks.items():
        text = replace_block(text, name, body, path)
    path.write_text(text, encoding="utf-8")


# --- budgets -----------------------------------------------------------------------------------

class Verdict:
    """One budget and what became of it. The maximum counts, but for multiples: a promise to hard
    real time is broken by one sample."""

    def __init__(self, name, figures):
        metric = JUDGED[name]
        self.name, self.title, self.unit, self.of = name, metric.title, metric.unit, metric.of
        self.path = metric.like or name
        measured = figures.get((metric.of, self.path))
        self.figure = measured.max if measured else None
        if isinstance(metric.budget, Times):
            base, factor = metric.budget
            limit = figures.get((base, self.path))
            self.figure = measured.mean if measured else None
            self.budget = limit.mean * factor if limit else None
            self.words = f"{base}×{factor}"
        elif isinstance(metric.budget, tuple):
            base, more = metric.budget
            limit = figures.get((base, self.path))
            self.budget = limit.max + more if limit else None
            self.words = f"{base} + {more}"
        else:
            self.budget = metric.budget
            self.words = number(metric.budget)

    @property
    def judged(self):
        return self.figure is not None and self.budget is not None

    @property
    def over(self):
        return self.judged and self.figure > self.budget

    def __str__(self):
        figure = "not measured" if self.figure is None else f"{number(self.figure)} {self.unit}"
        if self.budget is None:
            budget = f"{self.words}, which was not measured"
        elif self.words != number(self.budget):
            budget = f"{number(self.budget)} ({self.words})"
        else:
            budget = self.words
        return f"{self.name}: {figure}, budget {budget}"


def judge(results):
    """A verdict for each metric that has a budget."""
    figures = index(results)
    return [Verdict(name, figures) for name, metric in JUDGED.items()
            if metric.budget is not None]


def complaints(results, complete=True):
    """One line for each budget that is exceeded and, where the run was to measure all, for each
    that cannot be judged: a gate must not open because nobody looked."""
    return [str(verdict) for verdict in judge(results)
            if verdict.over or (complete and not verdict.judged)]


# --- tables ------------------------------------------------------------------------------------

def number(value):
    """As a person reads it: thousands apart, and a fraction only where it says something."""
    if abs(value - round(value)) < 0.05 or value >= 100:
        return f"{round(value):,}"
    return f"{value:.1f}"


def short(value):
    """For tables, where the digits after the first few only make a column wide."""
    return f"{value / 1e6:.2f} M" if value >= 1e6 else number(value)


def spread(result):
    """Minimum / mean / maximum, or one number when they are the same."""
    if result is None:
        return NONE
    figures = [result.min, result.mean, result.max]
    return " / ".join(map(short, figures if result.min < result.max else figures[2:]))


def title(metric):
    return metric.title if metric.unit == "instructions" else f"{metric.title}, {metric.unit}"


def columns(figures, wanted=SYSTEMS):
    """Systems in their order; one that is wanted and missing keeps its column of dashes, another
    setting of a system does not."""
    seen = {system for system, _ in figures}
    return [system for system in SYSTEMS
            if system in seen or (system in wanted and system not in VARIANTS)]


def rows(figures, systems, metrics=METRICS):
    """(metric, cells) for each path, all systems beside each other."""
    return [(name, [spread(figures.get((system, name))) for system in systems])
            for name, metric in metrics.items() if not metric.like]


def markdown(head, body):
    """A table whose source can be read, too: first column text, the others figures."""
    lines = [head] + body
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    rule = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]

    def row(cells):
        padded = [cells[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
        return "| " + " | ".join(padded) + " |"
    return "\n".join(map(row, [head, rule] + body))


def terminal(results, width=100, colour=False, wanted=SYSTEMS):
    """The same table for a terminal: as many systems beside each other as fit, what is over
    its budget in red."""
    figures = index(results)
    verdicts = judge(results)
    over = {(verdict.of, verdict.path) for verdict in verdicts if verdict.over}
    budgets = {}
    for verdict in verdicts:
        budgets.setdefault(verdict.path, verdict.words)
    parts = []
    for systems in fitting(figures, columns(figures, wanted), width):
        parts.append(text_table(figures, systems, budgets, over, colour))
    return "\n\n".join(parts)


def fitting(figures, systems, width):
    """The systems in groups whose tables are not wider than the terminal."""
    room = width - max(len(title(metric)) for metric in JUDGED.values()) - 16
    groups, used = [[]], 0
    for system in systems:
        cells = [spread(figures.get((system, name))) for name in JUDGED]
        needed = 2 + max(map(len, [SYSTEMS[system]] + cells))
        if groups[-1] and used + needed > room:
            groups.append([])
            used = 0
        groups[-1].append(system)
        used += needed
    return groups


def text_table(figures, systems, budgets, over, colour):
    head = ["min / mean / max", "budget"] + [SYSTEMS[system] for system in systems]
    lines = rows(figures, systems, JUDGED)
    body = [[title(JUDGED[name]), budgets.get(name, ""), *cells] for name, cells in lines]
    names = [name for name, _ in lines]
    widths = [max(len(line[at]) for line in [head] + body) for at in range(len(head))]

    def row(cells, paint):
        padded = [cells[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:])]
        return "  ".join(f"{paint(at)}{cell}{PLAIN}" if colour and paint(at) else cell
                         for at, cell in enumerate(padded)).rstrip()
    lines = [row(head, lambda at: BOLD)]
    for name, cells in zip(names, body):
        red = {at for at, system in enumerate(systems, 2) if (system, name) in over}
        lines.append(row(cells, lambda at, red=red: RED if at in red else ""))
    return "\n".join(lines)


# --- documents ---------------------------------------------------------------------------------

def results_table(results):
    figures = index(results)
    systems = columns(figures)
    return markdown(["min / mean / max"] + [SYSTEMS[system] for system in systems],
                    [[title(METRICS[name])] + cells for name, cells in rows(figures, systems)])


def cited_table():
    paths = [name for name in METRICS if any(name in peer.figures for peer in CITED.values())]
    return markdown(["mean / max, or mean"] + [peer.title for peer in CITED.values()],
                    [[METRICS[name].title] + [cited(peer, name) for peer in CITED.values()]
                     for name in paths])


def cited(peer, name):
    mean, most = peer.figures.get(name, (None, None))
    if mean is None:
        return NONE
    return number(mean) if most in (None, mean) else f"{number(mean)} / {number(most)}"


def paths_list():
    return "\n".join(f"- **{title(metric)}.** {metric.about}" for metric in JUDGED.values())


def linux_table(results):
    """Both means and their ratio, and beside it what another system reported."""
    figures = index(results)
    body = []
    for name, metric in LINUX.items():
        bare, cell = figures.get(("bare", name)), figures.get(("partita", name))
        native, virtual = ANAXAGOROS.get(name, (None, None))
        body.append([metric.title, bare and number(bare.mean) or NONE, cell and number(cell.mean) or NONE,
                     f"{cell.mean / bare.mean:.4f}" if bare and cell else NONE,
                     f"{metric.budget.factor}",
                     f"{short(native)} → {short(virtual)}" if native else NONE,
                     f"{virtual / native:.2f}" if native else NONE])
    return markdown(["mean", SYSTEMS["bare"].replace("EL1 ", ""), "in a cell", "ratio", "at most",
                     "Anaxagoros, cycles", "ratio"], body)


def samples_line(results):
    """How many samples stand behind the figures that the guest measures itself; it has as many
    as it likes, while what happens once in its life is costly to repeat."""
    names = list(METRICS)
    timed = names[:names.index("entries-busy")]
    counts = [result.samples for result in map(canonical, results) if result.metric in timed]
    return (f"The guest timed each path at least {number(min(counts))} times; how often the rest "
            "was counted is in `build/bench/results.tsv`.")


def budgets_table(results):
    body = []
    for verdict in judge(results):
        best, peer = BEST_PEER.get(verdict.name, (None, None))
        body.append([title(JUDGED[verdict.name]), verdict.words,
                     NONE if verdict.figure is None else number(verdict.figure),
                     "**exceeded**" if verdict.over else "met" if verdict.judged else
                     "not judged",
                     NONE if best is None else f"{number(best)}" + (f", {peer}" if peer else "")])
    return markdown(["path", "budget", "maximum", "verdict", "best peer"], body)


def worst_table(results):
    figures = index(results)
    body = [[text, spread(figures.get(("partita", name)))] for name, text in WORST.items()]
    return markdown(["reason", "instructions"], body)


def documents(results, docs, measured_with):
    """Regenerate what the documents say in figures; the prose is left alone."""
    fill(docs / "performance.md", {
        "with": measured_with + "\n\n" + samples_line(results),
        "paths": paths_list(), "results": results_table(results), "cited": cited_table(),
        "linux": linux_table(results)})
    fill(docs / "budgets.md", {
        "budgets": budgets_table(results), "worst": worst_table(results)})
