# SPDX-License-Identifier: GPL-2.0-only
"""What is measured, in which unit, and how much it may cost: the one list that the bench, the
table of budgets and the chart share. What was measured elsewhere and is only cited stands here
too, apart from all that a run brings."""

import typing


class Result(typing.NamedTuple):
    """One line of results.tsv."""

    system: str
    metric: str
    min: int
    mean: float
    max: int
    samples: int


# In the order of the tables. `partita-untrusted` is the same cell with its WFI trapped.
SYSTEMS = {
    "bare": "Bare EL1 (the limit)",
    "partita": "Partita",
    "partita-untrusted": "Partita, untrusted cell",
    "xen": "Xen 4.17 dom0less",
    "xen-native-wfi": "Xen 4.17, vwfi=native",
    "kvm": "Linux KVM 6.1",
}

# Another setting of a system, and which system that is.
VARIANTS = {"partita-untrusted": "partita", "xen-native-wfi": "xen"}


class Times(typing.NamedTuple):
    """A budget as a multiple of what another system takes, by the mean: for what Linux does in the
    meantime, its ticks for instance, the longest sample tells nothing of the hypervisor."""

    system: str
    factor: float


class Metric(typing.NamedTuple):
    title: str
    unit: str = "instructions"
    # The most that a round trip may cost, as the guest sees it: a number, ("bare", n) for n
    # more than without any hypervisor, or Times. None: reported only.
    budget: object = None
    # System that the budget is for.
    of: str = "partita"
    # The metric that is measured, where this one is only another system's budget for it.
    like: str = None
    # One sentence for a reader who does not know the path.
    about: str = ""


METRICS = {
    "hypercall": Metric(
        "Trivial hypercall", budget=60,
        about="An HVC that is answered and does nothing else: the shortest way in and out."),
    "psci-version": Metric(
        "PSCI_VERSION by SMC", budget=80,
        about="The call by which an operating system asks for the power interface; a guest that "
              "has to make it by HVC has no figure here."),
    "gicd-typer-read": Metric(
        "GICD_TYPER read", budget=110,
        about="A load from the interrupt distributor that needs nothing but the answer: what "
              "emulating a device register costs at least."),
    "gicd-isenabler-read": Metric(
        "GICD_ISENABLER1 read", budget=120,
        about="A load of 32 enable bits, of which the guest may see its own interrupts' only."),
    "gicd-isenabler-write": Metric(
        "GICD_ISENABLER1 write", budget=130,
        about="A store to the same register: what enabling an interrupt costs."),
    "gicr-waker-read": Metric(
        "GICR_WAKER read", budget=110,
        about="A load from the redistributor of the CPU's own."),
    "timer-busy": Metric(
        "Virtual timer to handler, busy", budget=("bare", 0),
        about="From the virtual timer's compare value to the first instruction of the handler, "
              "while the guest computes."),
    "timer-wfi": Metric(
        "Virtual timer to handler, from WFI", budget=("bare", 0),
        about="The same while the guest sleeps in WFI."),
    "timer-wfi-untrusted": Metric(
        "The same, WFI trapped", budget=("bare", 60), of="partita-untrusted", like="timer-wfi",
        about="The same for a cell that is not trusted to sleep by itself."),
    "spi": Metric(
        "Device SPI to handler", budget=("bare", 0),
        about="From the store that lets a passed-through PL011 raise its interrupt to the first "
              "instruction of the handler."),
    "sgi-self": Metric(
        "SGI to self", budget=110,
        about="From the write of ICC_SGI1R_EL1 to the handler, on the CPU that sent it."),
    "sgi-other": Metric(
        "SGI to another CPU, serial path", budget=130,
        about="From that write to the handler on another CPU of the guest; the sender's "
              "instructions and the receiver's are added up."),
    "tick": Metric(
        "10 kHz tick, whole cost of one",
        about="What a timer interrupt takes away from the program that it interrupts, entry, "
              "handler and return together."),
    "entries-busy": Metric(
        "Hypervisor entries of a busy CPU", "per second", 0,
        about="How often a CPU that computes and takes its timer's interrupts enters the "
              "hypervisor."),
    "entries-idle": Metric(
        "Hypervisor entries of an idle CPU", "per second", 0,
        about="The same for one that sleeps in WFI between the interrupts."),
    "enable": Metric(
        "partita enable, to its return",
        about="What `partita enable` executes on all CPUs until it returns, Linux included."),
    "cell-start": Metric(
        "cell start to its first instruction, 16 MiB", budget=20000,
        about="From the system call that starts a loaded guest of 16 MiB to the guest's first "
              "instruction; scrubbing and loading come before it."),
    "boot-cell": Metric(
        "Reset to a booted cell of 64 KiB", budget=50000,
        about="Without a Linux: from the reset of a board with one CPU to the first instruction of "
              "a cell that the packed image starts."),
    "memory": Metric(
        "RAM touched by the hypervisor", "bytes",
        about="Pages outside of the guest's memory that hold anything but zeroes: the "
              "hypervisor's own, under KVM all of Linux."),
}

# What Linux in a cell costs, against the same Linux with the board to itself.
LINUX = {
    "linux-boot": Metric(
        "Linux, to the first line of its shell", budget=Times("bare", 1.02),
        about="From the kernel's first instruction to the first command of `/init`, a shell "
              "script, with the whole log of the boot on the console."),
    "linux-getpid": Metric(
        "getpid", budget=Times("bare", 1.005),
        about="The shortest system call."),
    "linux-pipe": Metric(
        "Pipe, there and back", budget=Times("bare", 1.005),
        about="A byte to another process and another one back."),
    "linux-switch": Metric(
        "Two context switches", budget=Times("bare", 1.005),
        about="The CPU goes to another process by `sched_yield()`, and comes back."),
    "linux-fork": Metric(
        "fork, exec, wait", budget=Times("bare", 1.005),
        about="A static program that does nothing is started and waited for."),
    "linux-tcc": Metric(
        "Compiling with tcc", budget=Times("bare", 1.005),
        about="Debian's `tcc` compiles Partita's own configuration compiler, all files at once."),
}

# All that is measured and may have a budget.
JUDGED = {**METRICS, **LINUX}

# The longest branch of each reason to enter the hypervisor, driven on purpose; Partita only.
WORST = {
    "worst-hvc": "HVC: hypercalls, PSCI",
    "worst-smc": "SMC: PSCI",
    "worst-wfi": "WFI of an untrusted cell",
    "worst-sgi": "SGI (ICC_SGI1R_EL1)",
    "worst-sysreg": "Any other trapped system register",
    "worst-gicd": "Distributor access",
    "worst-gicr": "Redistributor access",
    "worst-stage2": "Stage-2 fault",
}


class Cited(typing.NamedTuple):
    """Figures of a system that no run of the bench measures: metric to (mean, max)."""

    title: str
    figures: dict


# Measured once, under the same clock and with the same paths, but with another guest program.
CITED = {
    "bao": Cited("Bao", {
        "hypercall": (189, None), "psci-version": (203, None), "gicd-typer-read": (225, None),
        "gicd-isenabler-read": (1290, None), "gicd-isenabler-write": (3562, None),
        "timer-busy": (200, 200), "timer-wfi": (200, 200), "spi": (205, None),
        "sgi-self": (777, None), "sgi-other": (795, None), "tick": (219, None)}),
    "jailhouse": Cited("Jailhouse", {
        "hypercall": (121, None), "psci-version": (137, None), "gicd-typer-read": (268, None),
        "gicd-isenabler-read": (968, None), "gicd-isenabler-write": (966, None),
        "timer-busy": (207, 207), "timer-wfi": (207, 207), "spi": (207, None),
        "sgi-self": (1401, None), "sgi-other": (1458, None), "tick": (226, None)}),
    "xvisor": Cited("Xvisor", {
        "hypercall": (397, None), "gicd-typer-read": (721, None),
        "gicd-isenabler-read": (1403, None), "gicd-isenabler-write": (1093, None),
        "timer-busy": (2178, 5666), "timer-wfi": (2682, 3537), "sgi-other": (3226, None),
        "tick": (2197, None)}),
}

# Anaxagoros with a paravirtual Linux, in cycles: native, virtual. Another machine and another unit: what
# compares is the ratio.
ANAXAGOROS = {
    "linux-getpid": (490, 2640), "linux-pipe": (33000, 38900), "linux-switch": (13830, 17100),
    "linux-fork": (774000, 2589000), "linux-tcc": (458e6, 563e6),
}

# The peers' best that each budget was set against, with the peer's name where it was noted.
BEST_PEER = {
    "hypercall": (121, "Jailhouse"), "psci-version": (137, "Jailhouse"),
    "gicd-typer-read": (225, "Bao"), "gicd-isenabler-read": (676, "Xen"),
    "gicd-isenabler-write": (727, "Xen"), "gicr-waker-read": (242, None),
    "timer-busy": (200, "Bao"), "timer-wfi": (200, "Bao"), "spi": (205, "Bao"),
    "sgi-self": (777, "Bao"), "sgi-other": (795, "Bao"), "boot-cell": (368000, None),
}
