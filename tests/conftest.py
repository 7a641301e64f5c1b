# SPDX-License-Identifier: GPL-2.0-only
"""What every system test shares: booted boards.

A board is shared by the tests of one module, so a test leaves it as it found it. A test
that needs a board of its own calls `boot`. PARTITA_KERNELS names the kernels to test on.
"""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))
from board import BUILD, Board  # noqa: E402
from partita import Partita  # noqa: E402

KERNELS = os.environ.get("PARTITA_KERNELS", "bookworm trixie").split()
# What the promise is made for. Each kernel once: the newest on the newest CPU, those before it on
# a CPU without VHE.
MACHINES = [(kernel, "cortex-a72") for kernel in KERNELS[:-1] or KERNELS] + [(KERNELS[-1], "max")]
# And the other way round, where it is the entry itself that is tested.
CROSSED = MACHINES + [(kernel, cpu) for kernel, cpu in ((KERNELS[0], "max"), (KERNELS[-1], "cortex-a72"))
                      if (kernel, cpu) not in MACHINES]
LOGS = BUILD / "tests" / "console"

# `make endurance` runs the tests marked so, which then do often what in ./check they do a few times.
ENDURANCE = os.environ.get("PARTITA_ENDURANCE") == "1"


def endurance(few, often):
    """How often a test that is marked so does what must not wear anything out."""
    return often if ENDURANCE else few


def machine_name(machine):
    return "-".join(machine)


@pytest.fixture(scope="module")
def board(request):
    """A board of the given (kernel, CPU), by default the first kernel on cortex-a72."""
    kernel, cpu = getattr(request, "param", (KERNELS[0], "cortex-a72"))
    options = dict(getattr(request.module, "BOARD", {}))
    name = f"{request.module.__name__}-{kernel}-{cpu}.log"
    with Board(LOGS / name, kernel=kernel, cpu=cpu, **options) as running:
        yield running


@pytest.fixture
def partita(board):
    """Partita on the shared board, loaded but not enabled; given back after each test."""
    loaded = Partita(board)
    yield loaded
    if board.console is not None:
        loaded.leave()


@pytest.fixture
def enabled(partita):
    partita.enable()
    return partita


@pytest.fixture
def boot(request):
    """Boots further boards for one test: boot(kernel=…, cpu=…, …)."""
    boards = []

    def start(**options):
        options.setdefault("kernel", KERNELS[0])
        name = f"{request.node.name.replace('/', '_')}-{len(boards)}.log"
        running = Board(LOGS / name, **options)
        running.__enter__()
        boards.append(running)
        return running

    yield start
    for running in boards:
        running.close()


# For what takes long: the oldest kernel on the older CPU, and the newest on the newest.
on_both_ends = pytest.mark.parametrize("board", [MACHINES[0], MACHINES[-1]], ids=machine_name,
                                       indirect=True, scope="module")
on_crossed_machines = pytest.mark.parametrize("board", CROSSED, ids=machine_name, indirect=True,
                                              scope="module")
on_every_machine = pytest.mark.parametrize("board", MACHINES, ids=machine_name, indirect=True,
                                           scope="module")


# The groups of these take longest. They begin first, so that no worker ends with one of them while
# the others have nothing left to do.
LONG = ("test_reboot", "test_hostile", "test_load", "test_big_memory", "test_enable", "test_life_cycle",
        "test_control_loop", "test_boards", "test_budgets")


@pytest.hookimpl(tryfirst=True)     # before xdist looks for groups
def pytest_collection_modifyitems(items):
    """What may not run at once: all that shares a board. Each worker of ./check boots its own."""
    items.sort(key=lambda item: item.module.__name__.split(".")[-1] not in LONG)
    for item in items:
        group = item.module.__name__
        if "board" in item.fixturenames:
            parameters = item.callspec.params if hasattr(item, "callspec") else {}
            group += " " + machine_name(parameters.get("board", MACHINES[0]))
        elif "boot" in item.fixturenames or getattr(item.module, "ALONE", False):
            group = item.nodeid     # with boards of its own
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With a failure comes the end of the console of the board that it happened on."""
    outcome = yield
    report = outcome.get_result()
    running = item.funcargs.get("board") if hasattr(item, "funcargs") else None
    if report.failed and isinstance(running, Board) and running.console is not None:
        report.sections.append((f"end of {running.log_path}", running.tail()))


def pytest_unconfigure(config):
    """The last line of every counting tool here: `N passed, N failed`."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not config.option.collectonly:
        count = {kind: len(reporter.stats.get(kind, [])) for kind in ("passed", "failed", "error")}
        print(f"{count['passed']} passed, {count['failed'] + count['error']} failed")


__all__ = ["LOGS", "MACHINES", "endurance", "machine_name", "on_both_ends", "on_crossed_machines",
           "on_every_machine"]
