# SPDX-License-Identifier: GPL-2.0-only
"""A PCI function for a cell: a disk that a second Linux reads through it, and that comes back."""

import hashlib
import re
import shlex

import pytest
from board import BUILD, CACHE, release_of
from conftest import KERNELS
from partita import Cell, Footprint, Partita, dts
from test_console import Terminal

CONTENT = bytes(range(256)) * 4 * 1024
DIGEST = hashlib.sha256(CONTENT).hexdigest()
DISK, OTHER = "0000:00:01.0", "0000:00:02.0"
DEVICES = "/sys/bus/pci/devices"
UNBIND = "/sys/bus/pci/drivers/virtio-pci/unbind"


def linux(devices):
    return dts("linux", cpus=(2, 3), memory="256M", image="/vmlinuz",
               more=f'console = "pl011"; initrd = "/initrd.img"; {devices} '
                    'command-line = "break=mount panic=-1";')


def functions(output):
    return re.findall(r"\b[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\b", output)


@pytest.mark.parametrize("kernel", sorted({KERNELS[0], KERNELS[-1]}))
def test_disk_of_a_second_linux(boot, kernel):
    release = release_of(kernel)
    disk, other = BUILD / "tests" / "pci-disk", BUILD / "tests" / "pci-other"
    disk.parent.mkdir(parents=True, exist_ok=True)
    disk.write_bytes(CONTENT)
    other.write_bytes(b"root" * 0x10000)
    board = boot(kernel=kernel, append="cma=320M", disk=disk,
                 extra=("-drive", f"if=none,id=other,format=raw,file={other}",
                        "-device", "virtio-blk-pci,drive=other,disable-legacy=on"),
                 files={"vmlinuz": CACHE / "root" / release / "boot" / f"vmlinuz-{release}",
                        "initrd.img": BUILD / "board" / release / "base.cpio.gz"})
    partita = Partita(board)
    before = Footprint(board)
    partita.enable()
    # Nothing confines its DMA, and Linux' driver has it.
    for more, words in (("", "'unconfined-dma'"), (f'unconfined-dma = "{DISK}";', "virtio-pci")):
        source = linux(f'devices = "{DISK}"; {more}')
        board.sh(f"echo {shlex.quote(source)} >/run/linux.dts")
        refused = board.run("partita cell create /run/linux.dts", timeout=120)
        assert refused.status and words in refused.output, refused.output
    board.sh(f"echo {DISK} >{UNBIND}")
    print(board.sh("partita cell create /run/linux.dts", timeout=120))
    assert DISK not in functions(board.sh(f"ls {DEVICES}"))
    cell = Cell(partita, "linux")
    cell.start()
    terminal = Terminal(board, "linux")
    board.expect("board# ", 240)
    assert functions(terminal.run(f"ls {DEVICES}")) == [DISK]
    assert DIGEST in terminal.run("sha256sum </dev/vda")
    print(terminal.run("cat /proc/interrupts"))
