# SPDX-License-Identifier: GPL-2.0-only
"""Every board of Debian's arm64 kernel packages, and random systems on four of them: what compiles
is sound by an oracle that shares nothing with the compiler, and what does not says why.

Nothing is booted. docs/boards.md tells what became of each.
"""

import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import zlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import batch  # noqa: E402
import oracle  # noqa: E402
import survey  # noqa: E402
from conftest import KERNELS  # noqa: E402
from fdt import Tree  # noqa: E402
from generate import Want, contested, firmware_memory, random_system, write_system  # noqa: E402

SURVEYED = [kernel for kernel in KERNELS if kernel in ("bookworm", "trixie")]
VIRT = batch.TOP / "tests" / "unit" / "config" / "virt.dts"
BOARDS = ("virt", "rockchip/rk3399-rockpro64.dtb", "ti/k3-am625-sk.dtb",
          "qcom/sdm845-db845c.dtb")
RANDOM_SYSTEMS = 150
SEED = 4


@pytest.fixture(scope="module", autouse=True)
def compiler():
    batch.build()


@pytest.fixture(scope="module", params=SURVEYED)
def boards(request, compiler):
    return survey.survey(request.param)


def named(boards, what):
    """{board: what is wrong with it}"""
    return {board.name: what(board) for board in boards if what(board)}


def test_package_brings_its_boards(boards):
    assert len(boards) > 500


def test_no_board_ends_the_compiler(boards):
    assert not named(boards, lambda board: board.crashes)


def test_no_board_is_refused_in_silence(boards):
    assert not named(boards, lambda board: board.silent)


def test_every_refusal_has_a_known_cause(boards):
    assert not named(boards, lambda board: board.cause == survey.OTHER and board.messages)


def test_oracle_accepts_every_board_that_compiles(boards):
    assert any(board.cause == survey.COMPILED for board in boards)
    assert not named(boards, lambda board: board.problems)


def test_document_tells_these_outcomes(boards, request):
    release = survey.release_of(request.node.callspec.params["boards"])
    told = survey.document_counts().get(release)
    if told is None:
        pytest.skip(f"docs/boards.md is about other releases than {release}")
    told = {words: count for words, count in told.items() if count}
    assert told == survey.counts(boards), "run tests/boards/survey.py --write"


# ------------------------------------------------------------------ random systems

@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(prefix="partita-boards-") as name:
        yield pathlib.Path(name)


def random_board(name, folder):
    """(its order, what is there)"""
    if name == "virt":
        path = folder / "virt.dtb"
        subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", path, VIRT], check=True)
    else:
        path = survey.trees(KERNELS[0])[0] / name
    tree = Tree(path.read_bytes())
    facts = firmware_memory(tree)
    return (batch.order("board", path, *(n for r in facts for n in r)),
            oracle.Hardware(tree, facts))


def compiled(name, folder, choose):
    """(hardware, system blob, [(what was asked for, answer)]) of choose(hardware) on a board."""
    asked, hardware = random_board(name, folder)
    systems = choose(hardware)
    orders = []
    for i, wants in enumerate(systems):
        path = folder / f"{pathlib.Path(name).stem}-{choose.__name__}-{i}.dtb"
        write_system(wants, path)
        orders.append(batch.order("system", path, *(f"{want.address:#x}" for want in wants)))
    (answer, answers), = batch.run([(asked, orders)])
    assert answer.done, answer.messages
    return hardware, answer.blobs[0], list(zip(systems, answers))


@pytest.fixture(scope="module", params=BOARDS,
                ids=lambda name: pathlib.Path(name).stem)
def tried(request, folder, compiler):
    rng = random.Random(f"{SEED} {request.param}")

    def at_random(hardware):
        return [random_system(rng, hardware) for _ in range(RANDOM_SYSTEMS)]

    return compiled(request.param, folder, at_random)


# Some are one device under several names: the three personalities of a Qualcomm serial engine.
@pytest.mark.parametrize("name", BOARDS, ids=lambda name: pathlib.Path(name).stem)
def test_two_cells_never_share_a_page_or_a_line(name, folder):
    """Each pair of devices that share one, in two cells."""
    hardware, system, outcomes = compiled(name, folder, contested)
    for wants, answer in outcomes:
        assert not answer.crash and not answer.silent, source(wants)
        problems = oracle.judge(hardware, system, answer.blobs, wants) if answer.done else []
        assert not problems, f"{problems}\n{source(wants)}"


def source(wants):
    return "".join(want.source() for want in wants)


def test_random_systems_that_compile_are_sound(tried):
    hardware, system, outcomes = tried
    done = [(wants, answer) for wants, answer in outcomes if answer.done]
    assert len(done) >= RANDOM_SYSTEMS // 6
    for wants, answer in done:
        problems = oracle.judge(hardware, system, answer.blobs, wants)
        assert not problems, f"{problems}\n{source(wants)}"


def test_random_systems_that_do_not_say_which_cell(tried):
    refused = [(wants, answer) for wants, answer in tried[2] if not answer.done]
    assert len(refused) >= RANDOM_SYSTEMS // 6
    for wants, answer in refused:
        assert answer.crash is None, f"{answer.crash}\n{source(wants)}"
        errors = [line for line in answer.messages if "warning:" not in line]
        # Or all of them at once: "the cells take all 4 CPUs".
        assert any(re.search(r"\bcell '|\bthe cells ", line) for line in errors), \
            f"{answer.messages}\n{source(wants)}"


# ------------------------------------------------------------------ the oracle itself

@pytest.fixture(scope="module")
def sound(folder, compiler):
    """Two cells on virt, each with a device, that the oracle accepts."""
    asked, hardware = random_board("virt", folder)
    wants = [Want("a", [1], 1 << 20, ["/pl011@9040000"], hardware.ram[0][0] + (32 << 20)),
             Want("b", [2, 3], 2 << 20, [], hardware.ram[0][0] + (64 << 20), 0x80000000)]
    path = folder / "sound.dtb"
    write_system(wants, path)
    order = batch.order("system", path, *(f"{want.address:#x}" for want in wants))
    (answer, (made,)), = batch.run([(asked, [order])])
    assert made.done, answer.messages + made.messages
    assert not oracle.judge(hardware, answer.blobs[0], made.blobs, wants)
    return hardware, answer.blobs[0], made.blobs, wants


def changed(blob, at, form, value):
    """The blob with one field changed and a checksum that fits."""
    out = bytearray(blob)
    struct.pack_into(form, out, at, value)
    struct.pack_into("<I", out, 12, 0)
    struct.pack_into("<I", out, 12, zlib.crc32(out))
    return bytes(out)


def entry(blob, table, size, index=0):
    return struct.unpack_from("<I", blob, table)[0] + index * size


CPUS, REGIONS, SPIS = 72, 80, 88


# Where in the first cell's blob, what is written there, and a word of what the oracle says.
BROKEN = {
    "memory of another cell": (REGIONS, 32, 0, "<Q", 64 << 20, "is not also cell"),
    "memory that is none": (REGIONS, 32, 0, "<Q", -(1 << 30), "is memory"),
    "registers of a neighbour": (REGIONS, 32, 1, "<Q", -0x40000, "no more"),
    "the distributor": (REGIONS, 32, 1, "<Q", 0x8000000 - 0x9040000, "kept from no cell"),
    "another's CPU": (CPUS, 8, 0, "<Q", 1, "in one cell"),
    "another interrupt": (SPIS, 4, 0, "<I", 1, "its interrupts are its devices'"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_oracle_notices(sound, name):
    hardware, system, (first, second), wants = sound
    table, size, index, form, change, says = BROKEN[name]
    at = entry(first, table, size, index)
    was, = struct.unpack_from(form, first, at)
    if name == "memory of another cell":
        change = wants[1].address - was
    broken = changed(first, at, form, was + change)
    problems = oracle.judge(hardware, system, [broken, second], wants)
    assert any(says in problem for problem in problems), problems


def test_oracle_notices_an_iommu_that_is_not_kept(sound):
    hardware, system, cells, wants = sound
    count = struct.unpack_from("<I", system, 92)[0]
    assert count, "virt has an ITS, at least"
    problems = oracle.judge(hardware, changed(system, 92, "<I", 0), cells, wants)
    assert any("is kept from cells" in problem for problem in problems), problems


def test_oracle_notices_a_wrong_byte(sound):
    hardware, system, (first, second), wants = sound
    broken = first[:-1] + bytes([first[-1] ^ 1])
    problems = oracle.judge(hardware, system, [broken, second], wants)
    assert any("checksum" in problem for problem in problems), problems
