# SPDX-License-Identifier: GPL-2.0-only
"""Xen under the bench, as Debian ships it and without a dom0: it starts the benchmark cell by
itself, from the device tree. Measured twice: as it is, and with `vwfi=native`, its own way to let a
guest sleep without trapping WFI.

Only started at boot, it has no figure for enabling and for starting a cell, and it counts no
entries.
"""

import mmap
import re
import struct
import subprocess

import image
from board import CACHE, BoardError, counted_machine
from emulator import Emulator
from memory import touched
from metrics import Result

XEN = CACHE / "root" / "xen" / "boot" / "xen-4.17-arm64"
SYSTEMS = {"xen": "", "xen-native-wfi": "vwfi=native"}

# What a domU finds where, as in the device tree that Xen makes for it. Its tree names HVC as
# conduit; Xen answers PSCI by SMC as well, which is what psci-version measures.
GUEST = {"gicd": 0x3001000, "gicr": 0x3020000, "uart": 0x22000000, "conduit": image.SMC,
         "second_mpidr": 1, "hypercall": 0x80000000}     # SMCCC_VERSION
GUEST_RAM_AT = 0x40000000
GUEST_SIZE = 16 << 20

METRICS = ("hypercall", "psci-version", "gicd-typer-read", "gicd-isenabler-read",
           "gicd-isenabler-write", "gicr-waker-read", "timer-busy", "timer-wfi", "sgi-self",
           "sgi-other", "tick")

# In the middle of RAM: QEMU puts Xen at its beginning and the device tree behind that.
MODULE_AT = 0x50000000

CHOSEN = """
/ {{
    chosen {{
        #address-cells = <2>;
        #size-cells = <2>;
        xen,xen-bootargs = "console=dtuart dtuart=/pl011@9000000 {parameters}";
        domU1 {{
            compatible = "xen,domain";
            #address-cells = <2>;
            #size-cells = <2>;
            cpus = <2>;
            memory = <0 {kib}>;
            vpl011;
            module@{at:x} {{
                compatible = "multiboot,kernel", "multiboot,module";
                reg = <0 {at:#x} 0 {size}>;
            }};
        }};
    }};
}};
"""

PREFIX = re.compile(r"^\(XEN\) DOM1: ", re.M)
GUEST_TREE = re.compile(r"Loading d1 DTB to 0x([0-9a-f]+)-")
TREE_MAGIC = b"\xd0\x0d\xfe\xed"


# --- starting it ----------------------------------------------------------------------------------

def tree(work, parameters, cell):
    """The board's own device tree with the domU in it."""
    machine, plain, whole = counted_machine(), work / "board.dtb", work / "xen.dtb"
    machine[machine.index("-M") + 1] += f",dumpdtb={plain}"
    subprocess.run(["qemu-system-aarch64", *machine, "-nodefaults", "-display", "none",
                    "-serial", "null"], check=True, stdin=subprocess.DEVNULL, capture_output=True)
    source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", plain], check=True,
                            capture_output=True, text=True).stdout
    source += CHOSEN.format(parameters=parameters, kib=GUEST_SIZE >> 10, at=MODULE_AT,
                            size=cell.stat().st_size)
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", whole], check=True, input=source,
                   text=True)
    return whole


def command(work, parameters, cell):
    if not XEN.exists():
        raise BoardError(f"{XEN} is not there; run scripts/fetch xen")
    return ["qemu-system-aarch64", *counted_machine(), "-nodefaults", "-display", "none",
            "-serial", "stdio", "-no-reboot", "-kernel", XEN,
            "-dtb", tree(work, parameters, cell),
            "-device", f"loader,file={cell},addr={MODULE_AT:#x},force-raw=on"]


# --- what comes back ------------------------------------------------------------------------------

def guest_text(text):
    """What the domU said: Xen's console has it line by line, among what it says itself."""
    return "\n".join(PREFIX.sub("", line) for line in text.splitlines() if PREFIX.match(line))


def guest_at(dump, cell, text):
    """Where in a dump of RAM the domU's memory is.

    Xen takes it from its heap in one block of its size, so that it is aligned. Of the
    image there may be two copies, but only the one that ran has the tick of its first instruction.
    """
    start, end = image.CONSTANTS["PLATFORM_OFFSET"], image.CONSTANTS["STARTED_OFFSET"]
    header = cell.read_bytes()[:end]
    device_tree = int(GUEST_TREE.search(text)[1], 16) - GUEST_RAM_AT
    with open(dump, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        found = [at for at in range(0, len(memory), GUEST_SIZE)
                 if memory[at + start:at + end] == header[start:]
                 and struct.unpack_from("<Q", memory, at + end)[0]
                 and memory[at + device_tree:][:len(TREE_MAGIC)] == TREE_MAGIC]
    if len(found) != 1:
        raise BoardError(f"the domU's memory is not one block in the dump of RAM: {found}")
    return found[0]


def measure_memory(machine, work, cell, system):
    """What is not zero outside of the domU's memory."""
    with machine.ram(work / f"{system}.ram") as dump:
        guest = guest_at(dump, cell, machine.text())
        size = touched(dump, without=[(guest, GUEST_SIZE)])
    return Result(system, "memory", size, size, size, 1)


def measure_one(work, system, parameters):
    cell = image.platform_image(work / "cell.bin", metrics=METRICS, **GUEST)
    with Emulator(command(work, parameters, cell), work / f"{system}.txt") as machine:
        text = machine.wait_for(lambda text: image.is_done(guest_text(text)))
        found = image.parse(guest_text(text), system)
        return found + [measure_memory(machine, work, cell, system)]


def measure(work):
    results = []
    for system, parameters in SYSTEMS.items():
        results += measure_one(work, system, parameters)
    return results
