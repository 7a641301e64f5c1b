# SPDX-License-Identifier: GPL-2.0-only
"""Every board of Debian's arm64 kernel packages, and random systems on four of them: what compiles
is sound by an oracle that shares nothing with the compiler, and what does not says why.

Nothing is booted. docs/boards.md tells what became of each.
"""

import pathlib
import random
import re
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import batch  # noqa: E402
import survey  # noqa: E402
from ask import Asked, own_virt, source, taken  # noqa: E402
from conftest import KERNELS  # noqa: E402
from generate import (MIB, Want, contested, free_memory, place,  # noqa: E402
                      random_system)

SURVEYED = [kernel for kernel in KERNELS if kernel in ("bookworm", "trixie")]
BOARDS = ("virt", "rockchip/rk3399-rockpro64.dtb", "ti/k3-am625-sk.dtb",
          "qcom/sdm845-db845c.dtb")
RANDOM_SYSTEMS = 75
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


# ------------------------------------------------------------------ a cell that takes all it can

def test_rest_of_a_board_is_whole_devices_and_nobody_elses(folder, compiler):
    """On every fifth board of the last kernel: no memory, nothing shared, nothing of the GIC."""
    done = 0
    for path in survey.trees(KERNELS[-1])[1][::5]:
        board = Asked(path)
        address = place(free_memory(board.hardware.tree, board.hardware.ram), MIB)
        wants = [Want("cell", [len(board.hardware.cpus) - 1], MIB, ["rest"], address or 0)]
        answer, outcomes = board.systems([wants], folder, "rest")
        for _, made in outcomes:
            assert not made.crash and not made.silent, path
            if made.done:
                wants[0].devices = taken(board.hardware, made.blobs[0])
                assert not board.judge(answer, wants, made), path
                done += 1
    assert done > 50


# ------------------------------------------------------------------ random systems

@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory(prefix="partita-boards-") as name:
        yield pathlib.Path(name)


def compiled(name, folder, choose):
    """(board, its Answer, [(what was asked for, Answer)]) of choose(hardware) on a board."""
    board = own_virt(folder) if name == "virt" else Asked(survey.trees(KERNELS[0])[0] / name)
    answer, outcomes = board.systems(choose(board.hardware), folder, choose.__name__)
    assert answer.done, answer.messages
    return board, answer, outcomes


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
    board, answer, outcomes = compiled(name, folder, contested)
    for wants, made in outcomes:
        assert not made.crash and not made.silent, source(wants)
        problems = board.judge(answer, wants, made) if made.done else []
        assert not problems, f"{problems}\n{source(wants)}"


def test_random_systems_that_compile_are_sound(tried):
    board, answer, outcomes = tried
    done = [(wants, made) for wants, made in outcomes if made.done]
    assert len(done) >= RANDOM_SYSTEMS // 6
    for wants, made in done:
        problems = board.judge(answer, wants, made)
        assert not problems, f"{problems}\n{source(wants)}"


def test_random_systems_that_do_not_say_which_cell(tried):
    refused = [(wants, answer) for wants, answer in tried[2] if not answer.done]
    assert len(refused) >= RANDOM_SYSTEMS // 6
    for wants, answer in refused:
        assert answer.crash is None, f"{answer.crash}\n{source(wants)}"
        errors = [line for line in answer.messages if "warning:" not in line]
        # Or what they share, or all of them at once: "the cells take all 4 CPUs".
        named_one = re.compile(r"\b(cell|shared memory) '|\bthe cells ")
        assert any(named_one.search(line) for line in errors), \
            f"{answer.messages}\n{source(wants)}"


def test_random_systems_try_what_the_language_has(tried):
    """Or what compiles would say nothing about it."""
    done = [wants for wants, made in tried[2] if made.done]
    for what in ("devices", "shared", "placed"):
        assert any(getattr(want, what) for wants in done for want in wants), what


def test_iommu_that_is_not_managed_does_dma(folder, compiler):
    """Rockchip's own: it reads memory to know what to translate, and translates for others."""
    board = Asked(survey.trees(KERNELS[0])[0] / "rockchip/rk3399-rockpro64.dtb")
    iommus = [node.path for node in board.hardware.tree.nodes if "#iommu-cells" in node.props]
    assert iommus
    systems = [[Want("cell", [1], MIB, [path], 0x10000000)] for path in iommus]
    for wants, made in board.systems(systems, folder, "iommu")[1]:
        assert not made.done, source(wants)
