# SPDX-License-Identifier: GPL-2.0-only
"""The root stays healthy while a cell runs: its network, its disk, its profiler, its sleep, its kexec."""

import pathlib
import re
import struct
import sys

import pytest
from board import BUILD, CACHE, Board, release_of
from conftest import KERNELS, LOGS, MACHINES, machine_name
from partita import Partita
from test_disk import DIGEST, READ, disk_file
from test_load import download, interrupts, network, network_up

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
from executed import Monitor  # noqa: E402


@pytest.fixture(scope="module", params=[MACHINES[0], MACHINES[-1]], ids=machine_name)
def board(request):
    kernel, cpu = request.param
    with Board(LOGS / f"test_root_health-{kernel}-{cpu}.log", kernel=kernel, cpu=cpu, disk=disk_file(),
               extra=network()) as running:
        yield running


@pytest.fixture
def loop(enabled):
    """A control loop beside what the root does; afterwards it has gone on, without one exit."""
    cell = enabled.run("control-loop", "control-loop.bin", "1000", more="trusted-idle;")
    cell.await_heartbeat(100)
    exits, periods = enabled.exits(3), cell.heartbeat
    yield cell
    cell.await_heartbeat(periods + 100)
    assert enabled.exits(3) == exits
    cell.shutdown()
    console = cell.console()
    assert re.search(r"floating point wrong 0 times", console), console


def test_network_and_disk_through_the_its(board, loop):
    network_up(board)
    before = interrupts(board, "virtio.*input"), interrupts(board, "virtio.*req")
    download(board)
    assert board.sh(READ).split()[0] == DIGEST
    after = interrupts(board, "virtio.*input"), interrupts(board, "virtio.*req")
    assert after[0] > before[0] and after[1] > before[1], (before, after)


def test_profiler_counts_and_samples_on_every_cpu(board, loop):
    lines = board.sh("./perf", timeout=240).splitlines()
    assert [int(line.split()[1]) for line in lines] == [0, 1, 2]


def test_sleep_of_the_root_is_to_idle_and_the_cell_goes_on(board, loop):
    # Nothing of the board's firmware that would power it down is offered while enabled, or before.
    assert board.sh("cat /sys/power/mem_sleep") == "[s2idle]"
    assert board.run("echo deep >/sys/power/mem_sleep").status != 0
    before = loop.heartbeat
    board.sh("echo 0 >/sys/class/rtc/rtc0/wakealarm; echo +3 >/sys/class/rtc/rtc0/wakealarm; "
             "echo freeze >/sys/power/state")
    assert loop.heartbeat - before > 1000
    assert board.sh(READ).split()[0] == DIGEST
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-2"


# The tree of the running kernel, for the next one: its initrd is elsewhere, and so is, in a panic, its memory.
TREE = ("dtc -q -I dtb -O dts /sys/firmware/fdt | sed 's/linux,initrd-start = .*/linux,initrd-start = <0 {start:#x}>;/; "
        "s/linux,initrd-end = .*/linux,initrd-end = <0 {end:#x}>; {more}/; s/bootargs = .*/bootargs = \"{parameters}\";/' | "
        "dtc -q -I dts -O dtb -o /run/next.dtb")
APART = 64 << 20                # as tests/guest/kexec.c puts them


def load_kernel(board, how, address, more="", parameters="console=ttyAMA0 loglevel=4 panic=-1"):
    start = address + APART
    size = int(board.sh("stat -c %s /initrd.img"))
    board.sh(TREE.format(start=start, end=start + size, more=more, parameters=parameters))
    board.sh(f"./kexec {how} {address:#x} /vmlinuz /initrd.img /run/next.dtb")


def kernel_files():
    release = release_of(KERNELS[0])
    return {"vmlinuz": CACHE / "root" / release / "boot" / f"vmlinuz-{release}",
            "initrd.img": BUILD / "board" / release / "initramfs.cpio.gz"}


def test_kexec_ends_the_cells_and_the_next_kernel_can_enable(boot):
    board = boot(files=kernel_files())
    partita = Partita(board)
    partita.enable()
    partita.run("control-loop", "control-loop.bin").await_heartbeat(100)
    load_kernel(board, "load", 0x60000000)
    board.send("./kexec now")
    board.await_shell()
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-3"
    partita = Partita(board)
    partita.enable()
    partita.run("control-loop", "control-loop.bin").await_heartbeat(100)
    partita.leave()


def test_panic_while_enabled_starts_the_crash_kernel_and_the_cell_goes_on(boot, tmp_path):
    board = boot(files=kernel_files(), append="crashkernel=256M",
                 extra=Monitor.options(tmp_path / "monitor", tmp_path / "log"))
    start, end = (int(word, 16) for word in re.search(
        r"([0-9a-f]+)-([0-9a-f]+) : Crash kernel", board.sh("cat /proc/iomem")).groups())
    partita = Partita(board)
    partita.enable()
    loop = partita.run("control-loop", "control-loop.bin")
    loop.await_heartbeat(100)
    memory, _, size = (int(word, 0) for word in loop.read("regions").split()[:3])
    load_kernel(board, "panic", start, f"linux,usable-memory-range = <0 {start:#x} 0 {end + 1 - start:#x}>;",
                "console=ttyAMA0 loglevel=4 panic=-1 nr_cpus=1 crashed")
    board.send("echo c >/proc/sysrq-trigger")
    board.await_shell()
    assert "crashed" in board.sh("cat /proc/cmdline")
    assert board.sh("./work 1 1")
    # Nobody here can ask the cell; but its memory changes while it works.
    with Monitor(tmp_path / "monitor") as monitor:
        def content(name):
            monitor.save_memory(memory, size, tmp_path / name)
            return (tmp_path / name).read_bytes()
        before = content("before")
        board.sh("sleep 1")
        assert content("after") != before
    board.sh("modprobe partita")
    refused = board.run("partita enable")
    assert refused.status == 1 and "not started at EL2" in refused.output


def kernel_core_offset(board, address):
    """Where in /proc/kcore physical memory is, by its ELF program headers."""
    head = bytes.fromhex(board.sh("dd if=/proc/kcore bs=4096 count=1 2>/dev/null | hexdump -v -e '1/1 \"%02x\"'"))
    at, = struct.unpack_from("<Q", head, 32)
    size, count = struct.unpack_from("<HH", head, 54)
    for number in range(count):
        _, _, offset, _, physical, _, length, _ = struct.unpack_from("<IIQQQQQQ", head, at + number * size)
        if physical <= address < physical + length:
            return offset + address - physical
    raise LookupError(f"{address:#x} is not in /proc/kcore")


def test_debugger_reads_zeroes_where_memory_is_not_the_roots(board, loop):
    hypervisor = int(re.search(r"KiB at (0x[0-9a-f]+)", board.sh("dmesg | grep 'hypervisor enabled' | tail -n 1"))[1], 16)
    cell = int(loop.read("regions").split()[1], 16)
    for address in (hypervisor, cell):
        page = board.sh(f"dd if=/proc/kcore bs=4096 skip={kernel_core_offset(board, address) >> 12} count=1 2>/dev/null | "
                        "hexdump -v -e '1/1 \"%02x\"'")
        assert page == "00" * 4096
    assert not board.run("dmesg | grep -E 'BUG|Oops|Call trace'").output
