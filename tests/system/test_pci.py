# SPDX-License-Identifier: GPL-2.0-only
"""A PCI function for a cell: a disk that a second Linux reads through it, and that comes back."""

import hashlib
import re
import shlex

import pytest
from board import BUILD, CACHE, Board, release_of
from conftest import KERNELS, LOGS
from partita import Cell, Footprint, dts
from test_console import Terminal

CONTENT = bytes(range(256)) * 4 * 1024
DIGEST = hashlib.sha256(CONTENT).hexdigest()
DISK = "0000:00:01.0"
DEVICES = "/sys/bus/pci/devices"
UNBIND = "/sys/bus/pci/drivers/virtio-pci/unbind"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A disk that can be given, and one that stays with Linux."""
    folder = tmp_path_factory.mktemp("pci")
    return folder / "disk", folder / "other"


@pytest.fixture(scope="module", params=sorted({KERNELS[0], KERNELS[-1]}))
def board(request, files):
    release = release_of(request.param)
    files[0].write_bytes(CONTENT)
    files[1].write_bytes(b"root" * 0x10000)
    with Board(LOGS / f"test_pci-{request.param}.log", kernel=request.param, append="cma=320M",
               disk=files[0],
               extra=("-drive", f"if=none,id=other,format=raw,file={files[1]}",
                      "-device", "virtio-blk-pci,drive=other,disable-legacy=on"),
               files={"vmlinuz": CACHE / "root" / release / "boot" / f"vmlinuz-{release}",
                      "initrd.img": BUILD / "board" / release / "base.cpio.gz"}) as running:
        yield running


def linux(devices):
    return dts("linux", cpus=(2, 3), memory="256M", image="/vmlinuz",
               more=f'console = "pl011"; initrd = "/initrd.img"; {devices} '
                    'command-line = "break=mount panic=-1";')


def functions(output):
    return re.findall(r"\b[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\b", output)


def give_disk_up(board):
    board.sh(f"echo {DISK} >{UNBIND}")


def disks_are_back(board, files):
    """Linux has found it, and its driver too; the other one has never been away."""
    board.wait_for(f"[ -e {DEVICES}/{DISK}/driver ]")
    sums = board.sh("cd /sys/block; sha256sum $(ls | sed -n 's,^vd,/dev/vd,p')")
    want = {hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    assert {line.split()[0] for line in sums.splitlines()} == want


def test_disk_of_a_second_linux(board, partita, files):
    disk = files[0]
    before = Footprint(board)
    partita.enable()
    # Nothing confines its DMA, and Linux' driver has it.
    for more, words in (("", "'unconfined-dma'"), (f'unconfined-dma = "{DISK}";', "virtio-pci")):
        source = linux(f'devices = "{DISK}"; {more}')
        board.sh(f"echo {shlex.quote(source)} >/run/linux.dts")
        refused = board.run("partita cell create /run/linux.dts", timeout=120)
        assert refused.status and words in refused.output, refused.output
    give_disk_up(board)
    board.sh("partita cell create /run/linux.dts", timeout=120)
    # To Linux it is not there, however hard it looks.
    board.sh("echo 1 >/sys/bus/pci/rescan")
    assert DISK not in functions(board.sh(f"ls {DEVICES}"))
    cell = Cell(partita, "linux")
    cell.start()
    terminal = Terminal(board, "linux")
    board.expect("board# ", 240)
    assert functions(terminal.run(f"ls {DEVICES}")) == [DISK]
    assert DIGEST in terminal.run("sha256sum </dev/vda")
    # By its pin: nothing that it could send a message to is the cell's.
    count = re.search(r"36 Level +virtio\d", terminal.run("cat /proc/interrupts"))
    assert count, "no interrupt came"
    terminal.run("tr '\\0' x </dev/zero | dd of=/dev/vda bs=4k count=1 conv=fsync")
    assert disk.read_bytes() == b"x" * 4096 + CONTENT[4096:]
    board.console.send("poweroff -f\r")
    terminal.left("cell 'linux' is shut down")
    cell.destroy()
    disks_are_back(board, files)
    partita.disable()
    assert before.all_back(Footprint(board))


def test_refused_cell_leaves_the_function_alone(board, enabled):
    give_disk_up(board)
    board.sh(f"echo nobody >{DEVICES}/{DISK}/driver_override")
    enabled.create("taken", cpus=(2,))
    source = dts("taken", more=f'devices = "{DISK}"; unconfined-dma = "{DISK}";')
    board.sh(f"echo {shlex.quote(source)} >/run/taken.dts")
    refused = board.run("partita cell create /run/taken.dts")
    assert refused.status and "exists already" in refused.output, refused.output
    # Unplugged and found again it would have forgotten this, and have its driver.
    assert board.sh(f"cat {DEVICES}/{DISK}/driver_override") == "nobody"
    board.sh(f"echo >{DEVICES}/{DISK}/driver_override; echo {DISK} >/sys/bus/pci/drivers_probe")
    board.sh(f"[ -e {DEVICES}/{DISK}/driver ]")


def test_hostile_cell_moves_nothing_and_reaches_no_other(board, enabled, files):
    give_disk_up(board)
    # All that the others have in configuration space, and where its own addresses are.
    look = f"cd {DEVICES}; sha256sum $(ls | sed -n '/{DISK}/d; s,$,/config,p'); cat {DISK}/resource"
    others = board.sh(look)
    cell = enabled.run("hostile", "hostile.bin", "pci",
                       more=f'devices = "{DISK}"; unconfined-dma = "{DISK}";')
    said = cell.await_console("survived: pci")
    assert "GRANTED" not in said, said
    assert enabled.exits(3)["pci"] > 1000
    cell.stop()
    cell.destroy()
    assert board.sh(look) == others
    disks_are_back(board, files)
