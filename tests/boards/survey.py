#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What becomes of every board in Debian's arm64 kernel package, by cause.

    tests/boards/survey.py                 the table of docs/boards.md, on this machine's packages
    tests/boards/survey.py --write         ... written into docs/boards.md
    tests/boards/survey.py --boards        one line for each board, with its messages
    tests/boards/survey.py BOARD...        all that is known about these, by part of their names

A cause is told from the compiler's messages by a pattern of each. A message that none knows is
counted as "other", which the tests do not allow: an unexplained refusal is no result.
"""

import argparse
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import batch  # noqa: E402
from fdt import Tree  # noqa: E402
from generate import addresses, firmware_memory, two_cells, write_system  # noqa: E402
from oracle import Hardware, judge  # noqa: E402

sys.path.insert(0, str(batch.TOP / "scripts"))
from board import CACHE, SUITES, release_of  # noqa: E402

DOCUMENT = batch.TOP / "docs" / "boards.md"
BEGIN = "<!-- outcomes: tests/boards/survey.py --write -->"
END = "<!-- end of outcomes -->"
UARTS_TRIED = 4

# (key, pattern of the message, cause in words, whose limit). The first that fits names the board's
# cause: what rules the whole board out stands before what rules a device out.
CAUSES = (
    ("el2", "is called by 'hvc'", "the firmware's PSCI is called by `hvc`: something runs at EL2 "
     "already", "the board's firmware"),
    ("gicv1", "is a GICv1", "the interrupt controller is a GICv1", "Partita's"),
    ("other-gic", "no GICv3", "no GIC that is a GICv3 or one of the known GICv2",
     "Partita's, in this version"),
    ("gicc", "CPU interface registers", "the GICv2's CPU interface is not the 8 KiB of one",
     "Partita's; the board's tree"),
    ("gicv2-cpus", "a GICv2 has at most", "more CPUs than a GICv2 can have", "the board's tree"),
    ("stride", "redistributor-stride", "redistributors are spaced unusually",
     "Partita's, in this version"),
    ("spin", "this version of Partita needs PSCI", "CPUs are started by other means than PSCI",
     "the board's firmware"),
    ("psci", "no PSCI 0.2 or later", "no PSCI 0.2 or later in the tree", "the board's firmware"),
    ("wide", "ends above 1 TiB", "memory above 1 TiB", "Partita's: 40-bit addresses"),
    ("kept", "cannot be kept from cells", "IOMMUs or ITS beyond 40-bit addresses or more than 32",
     "Partita's, in this version"),
    ("fit", "would refuse this board", "the hypervisor's own check refuses the board",
     "the board's tree contradicts itself"),
    ("all-cpus", "one at least must be left", "one CPU only", "the board's"),
    ("through", "its interrupt passes through", "the UART's interrupt passes through another "
     "controller than the GIC", "Partita's, in this version"),
    ("window", r"device '(/\S+)/[^']+': .* share a 4 KiB page with '\1'", "the bus above the UART "
     "has a `reg` that spans all its devices", "Partita's: the bus' window is taken for a device"),
    ("line", "shares interrupt", "the UART's interrupt line is another device's, too",
     "the board's"),
    ("page", "share a 4 KiB page", "the UART's registers share a 4 KiB page with another device",
     "the board's; trapping accesses would help"),
    ("ram", "is memory, not registers", "the tree calls the UART's registers memory",
     "the board's tree contradicts itself"),
    ("lost", "its interrupts cannot be read", "the tree names a controller that it does not have",
     "the board's tree"),
    ("behind", "not at an address of the CPU's", "the only UARTs are behind another device",
     "the board's"),
    ("high", "beyond 40-bit addresses", "the UART's registers are above 1 TiB",
     "Partita's: 40-bit addresses"),
)
COMPILED, NO_UART, OTHER = "compiled", "no-uart", "other"
WORDS = {key: (words, limit) for key, _, words, limit in CAUSES}
WORDS[COMPILED] = ("**compiles, and the oracle accepts it**", "")
WORDS[NO_UART] = ("the tree has no UART", "the board's tree")
WORDS[OTHER] = ("other", "unknown")


class Board:
    """One device tree, what was asked for it, and what came of it."""

    def __init__(self, path, top):
        self.path = path
        self.name = str(path.relative_to(top))
        self.tree = Tree(path.read_bytes())
        self.facts = firmware_memory(self.tree)
        self.hardware = Hardware(self.tree, self.facts)
        self.systems = two_cells(self.hardware, UARTS_TRIED)
        self.answer = None
        self.answers = []
        self.problems = []

    def order(self):
        return batch.order("board", self.path, *(n for r in self.facts for n in r))

    @property
    def messages(self):
        return self.answer.messages + [line for a in self.answers for line in a.messages]

    @property
    def crashes(self):
        return [a.crash for a in [self.answer] + self.answers if a.crash]

    @property
    def silent(self):
        return any(a.silent for a in [self.answer] + self.answers)

    @property
    def cause(self):
        """That of the board itself, else of its likeliest UART."""
        if not self.answer.done:
            return cause_of(self.answer.messages)
        if any(a.done for a in self.answers):
            return COMPILED
        return cause_of(self.answers[0].messages) if self.answers else NO_UART


def cause_of(messages):
    return next((key for key, pattern, _, _ in CAUSES
                 if any(re.search(pattern, line) for line in messages)), OTHER)


def trees(kernel):
    """(folder, [paths]) of the device trees of a kernel's package."""
    root = CACHE / "root" / release_of(kernel)
    top = next((root / "usr" / "lib").glob("linux-image-*"))
    return top, sorted(top.rglob("*.dtb"))


def survey(kernel, chosen=lambda name: True):
    """Every board, compiled and judged."""
    top, paths = trees(kernel)
    boards = [Board(path, top) for path in paths if chosen(str(path.relative_to(top)))]
    with tempfile.TemporaryDirectory(prefix="partita-boards-") as folder:
        orders = [(board.order(), [_system(wants, pathlib.Path(folder) / f"{i}-{j}.dtb")
                                   for j, wants in enumerate(board.systems)])
                  for i, board in enumerate(boards)]
        for board, (answer, answers) in zip(boards, batch.run(orders)):
            board.answer, board.answers = answer, answers
    for board in boards:
        _judge(board)
    return boards


def _system(wants, path):
    write_system(wants, path)
    return batch.order("system", path, *addresses(wants))


def _judge(board):
    if board.answer.done:
        board.problems += judge(board.hardware, board.answer.blobs[0], [], [])
    for wants, answer in zip(board.systems, board.answers):
        if answer.done:
            board.problems += judge(board.hardware, board.answer.blobs[0], answer.blobs, wants)


def table(surveys):
    """The outcomes of {release: [Board]} in Markdown."""
    names = list(surveys)
    keys = [COMPILED] + [cause[0] for cause in CAUSES] + [NO_UART, OTHER]
    lines = ["| outcome | " + " | ".join(f"Linux {name}" for name in names) +
             " | for example | whose limit |", "|---|" + "---|" * (len(names) + 2)]
    for key in keys:
        having = [[b for b in surveys[name] if b.cause == key] for name in names]
        examples = [b.name for boards in having for b in boards]
        if examples:
            words, limit = WORDS[key]
            lines.append(f"| {words} | " + " | ".join(str(len(boards)) for boards in having) +
                         f" | `{examples[0]}` | {limit} |")
    lines.append("| all | " + " | ".join(str(len(surveys[name])) for name in names) + " | | |")
    return "\n".join(lines)


def document_parts():
    """The text of docs/boards.md before, between and after the markers."""
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    between, after = rest.split(END)
    return before, between.strip("\n"), after


def document_counts():
    """{release: {outcome in words: count}} as docs/boards.md has it."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in document_parts()[1].splitlines()]
    if len(rows) < 3:
        return {}
    return {rows[0][column].removeprefix("Linux "): {row[0]: int(row[column]) for row in rows[2:]}
            for column in range(1, len(rows[0]) - 2)}


def counts(boards):
    """The same of a survey, outcomes that no board has left out."""
    found = {}
    for board in boards:
        words = WORDS[board.cause][0]
        found[words] = found.get(words, 0) + 1
    found["all"] = len(boards)
    return found


def print_board(board):
    print(f"{board.name}: {board.cause}")
    for line in sorted(set(board.messages)) + board.problems + board.crashes:
        print(f"    {line}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--write", action="store_true", help="write the table to docs/boards.md")
    parser.add_argument("--boards", action="store_true", help="one paragraph for each board")
    parser.add_argument("--kernel", action="append", help="a suite or release (default: two)")
    parser.add_argument("names", nargs="*", metavar="BOARD", help="parts of boards' names")
    options = parser.parse_args()
    batch.build()

    def chosen(name):
        return not options.names or any(part in name for part in options.names)

    kernels = options.kernel or (SUITES[0], SUITES[-1])
    surveys = {release_of(kernel): survey(kernel, chosen) for kernel in kernels}
    if options.boards or options.names:
        for boards in surveys.values():
            for board in boards:
                print_board(board)
    elif options.write:
        before, _, after = document_parts()
        DOCUMENT.write_text(f"{before}{BEGIN}\n{table(surveys)}\n{END}{after}")
    else:
        print(table(surveys))
    wrong = [b for boards in surveys.values() for b in boards
             if b.problems or b.crashes or b.silent or b.cause == OTHER]
    for board in wrong:
        print(f"not as it must be: {board.name}: {board.problems[:3]} {board.crashes[:1]}",
              file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
