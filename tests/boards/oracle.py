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
COMM_SIZE = PAGE
READ, WRITE, EXEC, DEVICE = 1, 2, 4, 8
SYSTEM_MAGIC, CELL_MAGIC, ABI_VERSION = 0x53595450, 0x43595450, 1
HEADER = struct.Struct("<4I32s")
# Whatever calls itself one of these confines or routes for all, so that no cell may have it.
KEPT = re.compile(r"^arm,smmu-|^arm,mmu-[45]|smmu-(v2|500)$|^arm,gic-v3-its$")


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

    def must(self, condition, promise):
        if not condition:
            self.problems.append(f"{getattr(self, 'name', '?')}: not so: {promise}")

    def table(self, at, form):
        """The entries that the (offset, count) at @at tells of."""
        offset, count = struct.unpack_from("<2I", self.bytes, at)
        entry = struct.Struct(form)
        good = not count or (offset % 8 == 0 and self.fixed <= offset and
                             offset + count * entry.size <= len(self.bytes))
        self.must(good, f"the table at {at} lies in the blob")
        if not good:
            return []
        return [entry.unpack_from(self.bytes, offset + i * entry.size) for i in range(count)]


class System(Blob):
    def __init__(self, blob):
        super().__init__(blob, SYSTEM_MAGIC, 104)
        self.gicd = struct.unpack_from("<2Q", blob, 48)
        self.gicr = self.table(64, "<2Q")
        self.cpus = [mpidr for mpidr, in self.table(72, "<Q")]
        self.ram = self.table(80, "<2Q")
        self.reserved = self.table(88, "<2Q")
        self.event_spi, rest = struct.unpack_from("<2I", blob, 96)
        self.must(rest == 0, "reserved fields are 0")

    @property
    def gic(self):
        return [self.gicd] + self.gicr


class Cell(Blob):
    def __init__(self, blob):
        super().__init__(blob, CELL_MAGIC, 96)
        flags, rest, self.entry, self.comm = struct.unpack_from("<2I2Q", blob, 48)
        self.cpus = [mpidr for mpidr, in self.table(72, "<Q")]
        self.regions = self.table(80, "<3Q2I")
        self.spis = [intid for intid, in self.table(88, "<I")]
        self.must(flags & ~1 == 0 and rest == 0, "reserved fields are 0")
        self.must(len(set(self.spis)) == len(self.spis), "an interrupt is named once")
        self.must(len(set(self.cpus)) == len(self.cpus) > 0, "a CPU is named once")

    def physical(self, device):
        return [(r[0], r[2]) for r in self.regions if bool(r[3] & DEVICE) == device]


class Hardware:
    """What the tree says is there, by fdt.py; @facts are ranges of memory for trees without."""

    def __init__(self, tree, facts=()):
        self.tree = tree
        self.gic = tree.find("arm,gic-v3")
        self.cpus = [self._mpidr(node) for node in self.cpu_nodes()]
        self.ram = self._ram() or merged(facts)
        self.registers = [(pages(*r), r, node) for node in tree.nodes
                          for r in tree.registers(node) if r[1]]
        self.spis = [(intid, node) for node in tree.nodes for intid in self._spis(node)]
        self.kept = merged(pages(*r) for node in tree.nodes
                           if any(KEPT.search(text) for text in node.compatible)
                           for r in tree.registers(node) if r[1])

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
        found = set(self.tree.spis(node, self.gic)) if self.gic is not None else set()
        for name in ("mbi-ranges", "marvell,spi-ranges"):
            cells = node.cells(name) or []
            for first, count in zip(cells[::2], cells[1::2]):
                found.update(range(first, first + count))
        return found


def check_system(system, hardware):
    """The system blob against the board."""
    must, tree = system.must, hardware.tree
    frames = tree.registers(hardware.gic)
    regions = hardware.gic.number("#redistributor-regions") or 1
    must(system.gicd == pages(*frames[0]), "the distributor is where the tree says")
    must(system.gicr == [pages(*frame) for frame in frames[1:1 + regions]],
         "the redistributors are where the tree says")
    must(sorted(system.cpus) == sorted(hardware.cpus), "its CPUs are those of the tree")
    must(len(set(system.cpus)) == len(system.cpus), "a CPU is named once")
    must(merged(system.ram) == hardware.ram, "its memory is that of the tree")
    for gic, ram in itertools.product(system.gic + system.reserved, system.ram):
        must(not overlaps(gic, ram), f"{gic[0]:#x} is kept, and so is no memory")
    for kept in hardware.kept:
        must(any(inside(kept, have) for have in merged(system.reserved + system.gic)),
             f"the IOMMU or ITS at {kept[0]:#x} is kept from cells")
    for intid, node in hardware.spis:
        must(intid != system.event_spi, f"interrupt {intid} is {node.path}'s, not the event's")
    for r in [system.gicd] + system.gicr + system.ram + system.reserved:
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
        must(rest == 0 and flags & ~15 == 0 and flags & READ, f"{at} has known flags")
        must(not (flags & EXEC and flags & DEVICE), f"registers at {at} hold no code")
        for address in (pa, ipa):
            must(address % PAGE == 0 and size % PAGE == 0 and 0 < size <= LIMIT - address,
                 f"{at} is in whole pages below 1 TiB")
        for kept in system.gic + system.reserved:
            must(not overlaps((pa, size), kept), f"{at} is kept from no cell")
        for frame in system.gic:
            must(not overlaps((ipa, size), frame), f"{at} hides no GIC frame in the cell")
        if flags & DEVICE:
            must(not any(overlaps((pa, size), ram) for ram in system.ram), f"{at} is no memory")
        else:
            must(any(inside((pa, size), ram) for ram in system.ram), f"{at} is memory")
    for one, other in itertools.combinations(views + [(cell.comm, COMM_SIZE)], 2):
        must(not overlaps(one, other), f"{one[0]:#x} and {other[0]:#x} are apart in the cell")
    for frame in system.gic:
        must(not overlaps((cell.comm, COMM_SIZE), frame), "the report hides no GIC frame")
    must(cell.comm % PAGE == 0 and cell.comm <= LIMIT - COMM_SIZE, "the report is on a page")
    must(any(r[3] & EXEC and r[1] <= cell.entry < r[1] + r[2] for r in cell.regions) and
         cell.entry % 4 == 0, "the first instruction is in executable memory")


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
    have = cell.physical(device=True)
    must(merged(have) == want, "its registers are those of its devices, whole and no more")
    twins = {r for _, r, node in hardware.registers if node in mine}
    for page, exact, node in hardware.registers:
        # A node that is off and has the very same registers is the device by another name.
        if node in mine or (exact in twins and not node.available) or \
                is_window(node, page, mine, tree):
            continue
        for region in have:
            must(not overlaps(page, region), f"no page of its registers is also {node.path}'s")
    spis = set()
    for node in mine:
        spis |= tree.spis(node, hardware.gic)
    must(set(cell.spis) == spis, f"its interrupts are its devices': {sorted(spis)}, "
         f"not {sorted(cell.spis)}")
    must(system.event_spi not in cell.spis, "the event's interrupt is no cell's")
    for intid, node in hardware.spis:
        if node not in mine and node.available:
            must(intid not in cell.spis, f"interrupt {intid} is not also {node.path}'s")
    must(all(32 <= intid < 1020 for intid in cell.spis), "its interrupts are SPIs")


def check_ownership(system, cells):
    """Disjoint, among all pairs; and something is left to Linux."""
    taken = [mpidr for cell in cells for mpidr in cell.cpus]
    system.must(len(set(taken)) == len(taken), "a CPU is in one cell")
    system.must(set(taken) < set(system.cpus), "the cells' CPUs are the board's, and one is left")
    for one, other in itertools.combinations(cells, 2):
        for a, b in itertools.product(one.regions, other.regions):
            one.must(not overlaps((a[0], a[2]), (b[0], b[2])),
                     f"{a[0]:#x} is not also cell '{other.name}''s")
        one.must(not set(one.spis) & set(other.spis), f"no interrupt is also '{other.name}''s")
        one.must(one.name != other.name, "cells have names of their own")


def judge(hardware, system_blob, cell_blobs, wanted):
    """@wanted: for each cell what was asked for, with .name, .cpus, .memory (bytes), .guest
    (address or None) and .devices (paths). Returns what is not so."""
    system = System(system_blob)
    check_system(system, hardware)
    cells = [Cell(blob) for blob in cell_blobs]
    system.must(len(cells) == len(wanted), "each cell that was asked for has a blob")
    for cell, want in zip(cells, wanted):
        mine = [hardware.tree.by_path[path] for path in want.devices]
        cell.must(cell.name == want.name, f"it is called '{want.name}'")
        cell.must(cell.cpus == [hardware.cpus[cpu] for cpu in want.cpus], "its CPUs are as asked")
        cell.must([r[2] for r in cell.regions if not r[3] & DEVICE] == [want.memory],
                  "its memory is as large as asked")
        cell.must(want.guest is None or [r[1] for r in cell.regions if not r[3] & DEVICE] ==
                  [want.guest], "its memory is seen where asked")
        check_memory(cell, system)
        check_devices(cell, system, hardware, mine)
    check_ownership(system, cells)
    return system.problems + [problem for cell in cells for problem in cell.problems]
