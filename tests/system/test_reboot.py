# SPDX-License-Identifier: GPL-2.0-only
"""A cell that resets itself is started again, alone, from what was loaded; and who ends it wins."""

import pytest
from board import CACHE, release_of
from conftest import KERNELS, endurance
from partita import SYSFS, Footprint, Partita

ENOUGH = endurance(1500, 6000)  # seconds for what takes its time where the host has other work


def resets(cell):
    return int(cell.read("resets"))


def await_resets(cell, count):
    cell.board.wait_for(f"[ $(cat {SYSFS}/cells/{cell.id}/resets) -ge {count} ]", ENOUGH)


def kernel_log(board):
    """What the root's kernel said, but for what it says of a slow host."""
    return [line for line in board.sh("dmesg").splitlines() if "hrtimer: interrupt took" not in line]


def test_ended_cell_starts_again_without_being_loaded(board, enabled):
    cell = enabled.run("loop", "control-loop.bin")
    for end in (cell.stop, cell.shutdown):
        cell.await_heartbeat(10)
        end()
        assert cell.state == "shut down"
        cell.start()
    cell.await_heartbeat(10)
    assert (cell.read("starts"), resets(cell)) == ("3", 0)
    cell.stop()
    # What is loaded takes the place of what was there ...
    cell.load("hostile.bin", "read 0x30000000")
    for start in ("4", "5"):
        cell.start()
        cell.await_state("failed")
        assert cell.read("starts") == start
    # ... and what was loaded elsewhere, the argument, stays.
    cell.load("hostile.bin")
    cell.start()
    cell.await_state("failed")
    assert int(cell.fault()["address"], 16) == 0x30000000
    cell.destroy()


def test_cell_that_was_never_loaded_is_told_what_it_lacks(board, enabled):
    enabled.create("empty")
    refused = board.run("partita cell start empty")
    assert refused.status == 1 and "partita cell load empty" in refused.output


def test_cell_that_resets_for_ever_hurts_nobody_and_is_ended_at_once(board, enabled):
    neighbour = enabled.run("neighbour", "control-loop.bin", cpus=(2,), more="trusted-idle;")
    neighbour.await_heartbeat(100)
    exits = enabled.exits(2)
    cell = enabled.run("again", "hostile.bin", "reset")
    log = kernel_log(board)
    await_resets(cell, 10)
    assert '"resets":' in board.sh("partita cell list --json")
    assert "by its own reset" in board.sh("partita cell stats again")
    # Not more often than ten times in a second, by the board's own clock.
    count, took = map(int, board.sh(
        f"cd {SYSFS}/cells/{cell.id}; read first <resets; read start _ </proc/uptime; sleep 3; "
        "read last <resets; read end _ </proc/uptime; "
        "echo $((last - first)) $((${end%.*} - ${start%.*} + 1))").split())
    assert 0 < count <= 10 * took + 1
    refused = board.run("partita disable")
    assert refused.status == 1 and "partita cell destroy" in refused.output
    # At every point between one start and the next: who has stopped it finds it stopped, and so it stays.
    board.sh(f"cd {SYSFS}/cells/{cell.id}; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do "
             "usleep $((i * 9300)); partita cell stop again || exit 1; "
             "read state <state; [ \"$state\" = 'shut down' ] || exit 2; read starts <starts; "
             "usleep 250000; read now <starts; [ $now = $starts ] || exit 3; "
             "partita cell start again || exit 4; done >/dev/null; cd", timeout=300)
    await_resets(cell, resets(cell) + 2)
    assert kernel_log(board) == log
    assert enabled.exits(2) == exits and neighbour.state == "running"
    for _ in range(3):
        board.sh("partita cell destroy --force again")
        assert "again" not in enabled.cell_names()
        await_resets(enabled.run("again", "hostile.bin", "reset"), 1)


def linux(partita, release, rest):
    """A cell of two CPUs, whose kernel ends as `rest` of its command line says."""
    return partita.create("linux", cpus=(2, 3), memory="72M", image="/vmlinuz",
                          more=f'console = "pl011"; initrd = "/initrd"; '
                               f'command-line = "quiet {rest}";')


# What takes long in a kernel that is to do nothing, and is not needed to come up.
SHORT = ("nokaslr rodata=off cryptomgr.notests initcall_blacklist=inet6_init,init_encrypted,"
         "crypto_kdf108_init,load_system_certificate_list,init_zswap,ksm_init,serial8250_init,"
         "pl061_gpio_driver_init,gen_pci_driver_init,psmouse_init,cubictcp_register")
# Soon after its second CPU has come up it finds a pointer missing.
DIES = "panic=-1 nokaslr rodata=off initcall_blacklist=netlink_proto_init"
REBOOTS, DEATHS = endurance(3, 100), endurance(4, 100)


@pytest.mark.endurance
@pytest.mark.parametrize("kernel", sorted({KERNELS[0], KERNELS[-1]}))
def test_linux_reboots_and_the_root_does_not_notice(boot, kernel):
    release = release_of(kernel)
    board = boot(kernel=kernel, append="cma=128M", lifetime=2 * ENOUGH, files={
        "vmlinuz": CACHE / "root" / release / "boot" / f"vmlinuz-{release}"})
    board.sh("mkdir /run/i; cp reboot /run/i/init; cd /run/i; echo init | cpio -o -H newc >/initrd; cd")
    partita = Partita(board)
    # What the kernel keeps from the first time on is no loss.
    partita.enable()
    partita.disable()
    before = Footprint(board)
    partita.enable()
    # A hundred periods in a second: its exits are what counts, and it takes little of the host.
    loop = partita.run("loop", "control-loop.bin", "10000", cpus=(1,), more="trusted-idle;")
    loop.await_heartbeat(100)
    exits = partita.exits(1)
    first = kernel == KERNELS[0]
    for end, count in ((f"reboot=s1 {SHORT} -- reboot", REBOOTS if first else 1),
                       (f"{SHORT} -- hotplug", 1), (DIES, DEATHS if first else 1)):
        cell = linux(partita, release, end)
        log = kernel_log(board)
        cell.start()
        await_resets(cell, count)
        cell.stop()
        assert int(cell.read("starts")) == resets(cell) + 1
        assert kernel_log(board) == log
        cell.destroy()
    cell = linux(partita, release, f"{SHORT} -- halt")
    for starts in ("1", "2"):
        cell.start()
        cell.await_state("shut down", ENOUGH)
        assert (cell.read("starts"), resets(cell)) == (starts, 0)
    cell.destroy()
    assert partita.exits(1) == exits and loop.state == "running"
    loop.stop()
    loop.destroy()
    partita.disable()
    assert board.sh("nproc") == "4"
    after = Footprint(board)
    assert before.all_back(after), (before, after)
