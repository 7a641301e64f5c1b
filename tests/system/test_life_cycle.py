# SPDX-License-Identifier: GPL-2.0-only
"""Cells come, run, end and go; each illegal move is refused; nothing is lost."""

import json

import pytest
from conftest import endurance, on_both_ends, on_every_machine
from partita import CELLS, SYSFS, Footprint, dts

LIVES = endurance(8, 100)
STRIDE = endurance(3, 1)


@on_every_machine
def test_every_state_is_passed_in_order(board, enabled):
    cell = enabled.create("hello", cpus=(2, 3))
    assert cell.state == "created"
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-1"
    cell.load("hello.bin")
    assert cell.state == "loadable"
    cell.start()
    cell.await_console("[Hh]ello")
    cell.await_state("shut down") if cell.state != "running" else cell.shutdown()
    assert cell.state == "shut down"
    cell.load("hello.bin")
    cell.start()
    assert cell.read("starts") == "2"
    cell.stop()
    assert cell.state in ("failed", "shut down")
    cell.destroy()
    assert enabled.cell_names() == [board.sh(f"cat {SYSFS}/cells/0/name")]
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-3"


@pytest.mark.endurance
@on_both_ends
def test_many_lives_lose_no_page_and_cost_a_neighbour_no_exit(board, enabled):
    neighbour = enabled.run("neighbour", "victim.bin", "50000", cpus=(2,), more="trusted-idle;")
    neighbour.await_heartbeat(1)

    mayfly = f"{CELLS}/mayfly.dts"
    board.sh(f"echo '{dts('mayfly', image='control-loop.bin')}' >{mayfly}")
    # One life, which ends when the loop has been seen to run.
    live = (f"partita cell create {mayfly} && partita cell start mayfly && "
            f"until grep -vqx 0 {SYSFS}/cells/2/heartbeat; do :; done && "
            "partita cell stop mayfly && partita cell destroy mayfly")
    board.sh(live)  # what the kernel allocates once and keeps
    before = Footprint(board)
    exits = enabled.exits(2)
    board.sh(f"(for life in $(seq {LIVES}); do {live} || exit; done)", timeout=300 + 10 * LIVES)
    assert enabled.exits(2) == exits
    assert neighbour.state == "running"
    after = Footprint(board)
    # Linux shifts pages about; a single cell's memory, 4 MiB, would show, and so would
    # 43 KiB lost in each life, or 5 where there are many.
    assert before.all_back(after), (before, after)
    neighbour.shutdown()
    assert "damage 0, aliens 0" in neighbour.console()


def test_workload_of_linux_is_right_while_cells_come_and_go(board, enabled):
    digest = board.sh("./work 1")
    board.sh("./work 0 >/run/digest & echo $! >/run/work")
    for _ in range(3):
        cell = enabled.run("hello", "hello.bin", cpus=(2, 3))
        cell.await_console("[Hh]ello")
        if cell.state == "running":
            cell.stop()
        cell.destroy()
    board.sh("kill $(cat /run/work); wait $(cat /run/work)", timeout=120)
    assert board.sh("cat /run/digest") == digest


def refused(board, command, *words):
    result = board.run(command)
    assert result.status == 1, result
    for word in words:
        assert word in result.output, result


def test_illegal_moves_are_refused_each_with_its_reason(board, enabled):
    cell = enabled.create("loop")
    refused(board, "partita cell start loop", "loop", "created")
    refused(board, "partita cell shutdown loop", "loop", "created")
    cell.load("control-loop.bin")
    refused(board, "partita cell shutdown loop", "loop", "loadable")
    cell.start()
    refused(board, "partita cell start loop", "loop", "running")
    refused(board, "partita cell destroy loop", "loop", "running")
    refused(board, f"partita cell load loop {CELLS}/control-loop.bin", "loop", "running")
    cell.await_heartbeat(1)
    cell.shutdown()
    cell.destroy()
    for verb in ("start", "stop", "shutdown", "destroy"):
        refused(board, f"partita cell {verb} loop", "loop")
    refused(board, f"partita cell load loop {CELLS}/control-loop.bin", "loop")


def test_two_cells_of_one_name_are_refused(board, enabled):
    enabled.create("twin")
    board.sh(f"echo '{dts('twin', cpus=(2,))}' >/run/twin.dts")
    refused(board, "partita cell create /run/twin.dts", "twin")
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-2"


def test_cpu_of_another_cell_is_refused(board, enabled):
    enabled.create("first")
    board.sh(f"echo '{dts('second', cpus=(3,))}' >/run/second.dts")
    refused(board, "partita cell create /run/second.dts", "3", "first")
    assert "second" not in enabled.cell_names()


def test_linux_cannot_take_the_cpu_of_a_cell(board, enabled):
    cell = enabled.run("loop", "control-loop.bin")
    cell.await_heartbeat(1)
    assert board.run("echo 1 >/sys/devices/system/cpu/cpu3/online").status != 0
    assert cell.state == "running"
    cell.stop()
    cell.destroy()
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-3"


def test_remaining_cpus_of_linux_are_hotplugged_beside_a_running_cell(board, enabled):
    cell = enabled.run("loop", "control-loop.bin")
    cell.await_heartbeat(1)
    for _ in range(3):
        board.sh("echo 0 >/sys/devices/system/cpu/cpu1/online")
        board.sh("echo 1 >/sys/devices/system/cpu/cpu1/online")
    assert cell.state == "running"
    assert board.sh("taskset 2 ./work 1 1") == board.sh("taskset 1 ./work 1 1")


@pytest.mark.parametrize("source, words", [
    (dts("c", cpus=(9,)), ["9"]),
    (dts("c", cpus=(3, 3)), ["3"]),
    (dts("c", cpus=(0, 1, 2, 3)), ["CPU"]),
    (dts("c", memory="16"), ["memory"]),
    (dts("c", memory="100G"), []),
    (dts("c", more="colour = <1>;"), ["colour"]),
    (dts("c", more='devices = "/no-such";'), ["/no-such"]),
    (dts("c", more='devices = "/intc@8000000";'), ["intc"]),
    ("not a device tree", []),
    ("", []),
], ids=["no-such-cpu", "cpu-twice", "all-cpus", "odd-memory", "too-much-memory", "unknown-property",
        "no-such-device", "interrupt-controller", "noise", "empty"])
def test_broken_system_is_refused_and_changes_nothing(board, enabled, source, words):
    before = Footprint(board)
    board.sh(f"echo '{source}' >/run/broken.dts")
    refused(board, "partita cell create /run/broken.dts", *words)
    after = Footprint(board)
    assert before.all_back(after), (before, after)
    assert len(enabled.cell_names()) == 1


def test_broken_blob_of_a_device_tree_is_refused(board, enabled):
    board.sh(f"echo '{dts('c')}' >/run/c.dts; dtc -q -O dtb -o /run/c.dtb /run/c.dts")
    board.sh("dd if=/run/c.dtb of=/run/cut.dtb bs=1 count=70 2>/dev/null")
    refused(board, "partita cell create /run/cut.dtb")
    board.sh("partita cell create /run/c.dtb")


def test_image_too_large_or_missing_is_refused(board, enabled):
    cell = enabled.create("small", memory="4M")
    board.sh("head -c 5000000 /dev/zero >/run/large.bin")
    refused(board, "partita cell load small /run/large.bin", "/run/large.bin")
    refused(board, "partita cell load small /run/absent.bin", "/run/absent.bin")
    cell.load("control-loop.bin")
    cell.start()


def test_list_and_stats_speak_json(board, enabled):
    cell = enabled.run("loop", "control-loop.bin")
    cell.await_heartbeat(1)
    listed = json.loads(board.sh("partita cell list --json"))
    mine = [entry for entry in listed if entry["name"] == "loop"]
    assert [(entry["state"], entry["cpus"]) for entry in mine] == [("running", [3])]
    stats = json.loads(board.sh("partita cell stats loop --json"))
    assert stats["cells"][0]["name"] == "loop"
    json.loads(board.sh("partita hardware check --json"))


def test_cell_is_named_by_id_too(board, enabled):
    cell = enabled.create("loop")
    board.sh(f"partita cell load {cell.id} {CELLS}/control-loop.bin")
    board.sh(f"partita cell start {cell.id}")
    assert cell.state == "running"


def test_shutdown_tells_when_a_cell_does_not_answer(board, enabled):
    """A cell of two instructions: it spins and knows no protocol."""
    cell = enabled.create("deaf")
    board.sh(r"printf '\000\000\000\024' >/run/spin.bin")
    board.sh("partita cell load deaf /run/spin.bin")
    cell.start()
    refused(board, "partita cell shutdown --timeout 1 deaf", "deaf", "stop")
    assert cell.state == "running"
    cell.stop()


def test_hypervisor_memory_with_one_cell_is_within_the_budget(board, enabled):
    cell = enabled.run("loop", "control-loop.bin")
    cell.await_heartbeat(1)
    fixed, comm = (int(board.sh(f"cat {SYSFS}/hypervisor/{part}_size"))
                   for part in ("fixed", "comm"))
    assert fixed + comm <= 256 * 1024
    assert "memory" in board.sh("partita cell stats")


# kill -9 of the command at every third step, or every one in `make endurance`: (verb, what must hold for the next verb to work)
STEPS = [
    ("partita enable", f"[ $(cat {SYSFS}/enabled) = 1 ]"),
    ("partita cell create /run/k.dts", f"grep -qx k {SYSFS}/cells/*/name"),
    (f"partita cell load k {CELLS}/control-loop.bin",
     f"grep -qx loadable {SYSFS}/cells/1/state"),
    ("partita cell start k", f"grep -qx running {SYSFS}/cells/1/state"),
    ("partita cell stop k", f"! grep -qx running {SYSFS}/cells/1/state"),
    ("partita cell destroy k", f"! grep -qx k {SYSFS}/cells/*/name"),
    ("partita disable", f"[ $(cat {SYSFS}/enabled) = 0 ]"),
]


@pytest.mark.endurance
def test_killed_at_every_step_leaves_a_consistent_state(board, partita):
    board.sh(f"echo '{dts('k')}' >/run/k.dts")
    partita.enable()
    partita.disable()
    before = Footprint(board)
    for command, done in STEPS:
        for step in range(0, 100, STRIDE):
            killed = board.run(f"./kill_at {step} {command}")
            if killed.status != 137:
                break
        else:
            pytest.fail(f"{command} has no end")
        assert board.run("partita hardware check").status == 0
        # Either a killed run had done it already, or the last, undisturbed one did.
        assert board.run(done).status == 0, (command, killed)
    after = Footprint(board)
    assert before.all_back(after), (before, after)


def test_killed_in_the_middle_of_a_change_leaves_a_consistent_state(board, partita):
    board.sh(f"echo '{dts('k', memory='16M')}' >/run/k.dts")
    partita.enable()
    partita.disable()
    before = Footprint(board)
    for delay in ("0.001", "0.005", "0.02", "0.1"):
        for command, done in STEPS:
            board.run(f"{command} & sleep {delay}; kill -9 $!; wait $!")
            if board.run(done).status:
                board.run(command)
            assert board.run(done).status == 0, (command, delay)
    after = Footprint(board)
    assert before.all_back(after), (before, after)


def test_destroying_while_starting_ends_in_a_legal_state(board, enabled):
    for _ in range(5):
        cell = enabled.create("race")
        cell.load("control-loop.bin")
        board.run("partita cell start race & partita cell destroy race & wait")
        if "race" in enabled.cell_names():
            assert cell.state in ("loadable", "running")
            if cell.state == "running":
                cell.stop()
            cell.destroy()
        assert board.sh("cat /sys/devices/system/cpu/online") == "0-3"
