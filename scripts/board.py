#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The emulated board: the one place that knows QEMU's command line.

Used by the demo and by the system tests (class Board), and by hand:

    scripts/board.py run            an interactive board; leave with `exit` or ctrl-A X
    scripts/board.py command        print QEMU's command line
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", TOP / "build")).resolve()
CACHE = pathlib.Path(
    os.environ.get("PARTITA_CACHE")
    or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "partita"
)
SUITES = ("bookworm", "bookworm-backports", "trixie")
PROMPT = "board# "

# A CPU with VHE runs Linux at EL2, where nothing can slide under it; these boot
# parameters make the kernel run at EL1 and leave its stub at EL2.
NO_VHE = "id_aa64mmfr1.vh=0 kvm-arm.mode=none"

MACHINE = "virt,virtualization=on,gic-version={gic},iommu=smmuv3"

# What a kernel must not roll dice for on a counted board.
COUNTED = "nokaslr randomize_kstack_offset=off"


class BoardError(Exception):
    """The board did not do what it was asked to; carries the tail of its console."""


def release_of(kernel):
    """A kernel is named by its suite or by its release."""
    link = CACHE / "kernels" / kernel
    path = link.resolve() if link.is_symlink() else CACHE / "root" / kernel
    if not (path / "boot").is_dir():
        raise BoardError(f"kernel '{kernel}' is not in {CACHE}; run scripts/fetch {kernel}")
    return path.name


# What the board can boot to: an initramfs for each, and the script that makes it.
ROOTS = {"busybox": ("initramfs.cpio.gz", "initramfs"), "debian": ("debian.cpio", "debian")}


def prepare(kernel, root="busybox"):
    """Make the initramfs for a kernel from what is built now. Takes a second."""
    release = release_of(kernel)
    subprocess.run([TOP / "scripts" / ROOTS[root][1], release], cwd=TOP, check=True)
    return release


def initramfs(release, root):
    return BUILD / "board" / release / ROOTS[root][0]


def archive_with(release, files, root):
    """The board's initramfs with further files: {path on the board: file here}."""
    made = BUILD / "board" / release / f"files-{os.getpid()}.cpio"
    with tempfile.TemporaryDirectory() as stage, made.open("wb") as out:
        for path, source in files.items():
            target = pathlib.Path(stage, path.lstrip("/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        names = sorted(str(p.relative_to(stage)) for p in pathlib.Path(stage).rglob("*"))
        # The kernel unpacks archives that follow each other, packed or not.
        subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], cwd=stage,
                       input="\n".join(names).encode(), stdout=out, check=True)
        out.write(initramfs(release, root).read_bytes())
    return made


# Changes of the board's device tree, as arguments of fdtput; TREE is the file.
# Debian's kernel has the PL011's driver built in and lets nobody unbind it; a device that is to be
# a cell's must therefore be disabled in Linux' tree, as on a real board.
SECOND_SERIAL_LEFT_ALONE = ("-t s TREE /pl011@9040000 status disabled",)
# QEMU shows its two flash chips as one device. Each for itself, one can be a cell's and the other not.
FLASH_CHIPS_APART = (
    "-t x TREE /flash@0 reg 0 0 0 4000000",
    "-c TREE /flash@4000000",
    "-t s TREE /flash@4000000 compatible cfi-flash",
    "-t x TREE /flash@4000000 reg 0 4000000 0 4000000",
    "-t i TREE /flash@4000000 bank-width 4",
)
CLOCK_LEFT_ALONE = ("-t s TREE /pl031@9010000 status disabled",)


def changed_tree(command, changes):
    """The device tree of the board that this command starts, with changes."""
    tree = BUILD / "board" / f"changed-{os.getpid()}.dtb"
    tree.parent.mkdir(parents=True, exist_ok=True)
    machine = command.index("-M") + 1
    dump = list(command)
    dump[machine] += f",dumpdtb={tree}"
    # A board that is only described needs no kernel.
    for option in ("-kernel", "-initrd", "-append"):
        at = dump.index(option)
        del dump[at:at + 2]
    subprocess.run(dump, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    for change in changes:
        subprocess.run(["fdtput"] + change.replace("TREE", str(tree)).split(), check=True)
    return tree


def executed():
    """Options by which QEMU logs what of the hypervisor it translates to execute it, once each: into files of
    $PARTITA_EXECUTED. RAM is among it for what runs before the MMU is on."""
    folder = os.environ.get("PARTITA_EXECUTED")
    if not folder:
        return []
    return ["-d", "in_asm", "-dfilter", "0x800000000000+0x100000,0x40000000+0x80000000",
            "-D", os.path.join(folder, "%d")]


def counted_machine(cpus=3):
    """A board on which one tick of the generic timer is one instruction, of all CPUs together.

    Nothing in it depends on the host: two runs give the same figures. All systems that are
    measured against each other run on it.
    """
    return ["-M", MACHINE.format(gic=3) + ",dtb-randomness=off", "-cpu", "cortex-a72,cntfrq=1000000000",
            "-icount", "shift=0,sleep=off", "-smp", str(cpus), "-m", "512M",
            "-rtc", "base=2024-01-01T00:00:00,clock=vm", "-seed", "1"]


def qemu_command(kernel="bookworm", cpu="cortex-a72", vhe=False, second_serial=None,
                 disk=None, files=None, append="", extra=(), reboot=False, counted=False,
                 gic=3, tree=(), root="busybox"):
    """QEMU's argument list for a board.

    second_serial  a QEMU character device; with it the board has a PL011 at 0x9040000,
                   which Linux leaves alone
    disk           a file to show as a virtio disk on PCI
    files          what the board's file system has besides: {path there: file here}
    vhe            leave VHE on where the CPU has it
    reboot         let the board reboot instead of ending QEMU
    counted        the small board of the benchmarks, see counted_machine()
    gic            the version of its interrupt controller, 2 or 3
    tree           changes of the board's device tree, see FLASH_CHIPS_APART
    root           "busybox", with Partita installed; or a "debian" as Debian has it
    """
    release = release_of(kernel)
    parameters = "console=ttyAMA0 loglevel=4 panic=-1"
    if cpu == "max" and not vhe:
        parameters += " " + NO_VHE
    # The architected pointer authentication algorithm is slow to emulate.
    model = "max,pauth-impdef=on" if cpu == "max" else cpu
    if counted:
        machine, parameters = counted_machine(), f"{parameters} {COUNTED}"
    else:
        machine = ["-M", MACHINE.format(gic=gic), "-cpu", model, "-smp", "4", "-m", "2G"]
    command = [
        "qemu-system-aarch64", *machine,
        "-nodefaults", "-display", "none", "-serial", "mon:stdio",
        "-kernel", str(CACHE / "root" / release / "boot" / f"vmlinuz-{release}"),
        "-initrd", str(archive_with(release, files, root) if files else initramfs(release, root)),
        "-append", f"{parameters} {append}".strip(),
    ]
    if second_serial:
        command += ["-serial", second_serial]
        tree = SECOND_SERIAL_LEFT_ALONE + tuple(tree)
    if tree:
        command += ["-dtb", str(changed_tree(command, tree))]
    if disk:
        command += ["-drive", f"if=none,id=disk,format=raw,file={disk}",
                    "-device", "virtio-blk-pci,drive=disk,disable-legacy=on"]
    if not reboot:
        command += ["-no-reboot"]
    return command + executed() + list(extra)


def packed_command(image, machine=MACHINE.format(gic=3), cpu="cortex-a72", cpus=4, memory="1G",
                   serials=("mon:stdio",), extra=()):
    """QEMU's argument list for a board that firmware starts with a packed image and without Linux.

    On the first of its serials is what the hypervisor's boot says, and whoever has the UART at 0x9000000.
    board_tree() of the same arguments is the tree to pack the image for.
    """
    command = ["qemu-system-aarch64", "-M", machine + ",dtb-randomness=off", "-cpu", cpu, "-smp", str(cpus),
               "-m", memory, "-nodefaults", "-display", "none"]
    for serial in serials:
        command += ["-serial", serial]
    if image:
        command += ["-kernel", str(image)]
    return command + ["-no-reboot", *executed(), *extra]


def board_tree(path, serials=("null",), **options):
    """Writes the device tree of the board that packed_command() starts."""
    dump = packed_command(None, serials=("null",) * len(serials), **options)
    dump[dump.index("-M") + 1] += f",dumpdtb={path}"
    subprocess.run(dump, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return path


class Result:
    """What a command on the board answered."""

    def __init__(self, command, status, output):
        self.command, self.status, self.output = command, status, output

    def __repr__(self):
        return f"$ {self.command}\n{self.output}\n[exit {self.status}]"


class Board:
    """A running board with a root shell on its console.

    Use it in a `with`: QEMU ends with the block, whatever happens in it, and after
    `lifetime` seconds in any case. It is the board of qemu_command(**options), or of a
    `command` that brings a shell on its console, too.
    """

    def __init__(self, log, lifetime=900, command=None, **options):
        self.options = options
        self.command = command
        self.log_path = pathlib.Path(log)
        self.lifetime = lifetime
        self.console = None
        self.marks = 0

    def __enter__(self):
        import pexpect  # only here: `run` and `command` need no packages

        self.pexpect = pexpect
        if not self.command:
            prepare(self.options.get("kernel", "bookworm"), self.options.get("root", "busybox"))
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        self.log = open(self.log_path, "w", encoding="utf-8", errors="replace")
        command = self.command or qemu_command(**self.options)
        self.log.write(shlex.join(command) + "\n")
        try:
            self.console = pexpect.spawn(
                "timeout", ["--foreground", "-k", "5", str(self.lifetime)] + command,
                encoding="utf-8", codec_errors="replace", echo=False, timeout=60,
                maxread=65536)
            self.console.logfile_read = self.log
            self.console.delaybeforesend = None
            self.await_shell()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.console is not None:
            self.console.close(force=True)
            self.console = None
        self.log.close()

    def await_shell(self, timeout=120):
        """Wait until the board has booted and its shell is ours to talk to."""
        self.expect(re.escape(PROMPT), timeout)
        # Without echo the shell reads plain lines, so that output is all we see.
        self.console.sendline("stty -echo; PS1=; PS2=; set +m")
        self.run(":")

    def expect(self, pattern, timeout=60, window=4096):
        """Wait for a regular expression on the console; returns the match."""
        pexpect = self.pexpect
        kinds = [pattern, pexpect.TIMEOUT, pexpect.EOF]
        found = self.console.expect(kinds, timeout=timeout, searchwindowsize=window)
        if found == 0:
            return self.console.match
        why = ("the board ended" if found == 2 else f"no answer in {timeout} s")
        raise BoardError(f"{why} while waiting for {pattern!r}; console {self.log_path}, "
                         f"its end:\n{self.tail()}")

    def tail(self, lines=30):
        self.log.flush()
        text = self.log_path.read_text(encoding="utf-8", errors="replace")
        return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])

    def send(self, text):
        """Type a line (for a program that is reading the console)."""
        self.console.sendline(text)

    def interrupt(self):
        self.console.sendcontrol("c")

    def run(self, command, timeout=60):
        """Run a shell command; returns its Result."""
        self.marks += 1
        mark = f"@{self.marks}"
        # Through a file: a program that sees a terminal adds colours and progress lines.
        # The quotes keep the mark itself out of anything that repeats the command.
        self.console.sendline(f"{{ {command}\n}} >/tmp/out 2>&1; status=$?; cat /tmp/out; "
                              f"echo \"<{mark}\"\":$status>\"")
        match = self.expect(rf"<{mark}:(\d+)>\r*\n", timeout)
        output = self.console.before.replace("\r", "")
        return Result(command, int(match.group(1)), output.rstrip("\n"))

    def sh(self, command, timeout=60):
        """Run a shell command that must succeed; returns its output."""
        result = self.run(command, timeout)
        if result.status:
            raise BoardError(f"failed on the board: {result!r}\nkernel's last words:\n"
                             f"{self.run('dmesg | tail -n 12').output}")
        return result.output

    def start(self, command):
        """Run a program beside the board's shell; returns its process id.

        It is no child of that shell: BusyBox' takes the death of one, while it waits for a
        line on a terminal without echo, for the end of its input, and leaves.
        """
        return int(self.sh(f"( exec {command} >/dev/null 2>&1 & echo $! )"))

    def wait_for(self, command, timeout=60):
        """Poll until a command succeeds on the board."""
        deadline = time.monotonic() + timeout
        while True:
            result = self.run(command)
            if result.status == 0:
                return result.output
            if time.monotonic() > deadline:
                raise BoardError(f"still failing after {timeout} s: {result!r}")
            time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                     prog="scripts/board.py")
    parser.add_argument("verb", choices=("run", "command"),
                        help="run: an interactive board on this terminal; "
                             "command: print QEMU's command line")
    parser.add_argument("--kernel", default="bookworm",
                        help="a suite (" + ", ".join(SUITES) + ") or a kernel release")
    parser.add_argument("--cpu", default="cortex-a72", help="cortex-a72 (default) or max")
    parser.add_argument("--gic", type=int, choices=(2, 3), default=3,
                        help="the version of the interrupt controller (default 3)")
    parser.add_argument("--vhe", action="store_true", help="leave VHE on with --cpu max")
    parser.add_argument("--serial", metavar="CHARDEV", help="a second serial, as QEMU names it")
    parser.add_argument("--disk", metavar="FILE", help="a virtio disk on PCI")
    parser.add_argument("--append", default="", help="more boot parameters")
    parser.add_argument("extra", nargs="*", help="more arguments for QEMU, after --")
    arguments = parser.parse_args()
    try:
        prepare(arguments.kernel)
        command = qemu_command(arguments.kernel, arguments.cpu, arguments.vhe, arguments.serial,
                               arguments.disk, arguments.append, arguments.extra, reboot=True,
                               gic=arguments.gic)
    except (BoardError, subprocess.CalledProcessError) as error:
        sys.exit(f"scripts/board.py: {error}")
    if arguments.verb == "command":
        print(shlex.join(command))
    else:
        print("The board's console; leave with `exit` or ctrl-A X.", flush=True)
        os.execvp(command[0], command)


if __name__ == "__main__":
    main()
