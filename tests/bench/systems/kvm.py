# SPDX-License-Identifier: GPL-2.0-only
"""Linux KVM under the bench: Debian's kernel as it is, and a small virtual machine monitor (../kvm)
that gives the benchmark cell CPUs of its own, at the highest real-time priority.

Nobody is at the board: a script in its initramfs starts every guest and turns the board off, which
stops the emulator with all of RAM as it was.
"""

import re
import shutil
import typing

import image
from board import BUILD, BoardError, prepare, qemu_command
from emulator import Emulator
from metrics import Result
from systems.partita_board import PARAMETERS, QUIET, archive

KERNEL = "bookworm"
VMM, STAMP = BUILD / "bench" / "vmm", BUILD / "tests" / "stamp"
HERE = "/root/bench"
ROUNDS = 5                      # of what happens once in a life: starting a guest
TICKS_A_SECOND = 1_000_000_000

# As the monitor makes the machine. KVM answers PSCI by HVC only.
GUEST = {"gicd": 0x8000000, "gicr": 0x80a0000, "uart": 0x9000000, "conduit": image.HVC,
         "hypercall": 0x80000000,       # SMCCC_VERSION: KVM answers nothing sooner
         "off_when_done": 1}

ENTRIES = ("entries-busy", "entries-idle")


class Run(typing.NamedTuple):
    """One life of the benchmark cell: on which CPUs of the board, and what it measures."""

    name: str
    cpus: tuple = (1,)
    metrics: tuple = ()
    monitor: str = "./vmm"


# A second CPU of the guest is only there for what takes two: its host's tick would be counted too.
NOTHING = Run("nothing")
LAST = Run("last", monitor="./vmm hold")
RUNS = (Run("one", metrics=("hypercall", "gicd-typer-read", "gicd-isenabler-read",
                            "gicd-isenabler-write", "gicr-waker-read", "timer-busy", "timer-wfi",
                            "sgi-self", "tick")),
        Run("two", (1, 2), ("sgi-other",)),
        *(Run(name, metrics=(name,)) for name in ENTRIES),
        *[NOTHING] * ROUNDS,
        LAST)


# --- the board ------------------------------------------------------------------------------------

def start(run):
    return f"{run.monitor} {run.name}.bin {' '.join(map(str, run.cpus))}"


def script():
    """What the board does by itself; a line that begins with `==` begins a part of its answer."""
    lines = [f"cd {HERE}", *QUIET,
             # Else Linux takes every real-time thread away from its CPU for a while each second.
             "echo -1 >/proc/sys/kernel/sched_rt_runtime_us"]
    for run in RUNS:
        lines += [f"echo == {run.name}"]
        if run is LAST:
            lines += [f"{start(run)} >last 2>&1 &",
                      "until grep -q '^vmm memory' last; do kill -0 $!; sleep 1; done", "cat last"]
        else:
            lines += [start(run)]
    return "\n".join(lines) + "\n"


def files(work):
    """Path to content of all that the board needs beside what every board has."""
    content = {
        # Read first by the shell on the console.
        "root/.profile": f"sh -e {HERE}/script >/run/bench 2>&1; echo == status $? >>/run/bench\n"
                         "cat /run/bench; poweroff -f\n",
        "root/bench/script": script(),
        "root/bench/vmm": VMM.read_bytes(),
        "root/stamp": STAMP.read_bytes(),       # that QUIET uses
    }
    for run in RUNS:
        # To itself, the guest's CPUs are the first two.
        fields = {"second_mpidr": 1} if len(run.cpus) > 1 else {}
        content[f"root/bench/{run.name}.bin"] = image.platform_image(
            work / "cell.bin", metrics=run.metrics, **GUEST, **fields).read_bytes()
    return {path: data if isinstance(data, bytes) else data.encode()
            for path, data in content.items()}


def initrd(work):
    """Without anything of Partita, which would be in the figure of the memory that is touched."""
    base = BUILD / "board" / prepare(KERNEL) / "base.cpio.gz"
    folder, whole = work / "root", work / "initramfs.cpio.gz"
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in files(work).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        (folder / path).chmod(0o755)
    whole.write_bytes(base.read_bytes() + archive(folder))
    return whole


def command(work):
    # Turned off, the board stays as it is for us to look at its memory.
    return qemu_command(KERNEL, counted=True, append=PARAMETERS,
                        extra=["-initrd", str(initrd(work)), "-no-shutdown"])


# --- what comes back ------------------------------------------------------------------------------

def parts_of(text):
    """[(heading, lines under it)] of the script's answer."""
    pieces = re.split(r"^== (.*)$", text, flags=re.M)[1:]
    parts = list(zip(pieces[::2], pieces[1::2]))
    if "status 0" not in dict(parts):
        raise BoardError(f"the board's script failed; its end:\n{image.tail(text)}")
    return parts


def numbers(body, words):
    """The numbers on a line of the monitor's."""
    found = re.search(rf"^vmm {words}((?: \d+)+)$", body, re.M)
    if not found:
        raise BoardError(f"no line 'vmm {words} …'; the last words:\n{image.tail(body)}")
    return [int(number) for number in found[1].split()]


def guest_exits(body):
    """How often KVM left the guest, but for what it printed."""
    total, console = numbers(body, "exits")
    return total - console


def of_starts(bodies):
    """From the monitor's call of KVM_RUN to the guest's first instruction."""
    samples = [numbers(body, "first")[0] - numbers(body, "entered")[0] for body in bodies]
    return Result("kvm", "cell-start", min(samples), sum(samples) / len(samples), max(samples),
                  len(samples))


def of_entries(metric, body, without):
    """KVM's own count of exits in a phase, as what a life with it has more than one without."""
    rate = ((guest_exits(body) - guest_exits(without)) * TICKS_A_SECOND
            / image.elapsed(body, metric))
    return Result("kvm", metric, round(rate), rate, round(rate), 1)


def of_memory(touched, body):
    """All that Linux and the monitor hold, but not the guest."""
    size = touched - numbers(body, "memory")[0]
    return Result("kvm", "memory", size, size, size, 1)


def results_of(parts, touched):
    bodies = dict(parts)
    results = image.parse(bodies["one"], "kvm") + image.parse(bodies["two"], "kvm")
    results += [of_entries(metric, bodies[metric], bodies[NOTHING.name]) for metric in ENTRIES]
    return results + [of_starts([body for name, body in parts if name == NOTHING.name]),
                      of_memory(touched, bodies[LAST.name])]


def measure(work):
    with Emulator(command(work), work / "console.txt") as machine:
        machine.wait_until_off()
        parts = parts_of(machine.text())
        return results_of(parts, machine.ram_touched(work / "ram"))
