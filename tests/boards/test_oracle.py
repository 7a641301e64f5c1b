# SPDX-License-Identifier: GPL-2.0-only
"""Does the oracle of this folder notice? It is shown blobs with faults on purpose: each bit of them
wrong, and faults that a compiler could make, with a checksum that fits. One that it lets pass would
be a promise that nobody keeps watch over."""

import pathlib
import struct
import sys
import zlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import batch  # noqa: E402
import oracle  # noqa: E402
from ask import own_virt  # noqa: E402
from generate import Want  # noqa: E402

MIB = 1 << 20
UART, CLOCK = "/pl011@9040000", "/pl031@9010000"
# Offsets in abi/partita/blob.h: of a cell's fields and tables, and how long an entry is.
FLAGS, ENTRY, ARGUMENT, COMM = 48, 56, 64, 72
CPUS, REGIONS, SPIS = (112, 8), (120, 32), (128, 4)
PA, IPA, SIZE, REGION_FLAGS = 0, 8, 16, 24
# ... and of a system's.
GICD, GICR, BOARD_CPUS, RAM, RESERVED = 48, (64, 16), (72, 8), (80, 16), (88, 16)
ECAM, EVENT = (96, 16), 120


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Two cells on virt, each with a device, that the oracle accepts: (judge, system, cells)."""
    batch.build()
    folder = tmp_path_factory.mktemp("oracle")
    board = own_virt(folder)
    base = board.hardware.ram[0][0]
    wants = [Want("a", [1], MIB, [UART], base + 32 * MIB),
             Want("b", [2, 3], 2 * MIB, [CLOCK], base + 64 * MIB, 0x80000000, "trusted-idle;")]
    answer, ((_, made),) = board.systems([wants], folder)
    assert made.done, answer.messages + made.messages

    def judge(system, cells):
        try:
            return oracle.judge(board.hardware, system, cells, wants)
        except (struct.error, IndexError) as error:
            return [f"not a blob: {error}"]

    assert not judge(answer.blobs[0], made.blobs)
    return judge, answer.blobs[0], made.blobs


def signed(blob):
    out = bytearray(blob)
    struct.pack_into("<I", out, 12, 0)
    struct.pack_into("<I", out, 12, zlib.crc32(out))
    return bytes(out)


def entry(blob, table, index=0):
    """Where an entry of a table lies."""
    at, size = table
    return struct.unpack_from("<I", blob, at)[0] + index * size


def field(blob, at, form="<Q"):
    return struct.unpack_from(form, blob, at)[0]


def changed(blob, at, value, form="<Q"):
    out = bytearray(blob)
    struct.pack_into(form, out, at, value & (1 << 8 * struct.calcsize(form)) - 1)
    return signed(out)


def region(blob, index, part):
    return entry(blob, REGIONS, index) + part


def moved(blob, at, by):
    return changed(blob, at, field(blob, at) + by)


def shorter(blob, table):
    """Its last entry is left out, and so are its bytes."""
    at, size = table
    count = field(blob, at + 4, "<I")
    last = entry(blob, table, count - 1)
    return changed(blob[:last] + bytes(size) + blob[last + size:], at + 4, count - 1, "<I")


def swapped(one, other, table):
    """The first cell with an entry of the second."""
    size = table[1]
    to, at = entry(one, table), entry(other, table)
    return signed(one[:to] + other[at:at + size] + one[to + size:])


def flagged(blob, index, flags):
    return changed(blob, region(blob, index, REGION_FLAGS), flags, "<I")


def alike(one, other, flags):
    """The first cell has the second one's memory, with these flags."""
    for part in (PA, SIZE):
        one = changed(one, region(one, 0, part), field(other, region(other, 0, part)))
    return flagged(one, 0, flags)


# What a compiler might do wrong in the first cell, and a word of what the oracle says to that.
# Registers are the second region of both cells.
FAULTS = {
    "memory of another cell": (lambda a, b: swapped(a, b, REGIONS), "is not also cell"),
    "a page of memory of another cell":
        (lambda a, b: moved(a, region(a, 0, PA), 31 * MIB + 4096), "is not also cell"),
    "memory that is none": (lambda a, b: moved(a, region(a, 0, PA), -(1 << 30)), "is memory"),
    "memory elsewhere": (lambda a, b: moved(a, region(a, 0, PA), 4096), "as asked"),
    "memory seen elsewhere": (lambda a, b: moved(a, region(a, 0, IPA), 2 * MIB), "as asked"),
    "memory a page too long": (lambda a, b: moved(a, region(a, 0, SIZE), 4096), "as asked"),
    "memory a page too short": (lambda a, b: moved(a, region(a, 0, SIZE), -4096), "as asked"),
    "memory that is shared without being asked for":
        (lambda a, b: flagged(a, 0, oracle.KINDS["shared memory"]), "as asked"),
    "shared memory that the other has for itself":
        (lambda a, b: alike(a, b, oracle.KINDS["shared memory"]), "is not also cell"),
    "memory that cannot be written": (lambda a, b: flagged(a, 0, 1), "known kind"),
    "registers that hold code": (lambda a, b: flagged(a, 1, 15), "known kind"),
    "registers as if memory":
        (lambda a, b: flagged(a, 1, oracle.KINDS["memory"]), "is memory"),
    "registers of a neighbour": (lambda a, b: moved(a, region(a, 1, PA), -0x40000), "no more"),
    "registers of the other cell":
        (lambda a, b: changed(a, region(a, 1, PA), field(b, region(b, 1, PA))), "is not also cell"),
    "registers a page too long": (lambda a, b: moved(a, region(a, 1, SIZE), 4096), "no more"),
    "registers seen elsewhere": (lambda a, b: moved(a, region(a, 1, IPA), 4096), "where they are"),
    "registers left out": (lambda a, b: shorter(a, REGIONS), "whole and no more"),
    "the distributor": (lambda a, b: changed(a, region(a, 1, PA), 0x8000000), "kept from no cell"),
    "a redistributor": (lambda a, b: changed(a, region(a, 1, PA), 0x80c0000), "kept from no cell"),
    "the ITS": (lambda a, b: changed(a, region(a, 1, PA), 0x8080000), "kept from no cell"),
    "PCI configuration space":
        (lambda a, b: changed(a, region(a, 1, PA), 0x4010000000), "kept from no cell"),
    "memory over the distributor":
        (lambda a, b: changed(a, region(a, 0, IPA), 0x8000000), "hides no GIC frame"),
    "another's CPU": (lambda a, b: swapped(a, b, CPUS), "in one cell"),
    "a CPU that is none": (lambda a, b: changed(a, entry(a, CPUS), 77), "the board's"),
    "Linux' CPU": (lambda a, b: changed(a, entry(a, CPUS), 0), "CPUs are as asked"),
    "another's interrupt": (lambda a, b: swapped(a, b, SPIS), "is also"),
    "another interrupt": (lambda a, b: changed(a, entry(a, SPIS), 41, "<I"), "devices'"),
    "an interrupt left out": (lambda a, b: shorter(a, SPIS), "its interrupts are its devices'"),
    "a private interrupt": (lambda a, b: changed(a, entry(a, SPIS), 27, "<I"), "are SPIs"),
    "a first instruction elsewhere": (lambda a, b: moved(a, ENTRY, 4), "start of its memory"),
    "an argument elsewhere": (lambda a, b: moved(a, ARGUMENT, 4096), "where its information is"),
    "a report in the last page of which memory begins":
        (lambda a, b: changed(a, COMM, field(a, region(a, 0, IPA)) - 5 * 4096), "are apart"),
    "a report over a redistributor": (lambda a, b: changed(a, COMM, 0x80a0000), "hides no GIC"),
    "an idle that is trusted": (lambda a, b: changed(a, FLAGS, 1, "<I"), "idle is as asked"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_oracle_notices(sound, name):
    judge, system, (a, b) = sound
    plant, says = FAULTS[name]
    problems = judge(system, [plant(a, b), b])
    assert any(says in problem for problem in problems), problems


def test_oracle_notices_cells_that_are_swapped(sound):
    judge, system, (a, b) = sound
    assert judge(system, [b, a])


def test_oracle_notices_a_cell_that_is_missing(sound):
    judge, system, (a, _) = sound
    assert any("has a blob" in problem for problem in judge(system, [a]))


SYSTEM_FAULTS = {
    "an IOMMU or ITS that is not kept": (lambda s: shorter(s, RESERVED), "is kept from cells"),
    "a distributor elsewhere": (lambda s: moved(s, GICD, 4096), "where the tree says"),
    "redistributors that are too short":
        (lambda s: moved(s, entry(s, GICR) + 8, -4096), "where the tree says"),
    "a CPU left out": (lambda s: shorter(s, BOARD_CPUS), "CPUs are those of the tree"),
    "memory that is not there":
        (lambda s: moved(s, entry(s, RAM) + 8, 4096), "memory is that of the tree"),
    "PCI configuration space left out": (lambda s: shorter(s, ECAM), "PCI configuration space"),
    "an event that a device uses": (lambda s: changed(s, EVENT, 33, "<I"), "not the event's"),
    "an event that a cell has": (lambda s: changed(s, EVENT, 34, "<I"), "is no cell's"),
    "an event that is none": (lambda s: changed(s, EVENT, 1020, "<I"), "event is an SPI"),
}


@pytest.mark.parametrize("name", SYSTEM_FAULTS)
def test_oracle_notices_of_the_board(sound, name):
    judge, system, cells = sound
    plant, says = SYSTEM_FAULTS[name]
    problems = judge(plant(system), cells)
    assert any(says in problem for problem in problems), problems


def bits(blob):
    """(where, the blob with this bit wrong), but for those of the checksum itself."""
    for at in range(len(blob)):
        for bit in range(8 if not 12 <= at < 16 else 0):
            yield at, signed(blob[:at] + bytes([blob[at] ^ 1 << bit]) + blob[at + 1:])


@pytest.mark.parametrize("which", (0, 1))
def test_no_bit_of_a_cell_can_be_wrong(sound, which):
    judge, system, cells = sound
    passed = [at for at, wrong in bits(cells[which])
              if not judge(system, [wrong if i == which else cells[i] for i in (0, 1)])]
    assert not passed


def test_no_bit_of_a_board_can_be_wrong(sound):
    """But that another interrupt which nobody uses can tell of events as well."""
    judge, system, cells = sound
    passed = {at for at, wrong in bits(system) if not judge(wrong, cells)}
    assert passed <= {EVENT, EVENT + 1}


@pytest.mark.parametrize("which", (0, 1))
def test_no_byte_can_be_wrong_unsigned(sound, which):
    judge, system, cells = sound
    for at in range(len(cells[which])):
        wrong = bytearray(cells[which])
        wrong[at] ^= 0x10
        assert judge(system, [bytes(wrong) if i == which else cells[i] for i in (0, 1)]), at
