#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which lines of hypervisor/ something has executed: tests/coverage/coverage.py BUILD [LOG]...

Counted are what gcc counted while unit tests and fuzzers' corpora ran on this machine (BUILD/coverage), and what
an emulated board translated in order to execute it (LOG: see executed() in scripts/board.py). A line counts if
either has executed it. Lines are those that gcc has made code of: on this machine, or, of what is not compiled for it, on the board.

Prints a table, a row a file, and the lines that nothing has executed into BUILD/coverage/missed. Exit status: 1 below the goal.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
GOAL = 95
HV_VA = 0x800000000000      # layout.h
PAGE = 4096


def source(path, folder=TOP):
    """A path below hypervisor/, or None."""
    full = os.path.normpath(os.path.join(folder, path))
    name = os.path.relpath(full, TOP)
    return name if name.startswith("hypervisor/") else None


def counted_here(build):
    """{file: {line: times}} of all that ran on this machine."""
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    found = sorted(str(path) for path in (build / "coverage").rglob("*.gcda"))
    for at in range(0, len(found), 50):
        answer = subprocess.run(["gcov", "--json-format", "--stdout", *found[at:at + 50]], check=True,
                                capture_output=True, text=True).stdout
        for unit in map(json.loads, answer.splitlines()):
            for file in unit["files"]:
                name = source(file["file"], unit["current_working_directory"])
                for line in file["lines"] if name else ():
                    lines[name][line["line_number"]] += line["count"]
    return lines


ROW = re.compile(r"^(\S+)\s+(\d+|-)\s+0x([0-9a-f]+)")


def rows_of(elf):
    """The line table of the board's program: [(address, file, line)], line None where a sequence ends."""
    text = subprocess.run(["readelf", "--debug-dump=decodedline", "-W", str(elf)], check=True,
                          capture_output=True, text=True).stdout
    known = {}
    for path in (TOP / "hypervisor").rglob("*.[chS]"):
        known.setdefault(path.name, []).append(str(path.relative_to(TOP)))
    rows, unit, current = [], "", None
    for line in text.splitlines():
        if line.startswith("CU: ") or re.match(r"^\S+\.[chS]:$", line):
            current = source(line.removeprefix("CU: ").rstrip(":"))
            unit = current or unit
            continue
        match = ROW.match(line)
        if match:
            names = known.get(match[1], [])
            name = names[0] if len(names) == 1 else current if current in names else unit if unit in names else None
            rows.append((int(match[3], 16), name, None if match[2] == "-" else int(match[2])))
    return rows


INSTRUCTION = re.compile(r"^0x([0-9a-f]+):\s+([0-9a-f]{8})\s")


def translated(log):
    with open(log, encoding="ascii", errors="replace") as file:
        return {int(match[1], 16): int(match[2], 16) for match in map(INSTRUCTION.match, file) if match}


def home_of(code, image):
    """Where the image was before the MMU was on: the page that most of what was executed there fits to."""
    words = collections.defaultdict(list)
    for at in range(0, min(len(image), PAGE), 4):
        words[int.from_bytes(image[at:at + 4], "little")].append(at)
    votes = collections.Counter()
    for address, word in code.items():
        if address < HV_VA:
            votes.update(address - at for at in words.get(word, ()) if not (address - at) % PAGE)
    best = votes.most_common(1)
    return best[0][0] if best and best[0][1] >= 16 else None


def executed_on_boards(logs, image):
    """Addresses, as linked."""
    seen = set()
    for log in logs:
        code = translated(log)
        seen |= {address for address in code if address >= HV_VA}
        home = home_of(code, image)
        if home is not None:
            seen |= {HV_VA + address - home for address in code if 0 <= address - home < len(image)}
    return seen


def counted_there(rows, seen):
    """Lines of the board's program, and whether they were executed."""
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    # Of rows with one address the last has the instructions, but each was a step towards them.
    for (address, name, line), (end, _, _) in zip(rows, rows[1:]):
        if name and line:
            lines[name][line] += any(at in seen for at in range(address, max(end, address + 4), 4))
    return lines


def ranges(numbers):
    """12-14, 17"""
    out, numbers = [], sorted(numbers)
    for number in numbers:
        if out and out[-1][1] == number - 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in out)


def report(here, there, missed_path):
    names = sorted(set(here) | set(there))
    total = collections.Counter()
    missed = []
    print(f"{'lines':>6} {'here':>6} {'board':>6} {'either':>7}  file")
    for name in names:
        lines = set(here.get(name) or there[name])
        ran_here = {line for line in lines if here.get(name, {}).get(line)}
        ran_there = {line for line in lines if there.get(name, {}).get(line)}
        either = ran_here | ran_there
        total.update(lines=len(lines), here=len(ran_here), there=len(ran_there), either=len(either))
        print(f"{len(lines):6} {len(ran_here):6} {len(ran_there):6} {100 * len(either) / len(lines):6.1f}%  {name}")
        if lines - either:
            missed.append(f"{name}: {ranges(lines - either)}")
    percent = 100 * total["either"] / max(total["lines"], 1)
    print(f"{total['lines']:6} {total['here']:6} {total['there']:6} {percent:6.1f}%  all; goal {GOAL}%")
    missed_path.write_text("".join(line + "\n" for line in missed), encoding="utf-8")
    print(f"what nothing has executed: {missed_path}")
    return percent


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0 if sys.argv[1:] else 2
    build = pathlib.Path(sys.argv[1])
    seen = executed_on_boards(sys.argv[2:], (build / "hypervisor" / "partita.bin").read_bytes())
    there = counted_there(rows_of(build / "hypervisor" / "partita.elf"), seen)
    return 0 if report(counted_here(build), there, build / "coverage" / "missed") >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
