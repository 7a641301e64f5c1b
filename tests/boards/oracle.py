# SPDX-License-Identifier: GPL-2.0-only
"""Is a compiled system sound? By brute force, from the blobs' bytes and the board's tree.

It shares no line with the compiler: blobs are read by abi/partita/blob.h, the tree by fdt.py, and
each promise is tried on every pair. What it returns is a list of broken promises, best empty.
"""

import itertools
import re
import struct
import zlib

PAGE = 4096
LIMIT = 1 << 40
MPIDR_MASK = 0xFF00FFFFFF
COMM_SIZE, COMM_INFO = 6 * PAGE, 0
READ, WRITE, EXEC, DEVICE, SHARED = 1, 2, 4, 8, 16
KINDS = {"memory": READ | WRITE | EXEC, "shared memory": READ | WRITE | SHARED,
         "registers": READ | WRITE | DEVICE}
SYSTEM_MAGIC, CELL_MAGIC, ABI_VERSION = 0x53595450, 0x43595450, 6
ROOT_NAME = "root"
HEADER = struct.Struct("<4I32s")
# Whatever calls itself one of these confines or routes for all, so that no cell may have it.
KEPT = re.compile(r"^arm,smmu-|^arm,mmu-[45]|smmu-(v2|500)$|^arm,gic-v3-its$|^arm,gic-v2m-frame$")
# What Linux' irq-gic.c drives and IHI0048 describes; the others in it are older.
GICV2 = ("arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic", "qcom,msm-qgic2")
GICV2_CPUS = 8
# Of a GICv2: its CPU interface, and how far apart its pages are where address bits 15:12 are not looked at.
GICC, ALIASES = 0x2000, 0x10000
# Properties of what reads or writes memory: IOMMUs do so too, to know what to translate.
DMA = ("iommus", "dma-coherent", "#dma-cells", "#iommu-cells")
# Interrupts in reserve: rows of so many cells, of which this one is the first interrupt and the
# last is how many, and what makes it an INTID. By Linux' drivers irq-gic-v3-mbi.c,
# irq-mvebu-gicp.c, irq-ti-sci-intr.c (which takes 32 off again) and qcom-pdc.c (which does not).
ROUTERS = {"mbi-ranges": (2, 0, 0), "marvell,spi-ranges": (2, 0, 0),
           "ti,interrupt-ranges": (3, 1, 0), "qcom,pdc-ranges": (3, 1, 32)}


def overlaps(a, b):
    return a[0] < b[0] + b[1] and b[0] < a[0] + a[1]


def inside(inner, outer):
    return outer[0] <= inner[0] and inner[0] + inner[1] <= outer[0] + outer[1]


def pages(base, size):
    """The range in whole pages."""
    start = base & ~(PAGE - 1)
    return start, ((base + size + PAGE - 1) & ~(PAGE - 1)) - start


def merged(ranges):
    """Sorted; ranges that touch are one."""
    out = []
    for base, size in sorted(r for r in ranges if r[1] > 0):
        if out and base <= out[-1][0] + out[-1][1]:
            end = max(out[-1][0] + out[-1][1], base + size)
            out[-1] = (out[-1][0], end - out[-1][0])
        else:
            out.append((base, size))
    return out


class Blob:
    """The header and the tables that both kinds have."""

    def __init__(self, blob, magic, fixed):
        self.problems = []
        self.bytes = blob
        found, version, length, crc, name = HEADER.unpack_from(blob)
        self.name = name.rstrip(b"\0").decode("ascii", "replace")
        blank = blob[:12] + bytes(4) + blob[16:length]
        self.must(found == magic, "has the magic of its kind")
        self.must(version == ABI_VERSION, "has the version of abi/")
        self.must(length == len(blob) <= PAGE and length % 8 == 0, "says its length")
        self.must(crc == zlib.crc32(blank), "has the checksum of its bytes")
        self.must(re.fullmatch(r"[A-Za-z0-9._-]{1,31}", self.name), "has a name")
        self.fixed = fixed
        self.tables = [(0, fixed)]

    def must(self, condition, promise):
        if not condition:
            self.problems.append(f"{getattr(self, 'name', '?')}: not so: {promise}")

    def table(self, at, form):
        """The entries that the (offset, count) at @at tells of."""
        offset, count = struct.unpack_from("<2I", self.bytes, at)
        entry = struct.Struct(form)
        size = count * entry.size
        good = (offset % 8 == 0 and self.fixed <= offset and
                offset + size <= len(self.bytes)) if count else not offset
        self.must(good, f"the table at {at} lies in the blob")
        if not good:
            return []
        self.must(not any(overlaps((offset, size), other) for other in self.tables),
                  f"the table at {at} shares no byte with another")
        self.tables.append((offset, size))
        return [entry.unpack_from(self.bytes, offset + i * entry.size) for i in range(count)]

    def must_tell_all(self):
        """What is in no table is padding, and 0."""
        gaps = bytearray(self.bytes)
        for offset, size in self.tables:
            gaps[offset:offset + size] = bytes(size)
        self.must(not any(gaps), "each byte that is not 0 means something")


class System(Blob):
    def __init__(self, blob):
        super().__init__(blob, SYSTEM_MAGIC, 128)
        self.gicd = struct.unpack_from("<2Q", blob, 48)
        self.gicr = self.table(64, "<2Q")
        self.cpus = [mpidr for mpidr, in self.table(72, "<Q")]
        self.ram = self.table(80, "<2Q")
        self.reserved = self.table(88, "<2Q")
        self.ecam = self.table(96, "<2Q")
        self.gicc = struct.unpack_from("<2Q", blob, 104)
        self.event_spi, self.gic_version = struct.unpack_from("<2I", blob, 120)
        self.must(self.name == ROOT_NAME, f"is called '{ROOT_NAME}'")
        self.must_tell_all()

    @property
    def gic(self):
        return [self.gicd] + self.gicr + ([self.gicc] if self.gic_version == 2 else [])


class Cell(Blob):
    def __init__(self, blob):
        super().__init__(blob, CELL_MAGIC, 152)
        self.flags, self.uart_spi, self.entry, self.argument, self.comm, self.uart, *managing = \
            struct.unpack_from("<2I6Q2I", blob, 48)
        self.cpus = [mpidr for mpidr, in self.table(112, "<Q")]
        self.regions = self.table(120, "<3Q2I")
        self.spis = [intid for intid, in self.table(128, "<I")]
        self.must(not any(managing) and not self.table(136, "<32s2I"), "manages nobody and speaks through no UART")
        self.must(self.flags & ~15 == 0, "reserved fields are 0")
        self.must(struct.unpack_from("<2I", blob, 144) == (0, 0), "exits have no limit")
        self.must(bool(self.uart) == bool(self.uart_spi), "a UART has an interrupt, and no UART none")
        self.must(not self.uart or self.uart_spi in self.spis, "the UART's interrupt is its own")
        self.must_tell_all()
        self.must(len(set(self.spis)) == len(self.spis), "an interrupt is named once")
        self.must(len(set(self.cpus)) == len(self.cpus) > 0, "a CPU is named once")

    def of_kind(self, kind):
        """Its regions (pa, ipa, size) of one of KINDS."""
        return [r[:3] for r in self.regions if r[3] == KINDS[kind]]


class Hardware:
    """What the tree says is there, by fdt.py; @facts are ranges of memory for trees without."""

    def __init__(self, tree, facts=()):
        self.tree = tree
        self.gic = tree.find("arm,gic-v3")
        self.gic_version = 3
        if self.gic is None:
            self.gic = next((node for node in map(tree.find, GICV2) if node is not None), None)
            self.gic_version = 2
        self.cpus = [self._mpidr(node) for node in self.cpu_nodes()]
        self.ram = self._ram() or merged(facts)
        self.registers = [(pages(*r), r, node) for node in tree.nodes
                          for r in tree.registers(node) if r[1]]
        self.spis = [(intid, node) for node in tree.nodes for intid in self._spis(node)]
        self.routes = [(intid, node) for node in tree.nodes if self.gic is not None
                       for intid in tree.routes(node, self.gic)]
        self.kept = merged(pages(*r) for r in self._kept() if r[1])

    def keeps(self, node):
        return node is self.gic or any(KEPT.search(text) for text in node.compatible)

    def _kept(self):
        """Registers that are neither Linux' to give nor of the two kinds of GIC frame that the
        hypervisor names: IOMMUs, ITS, and the frames of a GICv2 for guests."""
        found = [r for node in self.tree.nodes if self.keeps(node) and node is not self.gic
                 for r in self.tree.registers(node)]
        if self.gic is not None:
            found += self.tree.registers(self.gic)[1 + self.gic_regions:]
        return found

    @property
    def gic_regions(self):
        """How many entries of its registers, after the distributor's, are not for guests' guests."""
        return 1 if self.gic_version == 2 else self.gic.number("#redistributor-regions") or 1

    def cpu_nodes(self):
        cpus = self.tree.by_path.get("/cpus")
        return [node for node in (cpus.children if cpus is not None else [])
                if node.string("device_type") == "cpu" and
                not (node.string("status") or "").startswith("fail")]

    @staticmethod
    def _mpidr(node):
        value = 0
        for cell in node.cells("reg") or []:
            value = value << 32 | cell
        return value & MPIDR_MASK

    def _ram(self):
        whole = []
        for node in self.tree.root.children:
            if node.string("device_type") == "memory" and node.available:
                for base, size in self.tree.registers(node):
                    start = (base + PAGE - 1) & ~(PAGE - 1)
                    whole.append((start, ((base + size) & ~(PAGE - 1)) - start))
        return merged(whole)

    def _spis(self, node):
        """All lines that a node may raise: its interrupts, straight at the GIC or through a
        controller that hands the GIC's numbers on, and what routers have in reserve."""
        found = set(self.tree.spis(node, self.gic)) if self.gic is not None else set()
        found |= {32 + cells[1] for controller, cells in self.tree.interrupts(node)
                  if controller is not None and controller is not self.gic and
                  len(cells) == 3 and cells[0] == 0 and cells[1] < 988}
        first, count = (node.number(f"arm,msi-{name}") or 0 for name in ("base-spi", "num-spis"))
        found.update(range(first, first + min(count, 1020)))
        for name, (columns, first, offset) in ROUTERS.items():
            cells = node.cells(name) or []
            for at in range(0, len(cells) - columns + 1, columns):
                start = cells[at + first] + offset
                found.update(range(start, start + min(cells[at + columns - 1], 1020)))
        return found


def check_system(system, hardware):
    """The system blob against the board."""
    must, tree = system.must, hardware.tree
    frames = tree.registers(hardware.gic)
    must(system.gic_version == hardware.gic_version, "the GIC is of the tree's version")
    base, size = pages(*frames[0])
    if hardware.gic_version == 2 and (frames[1][1] >= 2 * ALIASES or frames[1][0] % ALIASES > ALIASES - GICC):
        size = ALIASES
    must(system.gicd == (base, size), "the distributor is where the tree says, with all its aliases")
    others = [pages(*frame) for frame in frames[1:1 + hardware.gic_regions]]
    if hardware.gic_version == 2:
        must(system.gicc == others[0] and not system.gicr, "the CPU interface is where the tree says")
        must(system.gicc == frames[1], "the CPU interface fills its pages")
        must(not any(overlaps(system.gicc, frame) for frame in frames[2:]),
             "nothing for guests' guests is shown with the CPU interface")
        must(len(system.cpus) <= GICV2_CPUS, "each CPU has an interface")
    else:
        must(system.gicr == others and system.gicc == (0, 0),
             "the redistributors are where the tree says")
    must(sorted(system.cpus) == sorted(hardware.cpus), "its CPUs are those of the tree")
    must(len(set(system.cpus)) == len(system.cpus), "a CPU is named once")
    must(merged(system.ram) == hardware.ram, "its memory is that of the tree")
    for kept in hardware.kept:
        must(any(inside(kept, have) for have in merged(system.reserved + system.gic)),
             f"the IOMMU or ITS at {kept[0]:#x} is kept from cells")
    for have in merged(system.reserved):
        must(any(inside(have, kept) for kept in hardware.kept),
             f"what is kept at {have[0]:#x} is an IOMMU, an ITS or a frame of the GIC")
    ecam = merged(pages(*tree.registers(node)[0]) for node in tree.nodes
                  if "pci-host-ecam-generic" in node.compatible and node.available
                  and tree.registers(node) and sum(tree.registers(node)[0]) <= LIMIT)
    must(merged(system.ecam) == ecam, "its PCI configuration space is that of the tree")
    must(not system.event_spi or 32 < system.event_spi < 1020, "the event is an SPI")
    for intid, node in hardware.spis + hardware.routes:
        must(intid != system.event_spi, f"interrupt {intid} is {node.path}'s, not the event's")
    for r in system.gic + system.ram + system.reserved:
        must(r[0] % PAGE == 0 and r[1] % PAGE == 0 and 0 < r[1] <= LIMIT - r[0],
             f"{r[0]:#x} is in whole pages below 1 TiB")
    for one, other in itertools.combinations(system.gic, 2):
        must(not overlaps(one, other), "the GIC's frames are apart")
    return system.problems


def check_memory(cell, system):
    must = cell.must
    views = [(r[1], r[2]) for r in cell.regions]
    for pa, ipa, size, flags, rest in cell.regions:
        at = f"{pa:#x}"
        must(rest == 0 and flags in KINDS.values(), f"{at} is of a known kind")
        for address in (pa, ipa):
            must(address % PAGE == 0 and size % PAGE == 0 and 0 < size <= LIMIT - address,
                 f"{at} is in whole pages below 1 TiB")
        # No tree of a package tells of functions with addresses.
        for kept in system.gic + system.reserved + system.ecam:
            must(not overlaps((pa, size), kept), f"{at} is kept from no cell")
        for frame in system.gic:
            must(not overlaps((ipa, size), frame), f"{at} hides no GIC frame in the cell")
        if flags & DEVICE:
            must(not any(overlaps((pa, size), ram) for ram in system.ram), f"{at} is no memory")
        else:
            must(any(inside((pa, size), ram) for ram in system.ram), f"{at} is memory")
    uart = [(cell.uart, PAGE)] if cell.uart else []
    for one, other in itertools.combinations(views + [(cell.comm, COMM_SIZE)] + uart, 2):
        must(not overlaps(one, other), f"{one[0]:#x} and {other[0]:#x} are apart in the cell")
    for frame in system.gic:
        must(not overlaps((cell.comm, COMM_SIZE), frame), "the report hides no GIC frame")
    must(cell.comm % PAGE == 0 and cell.comm <= LIMIT - COMM_SIZE, "the report is on a page")
    must(cell.argument == cell.comm + COMM_INFO, "it is told where its information is")


def is_window(node, page, mine, tree):
    """Is @node, with registers in @page, a bus around all of @mine that are there? Its `reg` then
    tells where the bus is, and its children's tell whose each page is."""
    here = [device for device in mine
            if any(overlaps(pages(*r), page) for r in tree.registers(device) if r[1])]
    return "ranges" in node.props and all(is_above(node, device) for device in here)


def is_above(node, device):
    while device is not None and device is not node:
        device = device.parent
    return device is node


def check_devices(cell, system, hardware, mine):
    """Registers and interrupts are those of the devices @mine, all of them, and nobody else's."""
    must, tree = cell.must, hardware.tree
    want = merged(pages(*r) for node in mine for r in tree.registers(node) if r[1])
    have = [(pa, size) for pa, _, size in cell.of_kind("registers")]
    must(merged(have) == want, "its registers are those of its devices, whole and no more")
    must(all(pa == ipa for pa, ipa, _ in cell.of_kind("registers")),
         "it sees registers where they are")
    for node in mine:
        must(not hardware.keeps(node), f"{node.path} is given to no cell")
        must(not node.secure, f"{node.path} is the secure world's")
        must(node.string("status") != "reserved", f"{node.path} is other software's")
        must(node.string("device_type") != "memory" and
             not node.path.startswith("/reserved-memory/"), f"{node.path} is memory")
    twins = {r for _, r, node in hardware.registers if node in mine}
    for page, exact, node in hardware.registers:
        # A node that is off and has the very same registers is the device by another name.
        if node in mine or (exact in twins and not node.available) or \
                is_window(node, page, mine, tree):
            continue
        for region in have:
            must(not overlaps(page, region), f"no page of its registers is also {node.path}'s")
    spis, passed = set(), []
    for node in mine:
        spis |= tree.spis(node, hardware.gic)
        tree.interrupts(node, passed)
    must(set(cell.spis) == spis, f"its interrupts are its devices': {sorted(spis)}, "
         f"not {sorted(cell.spis)}")
    must(system.event_spi not in cell.spis, "the event's interrupt is no cell's")
    for intid, node in hardware.spis:
        if node not in mine and (node.available or node.secure):
            must(intid not in cell.spis, f"interrupt {intid} is not also {node.path}'s")
    for intid, node in hardware.routes:
        # Who is behind a simple bus is in the tree, and was asked above; behind PCI is anyone.
        simple = node in passed and node.string("device_type") != "pci"
        must(simple or not node.available or intid not in cell.spis,
             f"interrupt {intid} is not also behind {node.path}")
    must(all(32 <= intid < 1020 for intid in cell.spis), "its interrupts are SPIs")


def check_ownership(system, cells):
    """Disjoint, among all pairs; and something is left to Linux."""
    taken = [mpidr for cell in cells for mpidr in cell.cpus]
    system.must(len(set(taken)) == len(taken), "a CPU is in one cell")
    system.must(set(taken) < set(system.cpus), "the cells' CPUs are the board's, and one is left")
    for one, other in itertools.combinations(cells, 2):
        for a, b in itertools.product(one.regions, other.regions):
            same = a[3] == b[3] == KINDS["shared memory"] and (a[0], a[2]) == (b[0], b[2])
            one.must(same or not overlaps((a[0], a[2]), (b[0], b[2])),
                     f"{a[0]:#x} is not also cell '{other.name}''s")
        one.must(not set(one.spis) & set(other.spis), f"no interrupt is also '{other.name}''s")
        one.must(one.name != other.name, "cells have names of their own")


def does_dma(node):
    """Does it say outright that it reaches memory by itself?"""
    return any(name in node.props for name in DMA)


def check_wanted(cell, hardware, want):
    """What the user wrote, to the letter."""
    must = cell.must
    ipa = want.address if want.guest is None else want.guest
    must(cell.name == want.name, f"it is called '{want.name}'")
    must(cell.cpus == [hardware.cpus[cpu] for cpu in want.cpus], "its CPUs are as asked")
    must(cell.flags & 1 == ("trusted-idle;" in want.extra), "its idle is as asked")
    must(cell.flags >> 1 == sum(flag << bit for bit, flag in enumerate(
        word in want.extra for word in ("firmware-services;", "debug;", "core-dump;"))),
         "it may ask the firmware, be debugged and dumped as said")
    must(cell.of_kind("memory") == [(want.address, ipa, want.memory)],
         "its memory is where and as large as asked")
    must(cell.entry == ipa, "it begins at the start of its memory")
    must(cell.of_kind("shared memory") == [shared.region for shared in want.shared],
         "it shares what was asked")
    for path in want.devices:
        must(path in want.unconfined or not does_dma(hardware.tree.by_path[path]),
             f"whoever has {path}, which does DMA, accepts that nothing confines it")


def judge(hardware, system_blob, cell_blobs, wanted):
    """@wanted: for each cell what was asked for, with .name, .cpus, .memory (bytes), .address,
    .guest (address or None), .shared (each with a .region), .devices and .unconfined (paths) and
    .extra (its source). Returns what is not so."""
    system = System(system_blob)
    check_system(system, hardware)
    cells = [Cell(blob) for blob in cell_blobs]
    system.must(len(cells) == len(wanted), "each cell that was asked for has a blob")
    for cell, want in zip(cells, wanted):
        mine = [hardware.tree.by_path[path] for path in want.devices]
        check_wanted(cell, hardware, want)
        check_memory(cell, system)
        check_devices(cell, system, hardware, mine)
    check_ownership(system, cells)
    return system.problems + [problem for cell in cells for problem in cell.problems]
