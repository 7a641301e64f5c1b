#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Count what each path costs under Partita, under its peers and under nothing.

Sets up what is missing, boots one benchmark cell under each system on the same emulated
board, and reports: a table here, build/bench/results.tsv, and the generated parts of
docs/performance.md, docs/budgets.md and docs/images/performance.svg.

Exit status: 0 all budgets are met, 1 one is not or a system failed, 2 usage.
"""

import argparse
import importlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", TOP / "build")).resolve()
sys.path[:0] = [str(HERE), str(TOP / "scripts")]

import chart  # noqa: E402
import report  # noqa: E402
from metrics import SYSTEMS  # noqa: E402

# Each has a module in systems/; the cheapest first, so that what is broken shows early.
RUNS = {**{run: SYSTEMS[run] for run in ("bare", "partita", "xen", "kvm")},
        "linux": "Linux, bare and in a cell"}


class BenchError(Exception):
    """Nothing can be measured; the message says what to do."""


# --- progress: for eyes, on stderr, so that --json leaves nothing else on stdout ------------------

def progress(text):
    """One line that is rewritten in place; silent when nobody looks."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:79]}", end="", file=sys.stderr, flush=True)


def note(text):
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    print(text, file=sys.stderr, flush=True)


def step(label, *command):
    """Run a command, showing its latest line; all that it says goes to the transcript, and the
    end of it to the screen if it fails."""
    started, said = time.monotonic(), []
    progress(f"{label} …")
    # The make that started us speaks to its own children only.
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    with open(BUILD / "bench" / "bench.log", "a", encoding="utf-8") as transcript:
        process = subprocess.Popen([str(word) for word in command], cwd=TOP, env=environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, errors="replace")
        for line in process.stdout:
            said.append(line.rstrip())
            transcript.write(line)
            progress(f"{label}: {said[-1]}")
        status = process.wait()
    if status:
        raise BenchError(f"{label}: FAILED ({' '.join(map(str, command))})\n"
                         + "\n".join("    " + line for line in said[-40:]))
    note(f"{label}: done in {time.monotonic() - started:.0f} s")


# --- the run ------------------------------------------------------------------------------------

def prepare(runs):
    """All that the systems need, fetched and built. Quick when it is there."""
    parts = ["guest", "bookworm"] + (["xen"] if "xen" in runs else []) \
        + (["tcc"] if "linux" in runs else [])
    step("Packages", TOP / "scripts/setup")
    step("Kernel and guests", TOP / "scripts/fetch", *parts)
    step("Build", "make", "--no-print-directory", f"-j{os.cpu_count()}", "all", "bench-programs")


def measure(run):
    """One system's results. Its module is loaded only now: it needs what prepare() installs."""
    work = BUILD / "bench" / run
    work.mkdir(parents=True, exist_ok=True)
    results = importlib.import_module(f"systems.{run}").measure(work)
    strange = report.unknown(results)
    if strange:
        raise BenchError(f"results of what metrics.py does not know: {', '.join(strange)}")
    return results


def measure_all(runs):
    """Results of all systems, and why those failed that did. One that fails takes none along."""
    results, failed = [], {}
    for run in runs:
        started = time.monotonic()
        progress(f"{RUNS[run]} …")
        try:
            found = measure(run)
        except Exception as error:  # pylint: disable=broad-except
            failed[run] = f"{type(error).__name__}: {error}"
            note(f"{RUNS[run]}: FAILED\n" + "\n".join("    " + line for line in
                                                        failed[run].splitlines()))
            continue
        results += found
        note(f"{RUNS[run]}: done in {time.monotonic() - started:.0f} s")
    return results, failed


def measured_with():
    """What else the figures depend on, for the document."""
    import board
    emulator = first_line("qemu-system-aarch64", "--version").split(" (")[0]
    compiler = first_line(os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-") + "gcc",
                          "--version")
    return (f"Measured with {emulator} and Debian's kernel {board.release_of('bookworm')}; "
            f"built with {compiler}.")


def first_line(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL).stdout.splitlines()[0]


def write_documents(results, docs):
    report.documents(results, docs, measured_with())
    (docs / "images" / "performance.svg").write_text(chart.draw(results), encoding="utf-8")


# --- what people read ----------------------------------------------------------------------------

def as_json(results, failed, faults):
    return json.dumps({"results": [result._asdict() for result in results],
                       "failed": failed, "budgets": faults}, indent=1, ensure_ascii=False)


def show(results, runs):
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    width = shutil.get_terminal_size((160, 24)).columns
    print(report.terminal(results, width, colour, runs))


def arguments_of(argv):
    parser = argparse.ArgumentParser(
        prog="bench.py", description=__doc__.strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="By make: make bench BENCH='--only bare partita'")
    parser.add_argument("--only", nargs="+", choices=RUNS, metavar="SYSTEM",
                        help=f"only these of {', '.join(RUNS)}; the documents stay as they are")
    parser.add_argument("--json", action="store_true",
                        help="the results as JSON instead of the table")
    parser.add_argument("--no-docs", action="store_true",
                        help="leave the documents as they are")
    return parser.parse_args(argv)


def finish(arguments, runs, results, failed):
    """Write and show everything first; only then judge."""
    table = BUILD / "bench" / "results.tsv"
    report.write_results(table, results)
    complete = not failed and set(runs) == set(RUNS)
    faults = report.complaints(results, complete)
    if arguments.json:
        print(as_json(results, failed, faults))
    else:
        show(results, runs)
    note(f"The results are in {os.path.relpath(table)}.")
    if failed:
        note(f"Failed: {', '.join(failed)}. The documents are left as they were.")
    elif not complete:
        note("Not all systems were measured: the documents are left as they were.")
    elif not arguments.no_docs:
        write_documents(results, TOP / "docs")
        note("docs/performance.md, docs/budgets.md and docs/images/performance.svg are new.")
    for fault in faults:
        note(f"over budget: {fault}" if "not measured" not in fault else f"no verdict: {fault}")
    return 1 if failed or faults else 0


def main(argv=None):
    arguments = arguments_of(argv)
    runs = [run for run in RUNS if not arguments.only or run in arguments.only]
    (BUILD / "bench").mkdir(parents=True, exist_ok=True)
    (BUILD / "bench" / "bench.log").write_text("", encoding="utf-8")
    try:
        prepare(runs)
        return finish(arguments, runs, *measure_all(runs))
    except (BenchError, report.ReportError) as error:
        note(str(error))
        return 1
    except KeyboardInterrupt:
        note("Interrupted; nothing was written.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
