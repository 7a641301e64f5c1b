# SPDX-License-Identifier: GPL-2.0-only
"""How the emulator's log becomes a count of instructions, and a dump a count of bytes. On made-up
logs and dumps: nothing is booted."""

import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[folder] / name)
                for folder, name in ((0, ""), (2, "scripts"))]
import executed  # noqa: E402
import memory  # noqa: E402
from board import BoardError  # noqa: E402
from executed import Step  # noqa: E402
from systems import partita_traced as traced  # noqa: E402

EL2 = traced.HYPERVISOR
NOP = 0xd503201f
LINUX, PROGRAM, CELL = 0xffff800008000000, 0x400000, 0x5bb00000
ROOT, FIRST, OTHER = 0, *traced.CPUS


class Code(traced.Code):
    """A hypervisor of which only these instructions matter, by offset."""

    def __init__(self, instructions):  # pylint: disable=super-init-not-called
        words = [instructions.get(offset, NOP) for offset in range(0, 0x400, 4)]
        self.bytes = b"".join(word.to_bytes(4, "little") for word in words)


CODE = Code({0x10: traced.WFE, 0x20: traced.SEV, 0x30: traced.ERET})


def run(cpu, *addresses):
    return [Step(cpu, address) for address in addresses]


def test_instruction_that_had_to_wait_for_its_turn_counts_once(tmp_path):
    log = tmp_path / "log"
    log.write_text("Trace 0: 0x7f00 [00000000/0000800000000010/0061/ff02] \n"
                   "Trace 1: 0x7f10 [00000000/0000000000400000/0061/ff02] main\n"
                   "Stopped execution of TB chain before 0x7f10 [0000000000400000] main\n"
                   "Trace 0: 0x7f00 [00000000/0000800000000014/0061/ff02] \n"
                   "Trace 1: 0x7f10 [00000000/0000000000400000/0061/ff02] main\n")
    assert executed.steps_of(log) == [Step(0, EL2 + 0x10), Step(0, EL2 + 0x14),
                                      Step(1, PROGRAM)]


def test_log_is_read_from_where_it_is_said(tmp_path):
    log = tmp_path / "log"
    first = "Trace 0: 0x7f00 [00000000/0000800000000010/0061/ff02] \n"
    log.write_text(first + "Trace 2: 0x7f00 [00000000/0000800000000014/0061/ff02] \n")
    assert executed.steps_of(log, len(first)) == [Step(2, EL2 + 0x14)]


def test_start_is_the_callers_way_to_the_wake_up_and_the_cells_way_from_it():
    steps = [*run(FIRST, EL2 + 0x08, EL2 + 0x10),                   # waits
             *run(ROOT, PROGRAM, PROGRAM + 4),                      # the call is the second
             *run(ROOT, LINUX, EL2 + 0x1c),
             *run(FIRST, EL2 + 0x08, EL2 + 0x0c, EL2 + 0x10),       # waits on: not the start
             *run(OTHER, EL2 + 0x08, EL2 + 0x10),
             *run(ROOT, EL2 + 0x20, EL2 + 0x24, EL2 + 0x30, LINUX),  # wakes, and goes on
             *run(FIRST, EL2 + 0x08, EL2 + 0x28, EL2 + 0x30),
             *run(FIRST, CELL)]
    assert traced.start_path(steps, CODE) == 4 + 3


def test_visit_ends_with_its_return():
    steps = [*run(FIRST, EL2, EL2 + 0x30), *run(FIRST, EL2, EL2 + 4, EL2 + 0x30),
             *run(ROOT, EL2), *run(FIRST, CELL, EL2, EL2 + 0x10, EL2 + 0x10)]
    assert [len(visit) for visit in traced.visits_of(steps, FIRST, CODE)] == [2, 3, 3]


def test_way_out_ends_where_the_cpu_rests():
    assert traced.end_path([NOP, NOP, traced.WFE, NOP, traced.WFE]) == 3
    with pytest.raises(BoardError):
        traced.end_path([NOP, NOP])


@pytest.mark.parametrize("arguments, pages", [
    ({}, 2), ({"start": 4096}, 1), ({"size": 4096}, 1), ({"without": [(8192, 4096)]}, 1),
    ({"start": 12288}, 0), ({"without": [(0, 4096), (8192, 8192)]}, 0),
])
def test_only_pages_with_something_in_them_are_touched(tmp_path, arguments, pages):
    dump = tmp_path / "dump"
    dump.write_bytes(b"\1".ljust(8192, b"\0") + bytes(4095) + b"\1" + bytes(4096))
    assert memory.touched(dump, **arguments) == pages * 4096


def test_half_a_page_is_refused(tmp_path):
    dump = tmp_path / "dump"
    dump.write_bytes(bytes(8192))
    with pytest.raises(ValueError):
        memory.touched(dump, start=100)
