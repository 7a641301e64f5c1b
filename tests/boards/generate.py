# SPDX-License-Identifier: GPL-2.0-only
"""Systems for boards: the two-cell one that every board is asked for, and random ones with
conflicts on purpose. What a board has is found here by fdt.py, not by the compiler."""

import dataclasses
import itertools
import subprocess

from oracle import does_dma, merged, overlaps

MIB = 1 << 20
CELL_MEMORY = 64 * MIB
GIB = 1 << 30


@dataclasses.dataclass
class Shared:
    """Memory that cells share; address is where it is put."""
    name: str
    size: int
    address: int
    guest: int = None

    @property
    def region(self):
        return self.address, self.address if self.guest is None else self.guest, self.size

    def source(self):
        guest = ("" if self.guest is None else
                 f"\t\tguest-address = /bits/ 64 <{self.guest:#x}>;\n")
        return (f'\t{self.name} {{\n\t\tcompatible = "partita,memory-v1";\n'
                f'\t\tsize = "{self.size}";\n{guest}\t}};\n')


@dataclasses.dataclass
class Want:
    """What a system asks for one cell; address is where its memory is put, and placed says whether
    the file asks for just that."""
    name: str
    cpus: list
    memory: int
    devices: list
    address: int = 0
    guest: int = None
    extra: str = ""
    shared: list = dataclasses.field(default_factory=list)
    unconfined: list = dataclasses.field(default_factory=list)
    placed: bool = False

    def source(self):
        lines = ['compatible = "partita,cell-v1";',
                 f"cpus = <{' '.join(map(str, self.cpus))}>;",
                 f'memory = "{self.memory}{f"@{self.address:#x}" if self.placed else ""}";']
        for name, values in (("devices", self.devices), ("unconfined-dma", self.unconfined),
                             ("shared-memory", [shared.name for shared in self.shared])):
            if values:
                lines.append(f"{name} = " + ", ".join(f'"{value}"' for value in values) + ";")
        if self.guest is not None:
            lines.append(f"guest-address = /bits/ 64 <{self.guest:#x}>;")
        if self.extra:
            lines.append(self.extra)
        return f"\t{self.name} {{\n" + "".join(f"\t\t{line}\n" for line in lines) + "\t};\n"


def all_shared(wants):
    """Each memory that the cells share, once."""
    return list({shared.name: shared for want in wants for shared in want.shared}.values())


def addresses(wants):
    """In the order of the file: the cells' memory, and then what they share."""
    return [f"{one.address:#x}" for one in [*wants, *all_shared(wants)]]


def write_system(wants, path):
    """Through dtc, as a user's file goes."""
    source = ('/dts-v1/;\n/ {\n\tcompatible = "partita,system-v1";\n' +
              "".join(one.source() for one in [*wants, *all_shared(wants)]) + "};\n")
    path.with_suffix(".dts").write_text(source)
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", path, "-"], input=source.encode(),
                   check=True)


# ------------------------------------------------------------------ what a board has

def firmware_memory(tree):
    """Where the firmware would say that 1 GiB of memory is, for a tree that leaves it out: where
    its empty memory node points, else the first free GiB. [] where the tree has memory."""
    base = None
    for node in tree.root.children:
        if node.string("device_type") == "memory" or node.name.startswith("memory@"):
            for start, size in tree.registers(node):
                if size >= CELL_MEMORY:
                    return []
                base = start if base is None else base
    if base is None:
        taken = merged(r for node in tree.nodes for r in tree.registers(node))
        base = next(at for at in range(GIB, 1 << 40, GIB)
                    if not any(overlaps((at, GIB), r) for r in taken))
    return [(base, GIB)]


def free_memory(tree, ram):
    """Memory that neither the tree nor the firmware holds back."""
    held = list(tree.memreserve)
    reserved = tree.by_path.get("/reserved-memory")
    for node in reserved.children if reserved is not None else []:
        held += tree.registers(node)
    free = []
    for base, size in ram:
        at = base
        for start, length in merged(held):
            if start + length <= at or start >= base + size:
                continue
            if start > at:
                free.append((at, start - at))
            at = max(at, start + length)
        if at < base + size:
            free.append((at, base + size - at))
    return free


def place(free, size):
    """The highest free place on 2 MiB, as CMA would have it; it is no longer free then. None
    where there is none."""
    for base, length in sorted(free, reverse=True):
        at = (base + length - size) & ~(2 * MIB - 1)
        if length >= size and at >= base:
            free.remove((base, length))
            free += [r for r in ((base, at - base), (at + size, base + length - at - size)) if r[1]]
            return at
    return None


def console_of(tree):
    chosen = tree.by_path.get("/chosen")
    text = chosen.string("stdout-path") if chosen is not None else None
    if not text:
        return None
    name = text.split(":")[0]
    aliases = tree.by_path.get("/aliases")
    if not name.startswith("/") and aliases is not None:
        name = aliases.string(name) or name
    return tree.by_path.get(name)


def uarts(tree):
    """Serial ports, the likeliest for a cell first: on and not Linux' console, then off, then
    the console."""
    console = console_of(tree)
    found = [node for node in tree.nodes
             if node.props.get("reg") and "compatible" in node.props and
             (node.name.split("@")[0] in ("serial", "uart") or "arm,pl011" in node.compatible) and
             # Other software drives it, says the specification; or it is in another world.
             node.string("status") != "reserved" and not node.secure]
    return sorted(found, key=lambda node: (node is console, not node.reachable))


def two_cells(hardware, limit):
    """At most @limit systems of Linux and one cell: the last CPU, 64 MiB and one UART."""
    tree = hardware.tree
    address = place(free_memory(tree, hardware.ram), CELL_MEMORY)
    return [[Want("cell", [len(hardware.cpus) - 1], CELL_MEMORY, [uart.path], address or 0)]
            for uart in uarts(tree)[:limit]]


# ------------------------------------------------------------------ random systems

def _likely(hardware):
    """Devices that could be given away: registers of their own and an interrupt at the GIC."""
    tree = hardware.tree
    return [node for node in tree.nodes
            if tree.registers(node) and tree.spis(node, hardware.gic) and
            "interrupt-map" not in node.props and "interrupt-controller" not in node.props]


def _devices(rng, hardware, calm, likely):
    """A calm cell takes its devices out of @likely; another takes any, perhaps twice."""
    count = rng.choice((0, 1, 1, 2, 3))
    if calm:
        rng.shuffle(likely)
        return [likely.pop().path for _ in range(min(count, len(likely)))]
    nodes = [node for node in hardware.tree.nodes if node.props.get("reg")]
    return [rng.choice(likely or nodes if rng.random() < 0.6 else nodes).path
            for _ in range(count)]


def _memory(rng, hardware, free, calm):
    size = rng.choice((4096, 1 << 16, MIB, 2 * MIB, 64 * MIB))
    if calm or rng.random() < 0.8:
        address = place(free, size)
        if address is not None:
            return size, address
    # Somewhere that is no memory, or half of it.
    base, length = rng.choice(hardware.ram)
    return size, rng.choice((0, base - 4096 if base else length, base + length - size + 4096))


def _guest(rng, hardware):
    if rng.random() < 0.6:
        return None
    gic = hardware.tree.registers(hardware.gic)
    return rng.choice((0, 0x40000000, 0x80000000, gic[0][0] & ~0xFFF, gic[1][0] & ~0xFFF,
                       (1 << 40) - 4096, 1 << 40, 0x12345,
                       *(r[0] & ~0xFFF for r, _, _ in rng.sample(hardware.registers, 3))))


def _share(rng, hardware, free, wants, calm):
    """At most two memories between some of the cells; calm ones lie apart in each."""
    for number in range(rng.choice((0, 0, 1, 2)) if len(wants) > 1 else 0):
        size, address = _memory(rng, hardware, free, calm)
        guest = rng.choice((None, SHARED_GUEST + number * GIB)) if calm else _guest(rng, hardware)
        shared = Shared(f"m{number}", size, address, guest)
        for want in rng.sample(wants, rng.randint(2 if calm else 1, len(wants))):
            want.shared.append(shared)


def _accept_dma(rng, hardware, want, calm):
    """Of what says outright that it does DMA; who is not calm may forget, or accept too much."""
    for path in dict.fromkeys(want.devices):
        if (calm or rng.random() < 0.7) and does_dma(hardware.tree.by_path[path]) or \
                (not calm and rng.random() < 0.1):
            want.unconfined.append(path)


CALM_GUEST = 0x7000000000
SHARED_GUEST = 0x7800000000
WRONG = ("", "", "", "", "", "", "", "", "trusted-idle;", "trusted-idle;", "trusted-idle = <1>;",
         "devics = \"/x\";", "image = <1>;")


def random_system(rng, hardware):
    """One to four cells, half of the time calm: then only what the board itself shares can be in
    the way. CPUs are mostly apart, so that other conflicts show too."""
    calm = rng.random() < 0.5
    likely = _likely(hardware)
    free = free_memory(hardware.tree, hardware.ram)
    cpus = list(range(len(hardware.cpus)))
    rng.shuffle(cpus)
    wants = []
    for number in range(rng.randint(1, 3 if calm else 4)):
        mine = [cpus.pop()] if cpus else [0]
        if not calm and rng.random() < 0.15:
            mine.append(rng.randint(0, len(hardware.cpus)))
        size, address = _memory(rng, hardware, free, calm)
        devices = _devices(rng, hardware, calm, likely)
        guest = rng.choice((None, CALM_GUEST)) if calm else _guest(rng, hardware)
        extra = rng.choice(("", "trusted-idle;", "firmware-services;", "debug; core-dump;")) if calm else rng.choice(WRONG)
        wants.append(Want(f"c{number}", mine, size, devices, address, guest, extra,
                          placed=rng.random() < 0.2))
        _accept_dma(rng, hardware, wants[-1], calm)
        if calm and wants[-1].unconfined:
            wants[-1].guest = None  # devices see memory where it physically is
    _share(rng, hardware, free, wants, calm)
    return wants


def contested(hardware):
    """Two cells, each with one of two devices that share a page or an interrupt: every such pair,
    and so none of them may be given out to both."""
    tree = hardware.tree
    at = {}
    for node in _likely(hardware):
        keys = {("irq", intid) for intid in tree.spis(node, hardware.gic)}
        for base, size in tree.registers(node):
            keys |= {("page", page) for page in (base // 4096, (base + size - 1) // 4096)}
        for key in keys:
            at.setdefault(key, []).append(node)
    pairs = {(one.path, other.path) for nodes in at.values()
             for one, other in itertools.combinations(nodes, 2) if one is not other}
    free = free_memory(tree, hardware.ram)
    places = [place(free, MIB) for _ in range(2)]
    systems = [[Want("one", [0], MIB, [one], places[0]),
                Want("other", [1], MIB, [other], places[1])] for one, other in sorted(pairs)]
    for want in itertools.chain.from_iterable(systems):
        want.unconfined = [path for path in want.devices if does_dma(tree.by_path[path])]
    return systems
