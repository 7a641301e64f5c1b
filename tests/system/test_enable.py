# SPDX-License-Identifier: GPL-2.0-only
"""The hypervisor slides under a running Linux and goes away again."""

import pytest
from conftest import KERNELS, endurance, on_crossed_machines, on_every_machine
from partita import CELLS, SYSFS, Footprint, Partita

ROUNDS = endurance(10, 100)


@pytest.mark.endurance
@on_crossed_machines
def test_enable_disable_many_times_under_load_changes_no_result(board, partita):
    digest = board.sh("./work 1")
    partita.enable()
    partita.disable()
    before = Footprint(board)
    board.sh("./work 0 >/run/digest & echo $! >/run/work")
    board.sh(f"(for round in $(seq {ROUNDS}); do partita enable && partita disable || exit; done)",
             timeout=120 + 30 * ROUNDS)
    board.sh("kill $(cat /run/work); wait $(cat /run/work)", timeout=120)
    assert board.sh("cat /run/digest") == digest
    after = Footprint(board)
    # Linux shifts pages about; the hypervisor's memory of a single round, 1.3 MiB, would show.
    assert before.all_back(after), (before, after)


@on_every_machine
def test_workload_is_right_while_enabled(board, enabled):
    assert board.sh("./work 3") == board.sh("./work 1")


@on_every_machine
def test_linux_works_as_before_while_enabled(board, enabled):
    """Timers, inter-processor interrupts, hotplug of a CPU that stays Linux's."""
    board.sh("sleep 0.2")
    board.sh("echo 0 >/sys/devices/system/cpu/cpu2/online")
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-1,3"
    board.sh("echo 1 >/sys/devices/system/cpu/cpu2/online")
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-3"
    assert board.sh("taskset 4 ./work 1 1") == board.sh("taskset 2 ./work 1 1")


@on_every_machine
def test_cpus_that_are_offline_at_disable_come_back(board, enabled):
    board.sh("echo 0 >/sys/devices/system/cpu/cpu2/online")
    enabled.disable()
    board.sh("echo 1 >/sys/devices/system/cpu/cpu2/online")
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-3"


FAKE_BOARD = """
rm -rf /run/fake; mkdir -p /run/fake/sys/firmware
ln -s /dev /proc /usr /run/fake/; ln -s /sys/class /sys/devices /sys/bus /sys/kernel /run/fake/sys/
dtc -q -I dtb -O dts /sys/firmware/fdt | sed '/cpu@{cpu} {{/,/}}/d' |
dtc -q -I dts -O dtb -o /run/fake/sys/firmware/fdt
"""


@on_every_machine
@pytest.mark.parametrize("cpu", [0, 1, 3])
def test_failing_entry_of_one_cpu_takes_the_others_back(board, partita, cpu):
    """The command is shown a board without this CPU, so its entry finds no place."""
    digest = board.sh("./work 1")
    before = Footprint(board)
    board.sh(FAKE_BOARD.format(cpu=cpu))
    board.sh("./work 0 >/run/digest & echo $! >/run/work")
    # It never idles, and is called from a CPU that is inside already: it has to be reached.
    spin = board.start(f"taskset {1 << cpu:x} sh -c 'while :; do :; done'")
    result = board.run(f"PARTITA_ROOT=/run/fake taskset {2 if cpu == 0 else 1:x} partita enable")
    board.sh(f"kill {spin}")
    assert result.status == 1
    assert f"CPU {cpu} did not enter" in result.output
    assert not partita.enabled
    board.sh("kill $(cat /run/work); wait $(cat /run/work)", timeout=120)
    assert board.sh("cat /run/digest") == digest
    assert before.all_back(Footprint(board))
    partita.enable()


def test_double_enable_is_refused(board, enabled):
    result = board.run("partita enable")
    assert result.status == 1
    assert "already enabled" in result.output
    assert enabled.enabled


def test_disable_without_enable_is_refused(board, partita):
    result = board.run("partita disable")
    assert result.status == 1
    assert "not enabled" in result.output


def test_disable_is_refused_while_a_cell_exists(board, enabled):
    enabled.create("hello", cpus=(2, 3))
    result = board.run("partita disable")
    assert result.status == 1
    assert enabled.enabled
    assert "hello" in enabled.cell_names()


def test_driver_cannot_be_unloaded_while_enabled(board, enabled):
    assert board.run("rmmod partita").status != 0
    assert enabled.enabled
    enabled.disable()
    board.sh("rmmod partita")
    assert board.run(f"test -e {SYSFS}").status == 1
    board.sh("modprobe partita")


def test_unloading_gives_everything_back(board, partita):
    for _ in range(3):
        partita.enable()
        partita.disable()
        board.sh("rmmod partita; modprobe partita")
    assert not board.run("dmesg | grep -E 'BUG|WARNING|Call trace'").output


def test_missing_cpu_is_refused_by_number(board, partita):
    board.sh("echo 0 >/sys/devices/system/cpu/cpu1/online")
    result = board.run("partita enable")
    board.sh("echo 1 >/sys/devices/system/cpu/cpu1/online")
    assert result.status == 1
    assert "CPU 1" in result.output
    assert not partita.enabled


@pytest.mark.parametrize("damage", [
    "head -c 65536 /dev/urandom >/run/image",
    ": >/run/image",
    "head -c 100 /usr/lib/firmware/partita/partita-arm64.bin >/run/image",
    "{ head -c 8 /usr/lib/firmware/partita/partita-arm64.bin; head -c 40000 /dev/zero; } >/run/image",
], ids=["noise", "empty", "cut-off", "header-of-zeros"])
def test_wrong_image_is_refused(board, partita, damage):
    board.sh(damage)
    result = board.run("partita enable --image /run/image")
    assert result.status == 1
    assert "/run/image" in result.output
    assert not partita.enabled


def test_reboot_while_enabled_disables_first(boot):
    board = boot(reboot=True)
    Partita(board).enable()
    board.send("reboot -f")
    board.await_shell()
    Partita(board).enable()
    assert board.sh("./work 1") == board.sh("./work 1 2")


@pytest.mark.parametrize("kernel", sorted({KERNELS[0], KERNELS[-1]}))
def test_vhe_is_refused_with_its_boot_parameter(boot, kernel):
    board = boot(kernel=kernel, cpu="max", vhe=True)
    board.sh("modprobe partita")
    result = board.run("partita enable")
    assert result.status == 1
    assert "VHE" in result.output
    assert "id_aa64mmfr1.vh=0" in result.output
    check = board.run("partita hardware check")
    assert check.status == 1
    assert "id_aa64mmfr1.vh=0" in check.output


def test_disk_interrupts_through_the_its_go_on(boot):
    """LPIs of the root, whose tables its redistributors and ITS keep in memory."""
    from test_disk import DIGEST, READ, disk_file, lpis
    board = boot(disk=disk_file())
    partita = Partita(board)
    for _ in range(2):
        partita.enable()
        before = lpis(board)
        assert board.sh(READ).split()[0] == DIGEST
        assert lpis(board) > before
        partita.disable()
        assert board.sh(READ).split()[0] == DIGEST


def test_images_are_where_install_puts_them(board):
    board.sh(f"test -s /usr/lib/firmware/partita/partita-arm64.bin && test -s {CELLS}/hello.bin")
