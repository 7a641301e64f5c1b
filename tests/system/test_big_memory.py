# SPDX-License-Identifier: GPL-2.0-only
"""Cells that are larger than CMA: Linux leaves memory for them, and gets it back."""

import re
import shlex
import signal

import pytest

from board import BUILD, CACHE, release_of
from conftest import KERNELS, endurance
from partita import Footprint, Partita, dts

GIB = 1 << 30
# How often in a row; the other kernel shows that it is the same there.
LIVES = {KERNELS[-1]: endurance(1, 10), KERNELS[0]: endurance(2, 20)}

# The region splits what Linux can leave: 1.1 GiB are below it and 1.6 GiB above.
OBSTACLE = "crashkernel=16M@0x90000000"

LINUX = """/dts-v1/; / { compatible = "partita,system-v1"; linux { compatible = "partita,cell-v1";
cpus = <2 3>; memory = "2G"; console = "pl011"; image = "/vmlinuz"; initrd = "/initrd.img";
command-line = "break=mount panic=-1"; }; };"""


def fill_page_cache(board):
    """All that is free becomes cache of a disk; some of what that needs cannot be moved."""
    board.sh("dd if=/dev/vda of=/dev/null bs=1M count=2800 2>/dev/null", timeout=300)
    assert int(board.sh("awk '/^MemFree/ { print $2 }' /proc/meminfo")) < GIB >> 11


def all_back(before, after):
    """Nothing is lost. What Linux had to move may be in its CMA area now: the sum tells."""
    after.cma_free = before.cma_free
    return before.all_back(after)


def lives_in_a_row(board, partita, lives):
    before = None
    fill_page_cache(board)
    for life in range(lives):
        if life == lives // 2:
            board.sh("dd if=/dev/vda of=/dev/null bs=1M count=800 2>/dev/null", timeout=120)
        cell = partita.create("big", memory="1G")
        if life == 0:
            # This one reads all of it.
            cell.load("leftovers.bin")
            cell.start()
            cell.await_console("leftovers: none")
        else:
            cell.load("hello.bin")
            cell.start()
            cell.await_console("hello from CPU 0")
        assert cell.read("memory") == str(GIB)
        cell.stop()
        cell.destroy()
        now = Footprint(board)
        assert before is None or all_back(before, now), (life, before, now)
        before = before or now


def refusals(board):
    """What is too much is explained, whatever it is too much for, and changes nothing."""
    board.sh(f"echo {shlex.quote(dts('huge', memory='2900M'))} >/run/huge.dts")
    result = board.run("partita cell create /run/huge.dts")
    assert result.status == 1
    assert re.search(r"cell 'huge': its own memory: without 2\.8 GiB too little would be left to Linux: "
                     r"\d.* more .*; ask for at most 2\.", result.output)
    shared = ('/dts-v1/; / { compatible = "partita,system-v1"; pool { compatible = '
              '"partita,memory-v1"; size = "2G"; }; a { compatible = "partita,cell-v1"; cpus = <2>; '
              'memory = "4M"; shared-memory = "pool"; }; };')
    board.sh(f"echo {shlex.quote(shared)} >/run/shared.dts")
    result = board.run("partita cell create /run/shared.dts")
    assert result.status == 1
    assert re.search(r"cell 'a': pool memory: Linux cannot leave 2 GiB in one piece, but at most \d",
                     result.output)
    assert "cma=2048M or movablecore=2304M" in result.output


def ended_on_the_way(board):
    """By a key and by force, in the middle of it."""
    board.sh(f"echo {shlex.quote(dts('big', memory='1G'))} >/run/big.dts")
    result = board.run(f"./kill_at 12:{int(signal.SIGINT)} partita cell create /run/big.dts")
    assert result.status == 1 and "partita: interrupted" in result.output
    assert board.run("./kill_at 12 partita cell create /run/big.dts").status == 137
    assert board.run("partita cell list | grep big").status == 1


def linux_in_pieces(board, partita):
    board.sh(f"echo {shlex.quote(LINUX)} >/run/linux.dts")
    board.sh("partita cell create /run/linux.dts", timeout=120)
    regions = board.sh("cat /sys/class/misc/partita/cells/1/regions").splitlines()
    memory = [[int(word, 0) for word in line.split()[:3]] for line in regions if "rwx" in line]
    assert len(memory) >= 2 and sum(size for _, _, size in memory) == 2 * GIB
    assert all(a[0] + a[2] == b[0] for a, b in zip(memory, memory[1:]))
    board.sh("partita cell start linux")
    board.wait_for("partita console linux | grep -q 'Memory: .*available'", timeout=120)
    seen = board.sh("partita console linux | grep -a 'Memory: '")
    assert re.search(r"/2097152K available", seen)
    board.sh("partita cell stop linux && partita cell destroy linux")


@pytest.mark.endurance
@pytest.mark.parametrize("kernel", sorted({KERNELS[0], KERNELS[-1]}))
def test_a_gib_of_three(boot, tmp_path, kernel):
    disk = tmp_path / "disk"
    with disk.open("wb") as file:
        file.truncate(3 * GIB)
    release = release_of(kernel)
    board = boot(kernel=kernel, lifetime=1800, disk=disk, extra=["-m", "3G"], append=OBSTACLE,
                 files={"vmlinuz": CACHE / "root" / release / "boot" / f"vmlinuz-{release}",
                        "initrd.img": BUILD / "board" / release / "base.cpio.gz"})
    partita = Partita(board)
    # Who has it open keeps its pages cached.
    reader = board.start("sleep 100000 </dev/vda")
    partita.enable()
    partita.disable()
    before = Footprint(board)
    partita.enable()
    lives_in_a_row(board, partita, LIVES[kernel])
    refusals(board)
    ended_on_the_way(board)
    linux_in_pieces(board, partita)
    assert board.run("dmesg | grep -iE 'oom|out of memory|allocation failure'").status == 1
    partita.disable()
    board.sh(f"kill {reader}")
    after = Footprint(board)
    assert all_back(before, after), (before, after)
