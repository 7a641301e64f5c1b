# SPDX-License-Identifier: GPL-2.0-only
"""All at once: a control loop, a Linux in a cell and the root's Linux, each with as much as it can do."""

import hashlib
import itertools
import os
import re
import shlex
import tempfile

import pytest
from board import BUILD, CACHE, release_of
from conftest import KERNELS, endurance
from partita import CELLS, Cell, Partita
from test_console import ESCAPE, Terminal
from test_disk import DIGEST, READ, disk_file

# The network card's other end is QEMU itself, which serves a folder by TFTP and nothing else.
SERVED = BUILD / "tests" / "served"
FILE = bytes(number * 7 % 251 for number in range(1 << 20))
FILE_DIGEST = hashlib.sha256(FILE).hexdigest()
GET = "tftp -g -r file -l /run/file 10.0.2.2 && sha256sum </run/file"

PERIODS = endurance(15000, 300000)    # of a millisecond
LOOP_CPU, LINUX_CPUS = 4, (2, 3)

# What the root does until there is a file /run/stop; each writes a line a round to a file of its name.
ROOT_LOAD = {"disk": READ, "network": GET,
             "hotplug": "for on in 0 1; do echo $on >/sys/devices/system/cpu/cpu1/online || exit; done; echo again"}
# And the cell's Linux, beside the work that it has on both CPUs: a program a round, and all its system calls.
CELL_LOAD = "while :; do sha256sum </bin/busybox; dd if=/dev/zero bs=1 count=20000 2>/dev/null | wc -c; done >/run/sums"

# Of a Linux that is up, see docs/architecture.md: its CPUs wake each other, and wait.
EXITS_OF_LINUX = {"total", "sgi", "wfi"}
# Unless it has something to say: a character is a look whether there is room, the store, and a look at the end.
EXITS_A_CHARACTER = 4


def network():
    """QEMU's options for a board with a network card."""
    SERVED.mkdir(parents=True, exist_ok=True)
    # Others may be reading it.
    if not (SERVED / "file").exists():
        with tempfile.NamedTemporaryFile(dir=SERVED, delete=False) as made:
            made.write(FILE)
        os.chmod(made.name, 0o644)
        os.replace(made.name, SERVED / "file")
    return ["-netdev", f"user,id=net,restrict=on,tftp={SERVED}",
            "-device", "virtio-net-pci,netdev=net,disable-legacy=on,romfile="]


def network_up(board):
    board.sh("modprobe virtio_net; ifconfig lo 127.0.0.1; ifconfig eth0 10.0.2.15")


def download(board):
    assert board.sh(GET).split()[0] == FILE_DIGEST


def interrupts(board, pattern):
    """How many of the interrupts of that name came through the ITS."""
    total = 0
    for line in board.sh(f"grep ITS-.*MSI.*{shlex.quote(pattern)} /proc/interrupts").splitlines():
        total += sum(int(word) for word in line.split()[1:] if word.isdigit())
    return total


def start_root_load(board):
    board.start("sh -c './work 0 2 >/run/digest'")
    for name, command in ROOT_LOAD.items():
        board.sh(f"echo 'while [ ! -e /run/stop ]; do {command}; done >/run/{name} 2>&1; echo >/run/{name}.over' "
                 f">/run/{name}.sh")
        board.start(f"sh /run/{name}.sh")


def end_root_load(board):
    """What each wrote, by name."""
    board.sh("touch /run/stop; killall work")
    for name in ROOT_LOAD:
        board.wait_for(f"[ -e /run/{name}.over ]", 120)
    board.wait_for("! pidof work", 120)
    return {name: set(board.sh(f"cat /run/{name}").splitlines()) for name in ROOT_LOAD}


ENDS = itertools.count()


def run(terminal, command):
    """All that the cell's terminal shows up to the end of a command: also what it shows again to who attaches."""
    end = next(ENDS)
    terminal.board.console.send(f"{command}\recho ov''er-{end}\r")
    terminal.board.expect(f"over-{end}\r", 240)
    return terminal.board.console.before.replace("\r", "")


def said(board):
    return int(board.sh("partita console linux | wc -c"))


def exits_of(partita):
    """By CPU and reason, and what the cell has said by then."""
    return {cpu: partita.exits(cpu) for cpu in (*LINUX_CPUS, LOOP_CPU)}, said(partita.board)


def linux_exits_only(allowed, before, after):
    """Between two looks; and where it had something to say, those of its UART."""
    characters = after[1] - before[1]
    for cpu in LINUX_CPUS:
        count = {reason: after[0][cpu][reason] - before[0][cpu][reason] for reason in after[0][cpu]}
        print(f"Linux on CPU {cpu}, {characters} characters, exits:", {why: n for why, n in count.items() if n})
        assert count.pop("uart") <= EXITS_A_CHARACTER * characters, (before, after)
        assert {reason for reason, number in count.items() if number} <= allowed, (before, after)


@pytest.mark.endurance
def test_everything_under_load_and_the_control_loop_takes_no_exit(boot):
    release = release_of(KERNELS[0])
    board = boot(lifetime=1800, append="cma=384M", disk=disk_file(), extra=["-smp", "5", *network()],
                 files={"vmlinuz": CACHE / "root" / release / "boot" / f"vmlinuz-{release}",
                        "initrd.img": BUILD / "board" / release / "initramfs.cpio.gz"})
    digest = board.sh("./work 1 1")
    network_up(board)
    board.sh("dmesg -c")
    partita = Partita(board)
    partita.enable()
    loop = partita.run("control-loop", "control-loop.bin", "1000", cpus=(LOOP_CPU,), more="trusted-idle;")
    loop.await_heartbeat(100)
    quiet = partita.exits(LOOP_CPU)
    board.sh(f"partita cell create {CELLS}/linux-in-a-cell.dts", timeout=120)
    linux = Cell(partita, "linux")
    linux.start()
    terminal = Terminal(board, "linux")
    board.expect("board# ", 240)

    # Busy in user space alone: only a wake-up of the other CPU now and then.
    run(terminal, "for cpu in 1 2; do taskset $cpu sh -c 'while :; do :; done' & done")
    board.console.send(ESCAPE)
    terminal.left("left cell 'linux'")
    loop.await_heartbeat(loop.heartbeat + 1000)
    busy = exits_of(partita)
    loop.await_heartbeat(loop.heartbeat + 3000)
    still_busy = exits_of(partita)
    linux_exits_only({"total", "sgi"}, busy, still_busy)

    terminal.attach()
    run(terminal, "kill $(jobs -p); ./work 0 2 >/run/digest 2>&1 & work=$!")
    run(terminal, f"sh -c '{CELL_LOAD}' & load=$!")
    board.console.send(ESCAPE)
    terminal.left("left cell 'linux'")
    start_root_load(board)
    lpis = interrupts(board, "virtio")
    before, started = exits_of(partita), loop.heartbeat
    loop.await_heartbeat(started + PERIODS, timeout=600 + PERIODS // 100)
    after = exits_of(partita)
    linux_exits_only(EXITS_OF_LINUX, before, after)
    assert after[0][LOOP_CPU] == busy[0][LOOP_CPU] == quiet, "the control loop took exits"
    assert interrupts(board, "virtio") > lpis

    written = end_root_load(board)
    assert {line.split()[0] for line in written["disk"]} == {DIGEST}
    assert {line.split()[0] for line in written["network"]} == {FILE_DIGEST}
    assert written["hotplug"] == {"again"}
    assert board.sh("cat /run/digest") == digest
    assert not board.run("dmesg | grep -E 'BUG|WARNING|Oops|Call trace'").output

    terminal.attach()
    assert digest in run(terminal, "kill $load $work; wait $work; cat /run/digest")
    busybox = re.search(r"[0-9a-f]{64}", board.sh("sha256sum </bin/busybox")).group()
    sums = re.findall(r"^([0-9a-f]{64}(?=  -$)|[0-9]+$)", run(terminal, "sort -u /run/sums"), re.M)
    assert set(sums) == {busybox, "20000"}
    board.console.send("poweroff -f\r")
    terminal.left("cell 'linux' is shut down")
    linux.destroy()
    loop.shutdown()
    console = loop.console()
    assert re.search(r"floating point wrong 0 times", console), console
    loop.destroy()
    partita.disable()
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-4"
