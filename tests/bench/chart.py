# SPDX-License-Identifier: GPL-2.0-only
"""The picture of docs/performance.md: one row a path, how many times the limit each system is, on
a log scale. Written as plain SVG, the same bytes for the same figures; every figure in it comes
from a list of results or from what metrics.py cites."""

import math
from xml.sax.saxutils import escape

from metrics import CITED, METRICS, SYSTEMS, VARIANTS
from report import index, number

WIDTH = 900
LEFT, RIGHT = 372, 868  # the scale: 1 times the limit, and its last power of ten
TOP = 150
LINE = 14  # between two labels above each other
NEAR = 9  # marks closer than this share a label

# What a program waits for comes first; then what it asks for.
GROUPS = {
    "Interrupts": ("timer-busy", "timer-wfi", "spi", "tick", "sgi-self", "sgi-other"),
    "Calls and emulated registers": ("hypercall", "psci-version", "gicd-typer-read",
                                     "gicr-waker-read", "gicd-isenabler-read",
                                     "gicd-isenabler-write"),
}

VARIANTS_OF_OURS = [system for system, main in VARIANTS.items() if main == "partita"]

SHORT = {"partita": "Partita", "partita-untrusted": "Partita, WFI trapped", "xen": "Xen",
         "xen-native-wfi": "Xen, vwfi=native", "kvm": "KVM"}

STYLE = """
    .paper { fill: #fdfdfb }
    .band { fill: #f3f3ee }
    .title { font-size: 21px; font-weight: bold; fill: #1c1c1c }
    .text { font-size: 13px; fill: #444 }
    .group { font-size: 13px; font-weight: bold; fill: #1c1c1c }
    .path { font-size: 14px; fill: #1c1c1c }
    .figure { font-size: 14px; fill: #555; text-anchor: end }
    .ours { font-size: 15px; font-weight: bold; fill: #00558f; text-anchor: end }
    .label { font-size: 12px; fill: #333; text-anchor: middle;
             stroke: #fdfdfb; stroke-width: 3px; paint-order: stroke }
    .own { fill: #00558f; font-weight: bold }
    .partita { stroke: #0072b2 }
    .grid { stroke: #dcdcd6; stroke-width: 1 }
    .leader { stroke: #aaa; stroke-width: 1 }
    .limit { stroke: #1c1c1c; stroke-width: 1.5 }
    .bar { fill: #0072b2 }
    .variant { fill: #fdfdfb; stroke: #0072b2; stroke-width: 2.5 }
    .xen { fill: #d55e00; stroke: #d55e00 }
    .kvm { fill: #8a4f7d; stroke: #8a4f7d }
    .cited { fill: #fdfdfb; stroke: #666; stroke-width: 1.6 }
    .reach { stroke-width: 1.5; fill: none }"""


class Mark:
    """One system in one row."""

    def __init__(self, system, name, mean, most, limit):
        self.system, self.name, self.mean = system, name, mean
        self.ratio, self.reach = mean / limit, (most or mean) / limit


class Label:
    """The words at one mark, or at several that lie on each other."""

    def __init__(self, marks, scale):
        self.x = sum(scale(mark.ratio) for mark in marks) / len(marks)
        self.kind = "label own" if marks[0].system in VARIANTS_OF_OURS else "label"
        self.text = ", ".join(f"{mark.name} {number(mark.mean)}" for mark in marks)
        half = text_width(self.text, 12) / 2
        self.middle = min(max(self.x, LEFT + half - 4), WIDTH - 8 - half)
        self.begin, self.end = self.middle - half - 3, self.middle + half + 3


def text_width(text, size):
    """Generous, since which font the reader has is not known."""
    return sum(0.34 if letter in " .,'ilj:=()" else 0.62 for letter in text) * size


def limit_of(figures, name):
    """What the path takes with no hypervisor. A call or a trapped access that nobody answers has
    no such figure: there it is the one instruction that asks."""
    bare = figures.get(("bare", name))
    return max(bare.mean, 1) if bare else 1


def alike(one, other):
    """Another setting of a system is shown where it matters: from a tenth of the figure on."""
    return abs(one - other) < one / 10


def peers(figures, name, limit):
    """The marks of a row but Partita's own, from left to right."""
    marks = []
    for system, short in SHORT.items():
        result = figures.get((system, name))
        main = figures.get((VARIANTS.get(system), name))
        if system == "partita" or not result or (main and alike(main.mean, result.mean)):
            continue
        marks.append(Mark(system, short, result.mean, result.max, limit))
    for system, peer in CITED.items():
        if name in peer.figures:
            mean, most = peer.figures[name]
            marks.append(Mark(system, peer.title, mean, most, limit))
    return sorted(marks, key=lambda mark: (mark.ratio, mark.name))


def labels(marks, scale):
    """Labels with the level of each: 0 just above the marks, 1 just below, then further off."""
    clusters = []
    for mark in marks:
        if clusters and scale(mark.ratio) - scale(clusters[-1][-1].ratio) < NEAR:
            clusters[-1].append(mark)
        else:
            clusters.append([mark])
    taken, placed = {}, []
    for label in (Label(cluster, scale) for cluster in clusters):
        level = 0
        while label.begin < taken.get(level, -math.inf):
            level += 1
        taken[level] = label.end
        placed.append((level, label))
    return placed


class Row:
    """A path: its marks, their labels, and the room that these need."""

    def __init__(self, name, figures, scale):
        self.name, self.scale = name, scale
        self.limit = limit_of(figures, name)
        self.bare = figures.get(("bare", name))
        self.ours = figures.get(("partita", name))
        self.marks = peers(figures, name, self.limit)
        self.labels = labels(self.marks, scale)
        levels = [level for level, _ in self.labels]
        self.above = 26 + LINE * (max([level // 2 for level in levels if level % 2 == 0] or [0]))
        self.below = 16 + max([LINE * (level // 2 + 1) - 4 for level in levels if level % 2]
                              or [0])

    @property
    def height(self):
        return self.above + self.below

    def draw(self, top):
        y = top + self.above
        title = escape(METRICS[self.name].title)
        parts = [f'<text class="path" x="24" y="{y + 5}">{title}</text>',
                 f'<text class="figure" x="290" y="{y + 5}">'
                 f'{number(self.bare.mean) if self.bare else "–"}</text>',
                 f'<text class="ours" x="356" y="{y + 5}">'
                 f'{number(self.ours.mean) if self.ours else "–"}</text>',
                 f'<path class="grid" d="M{LEFT},{y} H{RIGHT}"/>']
        parts += [self.leader(level, label, y) for level, label in self.labels if level > 1]
        if self.ours:
            mark = Mark("partita", "", self.ours.mean, self.ours.max, self.limit)
            parts += ours(self.scale(mark.ratio), y) + reach(mark, self.scale, y)
        for mark in self.marks:
            parts += reach(mark, self.scale, y)
        parts += [shape(mark.system, self.scale(mark.ratio), y) for mark in self.marks]
        parts += [f'<text class="{label.kind}" x="{label.middle:.0f}" '
                  f'y="{self.baseline(level, y)}">{escape(label.text)}</text>'
                  for level, label in self.labels]
        return parts

    @staticmethod
    def baseline(level, y):
        step = LINE * (level // 2)
        return y + 20 + step if level % 2 else y - 10 - step

    def leader(self, level, label, y):
        """From a mark to words that are not next to it."""
        end = self.baseline(level, y) + (-10 if level % 2 else 2)
        return f'<path class="leader" d="M{label.x:.1f},{y} V{end}"/>'


def ours(x, y):
    return [f'<rect class="bar" x="{LEFT}" y="{y - 5}" width="{x - LEFT:.1f}" height="10"/>',
            f'<circle class="bar" cx="{x:.1f}" cy="{y}" r="8"/>']


def reach(mark, scale, y):
    """A line from the mean to the worst sample, where these differ visibly."""
    begin, end = scale(mark.ratio), scale(mark.reach)
    if end - begin < 3:
        return []
    kind = "cited" if mark.system in CITED else mark.system.split("-")[0]
    return [f'<path class="{kind} reach" d="M{begin:.1f},{y} H{end:.1f} M{end:.1f},{y - 4} v8"/>']


def shape(system, x, y):
    """Told apart without colour: by form, and by being filled or hollow."""
    if system == "partita-untrusted":
        return f'<circle class="variant" cx="{x:.1f}" cy="{y}" r="6"/>'
    if system in ("xen", "xen-native-wfi"):
        return f'<rect class="xen" x="{x - 5:.1f}" y="{y - 5}" width="10" height="10"/>'
    if system == "kvm":
        return f'<path class="kvm" d="M{x:.1f},{y - 7} l7,7 l-7,7 l-7,-7 z"/>'
    return f'<circle class="cited" cx="{x:.1f}" cy="{y}" r="5"/>'


def legend(measured, y):
    """Built of the very marks that it explains; only what was measured is in it."""
    entries = [(lambda x: ours_small(x, y), "Partita")]
    if "xen" in measured:
        entries.append((lambda x: [shape("xen", x + 6, y)], "Xen"))
    if "kvm" in measured:
        entries.append((lambda x: [shape("kvm", x + 6, y)], "Linux KVM"))
    entries += [(lambda x: [shape("cited", x + 6, y)], "cited, not in this run"),
                (lambda x: [f'<path class="kvm reach" d="M{x - 6},{y} h18 m0,-4 v8"/>'],
                 "up to the worst sample"),
                (lambda x: [f'<path class="limit" d="M{x + 6},{y - 9} v18"/>'],
                 "the limit: no hypervisor")]
    x, parts = 30, []
    for draw_at, text in entries:
        parts += draw_at(x)
        parts.append(f'<text class="text" x="{x + 20}" y="{y + 4}">{text}</text>')
        x = round(x + 38 + text_width(text, 13))
    return parts


def ours_small(x, y):
    return [f'<rect class="bar" x="{x - 6}" y="{y - 5}" width="14" height="10"/>',
            f'<circle class="bar" cx="{x + 8}" cy="{y}" r="7"/>']


def scale_for(figures):
    """From a ratio to a place on the picture; the scale ends at a power of ten."""
    ratios = [1000]
    for names in GROUPS.values():
        for name in names:
            ratios += [mark.reach for mark in peers(figures, name, limit_of(figures, name))]
    decades = math.ceil(math.log10(max(ratios)))
    step = (RIGHT - LEFT) / decades
    return (lambda ratio: LEFT + step * math.log10(max(ratio, 1))), decades


def draw(results):
    """The whole picture, as text."""
    figures = index(results)
    scale, decades = scale_for(figures)
    body, y = [], TOP
    for group, names in GROUPS.items():
        body.append(f'<rect class="band" x="12" y="{y}" width="{WIDTH - 24}" height="24"/>')
        body.append(f'<text class="group" x="24" y="{y + 17}">{group}</text>')
        y += 30
        for row in (Row(name, figures, scale) for name in names):
            body += row.draw(y)
            y += row.height
        y += 10
    bottom = y - 6
    grid = []
    for power in range(decades + 1):
        x = f"{scale(10 ** power):.1f}"
        kind = "grid" if power else "limit"
        grid.append(f'<path class="{kind}" d="M{x},{TOP - 6} V{bottom}"/>')
        grid.append(f'<text class="label" x="{x}" y="{TOP - 14}">{10 ** power:,}×</text>')
        grid.append(f'<text class="label" x="{x}" y="{bottom + 16}">{10 ** power:,}×</text>')
    height = bottom + 30
    measured = {system for system, _ in figures}
    head = [
        '<text class="title" x="24" y="38">Instructions, as multiples of bare metal: shorter is '
        'better</text>',
        '<text class="text" x="24" y="60">The same guest on the same emulated board; 1× is that '
        'guest with no hypervisor. Numbers are mean instruction counts.</text>',
        *legend(measured, 88),
        f'<text class="figure" x="290" y="{TOP - 14}">bare</text>',
        f'<text class="ours" x="356" y="{TOP - 14}">Partita</text>']
    # The bands must lie below the grid, and both below the marks.
    bands = [part for part in body if 'class="band"' in part]
    rest = [part for part in body if 'class="band"' not in part]
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!-- SPDX-License-Identifier: GPL-2.0-only -->',
        '<!-- Drawn by tests/bench/chart.py from what `make bench` measured. -->',
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}"',
        '     role="img" aria-labelledby="title description" font-family="sans-serif">',
        '  <title id="title">Instructions on each path, as a multiple of bare metal</title>',
        f'  <desc id="description">{escape(description(figures))}</desc>',
        f'  <style>{STYLE}\n  </style>',
        f'  <rect class="paper" width="{WIDTH}" height="{height}"/>',
        *("  " + part for part in bands + grid + head + rest), "</svg>", ""])


def description(figures):
    """The picture for those who cannot see it."""
    sentences = []
    for names in GROUPS.values():
        for name in names:
            systems = [f"{SYSTEMS[system]} {number(figures[system, name].mean)}"
                       for system in SYSTEMS if (system, name) in figures]
            if systems:
                sentences.append(f"{METRICS[name].title}: {', '.join(systems)}.")
    return "Mean instructions. " + " ".join(sentences)
