# SPDX-License-Identifier: GPL-2.0-only
"""The bench's figures become tables, verdicts and documents. On made-up figures: what is tested
here must hold whatever a run brings, and nothing is booted."""

import json
import pathlib
import shutil
import sys
import xml.etree.ElementTree

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import bench  # noqa: E402
import chart  # noqa: E402
import report  # noqa: E402
from metrics import ANAXAGOROS, BEST_PEER, CITED, JUDGED, LINUX, METRICS, SYSTEMS, WORST, Result  # noqa: E402

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
SYSTEM_OF = {"bare": ["bare"], "partita": ["partita", "partita-untrusted"],
             "xen": ["xen"], "kvm": ["kvm"], "linux": ["bare", "partita"]}


def same(system, metric, figure):
    return Result(system, metric, figure, figure, figure, 2000)


def within_budget(name):
    """A figure that meets the budget of a metric; bare takes 7 for everything."""
    budget = METRICS[name].budget
    return 7 if isinstance(budget, tuple) else 5 if budget is None else budget


def good(run):
    """What a module of systems/ would give if all budgets were met."""
    if run == "linux":
        return [same(system, name, 7) for system in ("bare", "partita") for name in LINUX]
    if run != "partita":
        return [same(run, name, 7) for name, metric in METRICS.items() if not metric.like]
    return [same(metric.of, metric.like or name, within_budget(name))
            for name, metric in METRICS.items()]


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Runs the bench in a folder of its own: run(argument…, change=…) with systems that give
    what `change` makes of good figures."""
    docs = tmp_path / "docs"
    (docs / "images").mkdir(parents=True)
    for name in ("performance.md", "budgets.md"):
        shutil.copy(DOCS / name, docs)
    monkeypatch.setattr(bench, "TOP", tmp_path)
    monkeypatch.setattr(bench, "BUILD", tmp_path / "build")
    monkeypatch.setattr(bench, "prepare", lambda runs: None)
    monkeypatch.setattr(bench, "measured_with", lambda: "Measured with a test.")

    class Run:
        def __call__(self, *arguments, change=lambda name, results: results):
            monkeypatch.setattr(bench, "measure", lambda name: change(name, good(name)))
            self.status = bench.main(list(arguments))
            self.out, self.err = capfd.readouterr()
            return self.status
    started = Run()
    started.docs, started.tsv = docs, tmp_path / "build" / "bench" / "results.tsv"
    started.before = (docs / "performance.md").read_text(encoding="utf-8")
    return started


def replace(system, metric, result):
    """A change of one figure."""
    def change(_, results):
        return [result if (r.system, r.metric) == (system, metric) else r for r in results]
    return change


def broken(name):
    def change(run_name, results):
        if run_name == name:
            raise RuntimeError("no answer in 60 s")
        return results
    return change


def test_all_budgets_met_is_success_and_renews_the_documents(run):
    assert run() == 0
    assert "| Trivial hypercall " in (run.docs / "performance.md").read_text(encoding="utf-8")
    assert "exceeded" not in (run.docs / "budgets.md").read_text(encoding="utf-8").split("##")[0]
    assert (run.docs / "images" / "performance.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_one_sample_over_its_budget_fails_and_is_named(run):
    late = Result("partita", "timer-wfi", 7, 7.0025, 12, 2000)
    assert run(change=replace("partita", "timer-wfi", late)) == 1
    assert "timer-wfi: 12 instructions, budget 7 (bare + 0)" in run.err
    assert run.err.count("over budget") == 1
    # After everything is written.
    assert "**exceeded**" in (run.docs / "budgets.md").read_text(encoding="utf-8")
    assert late in report.read_results(run.tsv)


def test_plain_budget_is_named_without_repeating_it(run):
    assert run(change=replace("partita", "hypercall", same("partita", "hypercall", 61))) == 1
    assert "hypercall: 61 instructions, budget 60\n" in run.err


def test_multiple_of_bare_is_judged_by_the_mean(run):
    late = Result("partita", "linux-getpid", 7, 7.03, 900, 2000)
    assert run(change=replace("partita", "linux-getpid", late)) == 0
    later = Result("partita", "linux-getpid", 7, 7.04, 7, 2000)
    assert run(change=replace("partita", "linux-getpid", later)) == 1
    assert "linux-getpid: 7 instructions, budget 7 (bare×1.005)" in run.err
    assert "| getpid " in (run.docs / "performance.md").read_text(encoding="utf-8")


def test_untrusted_cell_has_a_budget_of_its_own(run):
    at = same("partita-untrusted", "timer-wfi", 7 + 60)
    assert run(change=replace("partita-untrusted", "timer-wfi", at)) == 0
    over = same("partita-untrusted", "timer-wfi", 7 + 61)
    assert run(change=replace("partita-untrusted", "timer-wfi", over)) == 1
    assert "timer-wfi-untrusted: 68 instructions, budget 67 (bare + 60)" in run.err


def test_figure_that_is_missing_does_not_pass_for_one_within_budget(run):
    def without(_, results):
        return [r for r in results if (r.system, r.metric) != ("partita", "spi")]
    assert run(change=without) == 1
    assert "spi: not measured, budget 7 (bare + 0)" in run.err


def test_failed_system_keeps_the_others_results_and_the_documents(run):
    assert run(change=broken("xen")) == 1
    assert "no answer in 60 s" in run.err and "documents are left" in run.err
    assert {r.system for r in report.read_results(run.tsv)} == {
        "bare", "partita", "partita-untrusted", "kvm"}
    assert (run.docs / "performance.md").read_text(encoding="utf-8") == run.before


def test_name_that_no_table_has_is_an_error(monkeypatch, tmp_path):
    assert report.unknown([same("bare", "hypercal", 1), same("qnx", "tick", 1)]) == [
        "hypercal", "qnx"]
    assert report.unknown([same("partita", name, 1) for name in [*JUDGED, *WORST]]) == []


@pytest.mark.parametrize("arguments", [["--no-docs"], ["--only", "bare", "partita"]])
def test_documents_stay_when_told_so_or_when_the_run_is_not_complete(run, arguments):
    assert run(*arguments) == 0
    assert (run.docs / "performance.md").read_text(encoding="utf-8") == run.before


def test_only_measures_what_it_names(run):
    assert run("--only", "partita") == 0
    assert {r.system for r in report.read_results(run.tsv)} == set(SYSTEM_OF["partita"])


def test_json_is_all_that_is_on_standard_output(run):
    assert run("--json", change=broken("kvm")) == 1
    told = json.loads(run.out)
    assert told["results"][0] == {"system": "bare", "metric": "hypercall", "min": 7, "mean": 7,
                                  "max": 7, "samples": 2000}
    assert list(told["failed"]) == ["kvm"] and told["budgets"] == []


@pytest.mark.parametrize("arguments", [["--only"], ["--only", "qnx"], ["--fast"], ["bare"]])
def test_usage_error_is_2_and_measures_nothing(run, arguments):
    with pytest.raises(SystemExit) as end:
        run(*arguments)
    assert end.value.code == 2
    assert not run.tsv.exists()


def test_results_survive_their_file(tmp_path):
    results = [Result("kvm", "tick", 2890, 2934.1255, 7934, 2000), same("bare", "tick", 20)]
    report.write_results(tmp_path / "results.tsv", results)
    assert report.read_results(tmp_path / "results.tsv") == results
    assert (tmp_path / "results.tsv").read_text(encoding="utf-8").splitlines()[0] == \
        "system\tmetric\tmin\tmean\tmax\tsamples"


@pytest.mark.parametrize("text, culprit", [
    ("", ": the first line"), ("system\tmetric\n", ": the first line"),
    (report.HEADER + "\nbare\ttick\t1\t1\t1\n", ":2: not a result"),
    (report.HEADER + "\nbare\ttick\t1\tx\t1\t1\n", ":2: not a result")])
def test_damaged_results_are_refused_by_line(tmp_path, text, culprit):
    path = tmp_path / "results.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(report.ReportError, match=culprit):
        report.read_results(path)


def test_missing_system_is_a_dash():
    table = report.results_table(good("bare") + good("partita"))
    row = next(line for line in table.splitlines() if line.startswith("| SGI to self"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:] == ["7", "110", "–", "–", "–"]


def test_spread_is_shown_where_there_is_one():
    assert report.spread(same("kvm", "tick", 1234)) == "1,234"
    assert report.spread(Result("kvm", "tick", 40, 51.46, 9695, 2000)) == "40 / 51.5 / 9,695"


def test_markers_are_filled_and_the_prose_left_alone():
    text = ("before\n<!-- bench:begin a -->\nold\n<!-- bench:end a -->\nbetween \\1\n"
            "<!-- bench:begin ab -->\nkept\n<!-- bench:end ab -->\nafter\n")
    once = report.replace_block(text, "a", "new \\g<0>\n")
    assert once == text.replace("old", "new \\g<0>")
    assert report.replace_block(once, "a", "new \\g<0>\n") == once


def test_missing_marker_names_document_and_marker():
    with pytest.raises(report.ReportError, match="budgets.md.*'worst'"):
        report.replace_block("no markers\n", "worst", "x", "docs/budgets.md")


def test_documents_are_the_same_for_the_same_figures(run):
    run()
    once = [path.read_bytes() for path in sorted(run.docs.rglob("*.*"))]
    run()
    assert [path.read_bytes() for path in sorted(run.docs.rglob("*.*"))] == once


def test_terminal_table_is_coloured_only_when_asked_and_only_where_over():
    results = good("bare") + good("partita")
    results = replace("partita", "sgi-self", same("partita", "sgi-self", 111))("", results)
    assert "\033" not in report.terminal(results)
    coloured = report.terminal(results, width=300, colour=True).splitlines()
    assert [line for line in coloured if report.RED in line] == [
        line for line in coloured if line.startswith("SGI to self")]


@pytest.mark.parametrize("width", [80, 120, 300])
def test_terminal_table_shows_every_system_within_the_width(width):
    table = report.terminal(sum(map(good, bench.RUNS), []), width)
    assert max(map(len, table.splitlines())) <= max(width, 82)
    for system in {name for names in SYSTEM_OF.values() for name in names}:
        assert SYSTEMS[system] in table


def test_chart_is_well_formed_and_holds_its_labels(tmp_path):
    results = sum(map(good, bench.RUNS), [])
    picture = xml.etree.ElementTree.fromstring(chart.draw(results).encode())
    width, height = float(picture.get("width")), float(picture.get("height"))
    texts = [node for node in picture.iter() if node.tag.endswith("}text")]
    assert all(0 <= float(node.get("x")) <= width and 0 <= float(node.get("y")) <= height
               for node in texts)
    shown = " ".join(node.text for node in texts)
    for name in ("Xen", "KVM", "Bao", "Jailhouse", "Xvisor"):
        assert name in shown
    assert chart.draw(results) == chart.draw(list(reversed(results)))


def test_chart_is_drawn_of_whatever_was_measured():
    for run_name in bench.RUNS:
        xml.etree.ElementTree.fromstring(chart.draw(good(run_name)).encode())


def test_labels_of_one_level_do_not_overlap():
    results = sum(map(good, bench.RUNS), [])
    figures = report.index(results)
    scale, _ = chart.scale_for(figures)
    for names in chart.GROUPS.values():
        for name in names:
            row = chart.Row(name, figures, scale)
            for level in {level for level, _ in row.labels}:
                line = sorted((label.begin, label.end) for at, label in row.labels if at == level)
                assert all(left[1] <= right[0] for left, right in zip(line, line[1:]))


def test_every_path_is_explained_and_every_name_known():
    assert all(metric.about.endswith(".") for metric in JUDGED.values())
    assert set(ANAXAGOROS) <= set(LINUX)
    assert set(BEST_PEER) <= set(METRICS)
    assert all(set(peer.figures) <= set(METRICS) for peer in CITED.values())
    assert {name for names in chart.GROUPS.values() for name in names} <= set(METRICS)
