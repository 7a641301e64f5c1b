# SPDX-License-Identifier: GPL-2.0-only
"""Linux in a cell against the same Linux with the board to itself: the same kernel, initramfs, command line, memory and
programs (../linux), one CPU, and the cell's own device tree. What differs is what makes the difference: in the cell
UART, PSCI and interrupt controller are behind the hypervisor, and WFI is trapped, as in the example
linux-in-a-cell.dts.

Both kernels wait in front of their first instruction until the clock shows an agreed tick. So the time to the first line
is the same difference on both, and what starting a cell leaves the root to do is over by then.
"""

import re
import shutil
import struct
import subprocess

import board
import image
from board import BUILD, CACHE, COUNTED, TOP, BoardError
from emulator import Emulator
from metrics import Result
from systems import partita_board as common
from systems.partita_board import HERE, PARAMETERS, QUIET

NAME = "linux"
CPU = 1
SYSFS = "/sys/class/misc/partita"
PROGRAMS = BUILD / "bench" / "programs"
TCC = CACHE / "root" / "tcc"
GUEST = CACHE / "root" / "guest"
PARTITA = BUILD / "host" / "partita"

# The cell has its memory where the board has it, so that the two trees agree.
RAM_AT = 0x40000000
MEMORY = "192M"

TICKS_A_SECOND = 1_000_000_000
# When the kernels begin: as soon as the emulator can, and when the root has long been asleep.
BARE_BEGINS = 1 << 20
CELL_BEGINS = 22 * TICKS_A_SECOND
SETTLED = 67_000_000            # see SETTLE in partita_board.py
ASLEEP = 10                     # seconds, in which the cell has said all
LIFETIME = 600


# --- the guest ------------------------------------------------------------------------------------

# Compiled there: the configuration compiler, which is plain C and asks little of a compiler.
SOURCES = ("config/*.[ch]", "hypervisor/core/blob.c", "hypervisor/core/*.h", "abi/partita/*.h", "hypervisor/lib/types.h")
HEADERS = ("usr/lib/aarch64-linux-gnu/tcc/include/*.h", "usr/include/*.h", "usr/include/asm-generic/*.h",
           "usr/include/linux/errno.h", "usr/include/linux/limits.h",
           *(f"usr/include/aarch64-linux-gnu/{folder}/**/*.h" for folder in ("asm", "bits", "gnu", "sys")))
COMPILE = "/usr/bin/tcc -c -D_GNU_SOURCE -Iabi -Ihypervisor -I. config/*.c hypervisor/core/blob.c"

INIT = """#!/bin/busybox sh
/programs stamp linux-boot >/said
exec >>/said 2>&1
cd /src
/programs run
{compile}
exec >/dev/console 2>&1
/bin/busybox cat /said
echo done
while :; do /bin/busybox sleep 1000; done
"""


def copy(folder, source, patterns, below=""):
    for pattern in patterns:
        for path in source.glob(pattern):
            target = folder / below / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)


def initrd(work, compiler):
    """The guest's root file system: a shell, the programs and, if wanted, a compiler with something to compile."""
    folder, packed = work / "guest", work / "initrd"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "src").mkdir(parents=True)
    (folder / "dev").mkdir()
    (folder / "lib").mkdir()
    copy(folder, GUEST, ["bin/busybox"])
    shutil.copy(PROGRAMS, folder / "programs")
    compile_line = ""
    if compiler and not TCC.is_dir():
        raise BoardError(f"{TCC} is not there; run scripts/fetch tcc")
    if compiler:
        copy(folder, TCC, ["usr/bin/tcc", *HEADERS])
        copy(folder, GUEST, ["usr/include/*fdt*.h"])
        copy(folder, TOP, SOURCES, below="src")
        for library in ("ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"):
            shutil.copy(next(GUEST.glob(f"lib/**/{library}")), folder / "lib" / library)
        compile_line = f"/programs time linux-tcc 3 {COMPILE}"
    (folder / "init").write_text(INIT.format(compile=compile_line), encoding="utf-8")
    (folder / "init").chmod(0o755)
    packed.write_bytes(common.archive(folder))
    return packed


# --- its kernel -----------------------------------------------------------------------------------

# An arm64 kernel begins with a branch behind its header, and much of the page that has the header is padding.
BRANCH_AT, WAIT_AT, NOP = 4, 0x800, 0xd503201f


def branch(instruction, at):
    """Where an unconditional branch leads."""
    if instruction >> 26 != 0b000101:
        raise BoardError("the kernel's second instruction is no branch")
    offset = instruction & 0x3ffffff
    return at + 4 * (offset - (1 << 26 if offset >> 25 else 0))


def branch_to(target, at):
    return 0b000101 << 26 | (target - at) // 4 & 0x3ffffff


def kernel_that_waits(kernel, tick):
    """The kernel, with a wait in front of its first instruction until CNTVCT_EL0 has come to a tick: first the most of
    it in a loop of two instructions, since to look at the counter costs the emulator more than all else."""
    code = bytearray(kernel)
    entry = branch(struct.unpack_from("<I", code, BRANCH_AT)[0], BRANCH_AT)
    wait = struct.pack("<12IQ",
                       0x58000189,                          #     ldr  x9, tick
                       0xd53be04a,                          #     mrs  x10, cntvct_el0
                       0xcb0a012a,                          #     sub  x10, x9, x10
                       0x9341fd4a,                          #     asr  x10, x10, #1
                       0xd101014a,                          #     sub  x10, x10, #64
                       0xf100054a,                          # 1:  subs x10, x10, #1
                       0x54ffffec,                          #     b.gt 1b
                       0xd53be04a,                          # 2:  mrs  x10, cntvct_el0
                       0xeb09015f,                          #     cmp  x10, x9
                       0x54ffffc3,                          #     b.lo 2b
                       branch_to(entry, WAIT_AT + 40),      #     b    entry
                       NOP, tick)                           # tick:
    if code[WAIT_AT:WAIT_AT + len(wait)] != struct.pack("<I", NOP) * (len(wait) // 4):
        raise BoardError(f"the kernel has something at {WAIT_AT:#x}, where padding was expected")
    code[WAIT_AT:WAIT_AT + len(wait)] = wait
    struct.pack_into("<I", code, BRANCH_AT, branch_to(WAIT_AT, BRANCH_AT))
    return bytes(code)


def kernel():
    release = board.release_of(common.KERNEL)
    return (CACHE / "root" / release / "boot" / f"vmlinuz-{release}").read_bytes()


# --- its description ------------------------------------------------------------------------------

def source(folder):
    return common.dts(NAME, cpus=(CPU,), memory=MEMORY, image=f"{folder}/vmlinuz",
                      more=f'initrd = "{folder}/initrd"; console = "pl011"; guest-address = <{RAM_AT:#x}>; '
                           f'command-line = "panic=-1 {COUNTED} {PARAMETERS}";')


def put(tree, node, name, *values):
    kind = "s" if isinstance(values[0], str) else "x"
    subprocess.run(["fdtput", "-t", kind, tree, node, name,
                    *(value if kind == "s" else f"{value:x}" for value in values)], check=True)


def tree_for_the_board(work, board_tree):
    """The cell's device tree for who has the board: its first CPU, its first UART, and its firmware."""
    folder = work / "compiled"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "linux.dts").write_text(source(work), encoding="utf-8")
    subprocess.run([PARTITA, "config", "compile", folder / "linux.dts", "--board", board_tree, "-o", folder,
                    "--memory", f"{NAME}={RAM_AT + (128 << 20):#x}"], check=True)
    tree = folder / f"{NAME}.dtb"
    nodes = subprocess.run(["fdtget", "-l", tree, "/"], check=True, capture_output=True, text=True).stdout
    uart = "/" + re.search(r"^pl011@.*$", nodes, re.M).group()
    put(tree, uart, "reg", 0, common.address(common.numbers_of(board_tree, "/pl011@9000000", "reg")), 0, 0x1000)
    put(tree, uart, "interrupts", *common.numbers_of(board_tree, "/pl011@9000000", "interrupts"))
    put(tree, f"/cpus/cpu@{CPU}", "reg", 0, *common.numbers_of(board_tree, "/cpus/cpu@0", "reg"))
    put(tree, "/psci", "method", "hvc")
    return tree


# --- with the board to itself ---------------------------------------------------------------------

def bare_command(work, tree):
    machine = board.counted_machine(cpus=1)
    # Nothing at EL2: the kernel begins at EL1, as in a cell.
    options = machine.index("-M") + 1
    machine[options] = machine[options].replace("virtualization=on,", "")
    machine[machine.index("-m") + 1] = MEMORY
    return ["qemu-system-aarch64", *machine, "-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot",
            "-kernel", work / "vmlinuz", "-initrd", work / "initrd", "-dtb", tree,
            "-append", f"panic=-1 {COUNTED} {PARAMETERS}"]


def of_bare(work):
    (work / "vmlinuz").write_bytes(kernel_that_waits(kernel(), BARE_BEGINS))
    tree = tree_for_the_board(work, common.tree_of(work))
    with Emulator(bare_command(work, tree), work / "bare.txt", LIFETIME) as machine:
        return results_of(machine.wait_for(image.is_done), "bare", BARE_BEGINS)


# --- in a cell ------------------------------------------------------------------------------------

def script():
    return "\n".join([
        f"cd {HERE}", *QUIET, "modprobe partita", "partita enable", "partita cell create linux.dts",
        f"id=$(basename $(dirname $(grep -lx {NAME} {SYSFS}/cells/*/name)))",
        f"../stamp asleep $id {ASLEEP}", f"cat {SYSFS}/cpus/cpu{CPU}/exits",
        f"echo == console; partita console {NAME}",
        "partita cell stop $id", "partita cell destroy $id", "partita disable"]) + "\n"


def files(work):
    return {"root/.profile": f"sh -e {HERE}/script >/run/bench 2>&1; echo == status $? >>/run/bench\n"
                             "cat /run/bench; poweroff -f\n",
            "root/bench/script": script(),
            "root/bench/linux.dts": source(HERE),
            "root/bench/vmlinuz": kernel_that_waits(kernel(), CELL_BEGINS),
            "root/bench/initrd": (work / "initrd").read_bytes()}


def of_cell(work):
    """Nobody is at the board: a script in its initramfs does everything and turns it off."""
    options = common.options(work)
    options["append"] += " cma=256M"
    command = board.qemu_command(**options, extra=[*common.initrd(work, files(work)), "-no-shutdown"])
    with Emulator(command, work / "cell.txt", LIFETIME) as machine:
        machine.wait_until_off()
        text = machine.text()
    root, _, said = text.partition("\n== console\n")
    if "\n== status 0\n" not in said:
        raise machine.failure("the board's script failed")
    started = int(re.search(r"^stamp ticks (\d+)$", root, re.M).group(1))
    if started + SETTLED > CELL_BEGINS:
        raise BoardError(f"the cell was started at tick {started:,}, too late to begin at {CELL_BEGINS:,}")
    return results_of(said, "partita", CELL_BEGINS)


# --- what comes back ------------------------------------------------------------------------------

def results_of(text, system, began):
    """The guest stamps the first line with the time; how long that took, it cannot know."""
    def since(result):
        return result._replace(min=result.min - began, mean=result.mean - began, max=result.max - began)
    return [since(result) if result.metric == "linux-boot" else result for result in image.parse(text, system)]


def measure(work, compiler=True):
    """`compiler`: whether to measure compiling, for which scripts/fetch must have brought tcc."""
    initrd(work, compiler)
    return of_bare(work) + of_cell(work)
