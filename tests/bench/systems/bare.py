# SPDX-License-Identifier: GPL-2.0-only
"""The limit: the benchmark cell on the board with nothing at EL2. It starts there, goes down to
EL1 and leaves nothing behind; what an instruction costs here, no hypervisor can undercut."""

import subprocess

import image
from board import counted_machine

# Of the board, as its device tree has it. The other CPU's MPIDR is its number.
BOARD = {"gicd": 0x8000000, "gicr": 0x80a0000, "uart": 0x9000000, "uart_direct": 0x9000000,
         "uart_spi": 33, "second_mpidr": 1}

# The firmware's calls are made by the emulator itself here, in no instructions: no psci-version.
METRICS = ("hypercall", "gicd-typer-read", "gicd-isenabler-read", "gicd-isenabler-write",
           "gicr-waker-read", "timer-busy", "timer-wfi", "spi", "sgi-self", "sgi-other", "tick")

LIFETIME = 120


def boot(work, cell):
    """Run QEMU until the cell turns the board off. What stays without an end, the cell's missing
    last line tells."""
    command = ["qemu-system-aarch64", *counted_machine(), "-nodefaults", "-display", "none",
               "-serial", f"file:{work / 'cell.txt'}", "-no-reboot", "-kernel", str(cell)]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=LIFETIME, check=False)
    except subprocess.TimeoutExpired:
        return None


def measure(work):
    cell = image.platform_image(work / "cell.bin", conduit=image.SMC, off_when_done=1,
                                metrics=METRICS, **BOARD)
    output = work / "cell.txt"
    output.write_bytes(b"")
    ended = boot(work, cell)
    if ended and ended.returncode:
        raise image.CellError(f"QEMU ended with status {ended.returncode}: {ended.stdout}")
    return image.parse(output.read_text(encoding="utf-8", errors="replace"), "bare")
