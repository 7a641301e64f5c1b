# SPDX-License-Identifier: GPL-2.0-only
"""What the boards on which Partita is measured have in common: Debian's Linux on the counted
machine, as still as it can be told to be, with the files of the bench in its initramfs and the
second serial left to a cell.
"""

import fcntl
import gzip
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
import board  # noqa: E402
import image  # noqa: E402
from board import BUILD, TOP  # noqa: E402
from metrics import Result  # noqa: E402
from partita import dts  # noqa: E402

KERNEL = "bookworm"
HERE = "/root/bench"
UART = "/pl011@9040000"
GIC = "/intc@8000000"
FIRST_SPI = 32

# Boot parameters: no averages of pressure stalls every two seconds, and each program where it was
# last time.
PARAMETERS = "psi=0 norandmaps"

# While a CPU is parked the emulator is slow, and who waits for RCU waits for ticks.
IMPATIENT = "echo 1 >/sys/kernel/rcu_expedited"

# Other work that Linux does on its own time, and that would be counted as the cell's.
QUIET = (IMPATIENT,
         "echo 3600 >/proc/sys/vm/stat_interval",
         "echo 0 >/proc/sys/vm/dirty_writeback_centisecs",
         "echo 0 >/proc/sys/vm/compaction_proactiveness",
         "echo -1 >/proc/sys/kernel/sched_rt_runtime_us",
         # What has been under way since the boot comes to its end; asleep, a board's time flies.
         # And from here on all runs are the same, however long each took to unpack its initramfs.
         "../stamp until 20")

# What starting a cell leaves Linux to do (RCU callbacks, notifications) is over after some 40 ms. A
# cell that measures begins after 67: this goes in front of its image and leaves x0 as it found it.
SETTLE = struct.pack("<4I",
                     0xd2a04001,                     #     mov  x1, #1 << 25
                     0xf1000421,                     # 1:  subs x1, x1, #1
                     0x54ffffe1,                     #     b.ne 1b
                     0x14000000 + (4096 - 12) // 4)  #     b    to the next page: the image


def spread(metric, samples, system="partita"):
    return Result(system, metric, min(samples), sum(samples) / len(samples), max(samples),
                  len(samples))


# --- what there is to know of the machine ---------------------------------------------------------

def numbers_of(tree, node, name):
    """A property of the board's device tree, as 32-bit numbers."""
    words = subprocess.run(["fdtget", "-t", "x", tree, node, name], check=True,
                           capture_output=True, text=True).stdout.split()
    return [int(word, 16) for word in words]


def address(cells):
    """Addresses and sizes take two cells each in this board's tree."""
    return cells[0] << 32 | cells[1]


def mpidr(tree, cpu):
    return numbers_of(tree, f"/cpus/cpu@{cpu}", "reg")[0]


def constant(header, name):
    """A number that a header of the hypervisor's or of its interface defines."""
    text = (TOP / header).read_text(encoding="utf-8")
    return int(re.search(rf"^#define {name}\s+(0x[0-9a-f]+)u?\b", text, re.M).group(1), 16)


def hypercall():
    return constant("abi/partita/hypercall.h", "PT_HC_REVISION")


def platform(tree, cpus):
    """What the bench cell has to know of this machine, from the tree that Linux boots with too."""
    gic = numbers_of(tree, GIC, "reg")
    uart = address(numbers_of(tree, UART, "reg"))
    return {
        "conduit": image.SMC,
        "gicd": address(gic), "gicr": address(gic[4:]),
        "uart": uart, "uart_direct": uart,
        "uart_spi": FIRST_SPI + numbers_of(tree, UART, "interrupts")[1],
        "hypercall": hypercall(),
        "second_mpidr": mpidr(tree, cpus[1]) if len(cpus) > 1 else image.NO_CPU,
    }


def cell_source(name, cpus, trusted):
    more = f'devices = "{UART}";' + (" trusted-idle;" if trusted else "")
    return dts(name, cpus=cpus, memory="16M", more=more)


# --- the board ------------------------------------------------------------------------------------

def options(work, serial="cell.txt"):
    """Of class Board; what the cell's serial says goes to a file."""
    return {"kernel": KERNEL, "counted": True, "append": PARAMETERS,
            "second_serial": f"file:{work / serial}"}


def tree_of(work):
    """The device tree that such a board boots with."""
    command = board.qemu_command(**{**options(work), "second_serial": "null"})
    return command[command.index("-dtb") + 1]


def archive(folder):
    """An initramfs of a folder, the same bytes whenever it is packed."""
    paths = [folder, *sorted(folder.rglob("*"))]
    for path in paths:
        os.utime(path, (0, 0), follow_symlinks=False)
    names = "\n".join(str(path.relative_to(folder)) for path in paths)
    packed = subprocess.run(["cpio", "--quiet", "--reproducible", "-o", "-H", "newc", "-R", "0:0"],
                            cwd=folder, input=names.encode(), check=True, capture_output=True)
    return gzip.compress(packed.stdout, 1, mtime=0)


def initrd(work, files):
    """QEMU's option for the board's own initramfs with these files, path to content, in it. What
    Linux takes to unpack it depends on every byte: what the board adds is packed again, without
    times."""
    made = BUILD / "board" / board.prepare(KERNEL)
    folder, whole = work / "root", work / "initramfs.cpio.gz"
    shutil.rmtree(folder, ignore_errors=True)
    with open(made / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.copytree(made / "overlay", folder, symlinks=True)
        base = (made / "base.cpio.gz").read_bytes()
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    whole.write_bytes(base + archive(folder))
    return ["-initrd", str(whole)]
