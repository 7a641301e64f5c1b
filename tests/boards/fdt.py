# SPDX-License-Identifier: GPL-2.0-only
"""A second reading of device trees, written from the Devicetree Specification and Linux' rules.

The oracle holds the compiler's result against this one, so nothing here is shared with config/ or
libfdt, and nothing here may be made to agree with them but by the specification.
"""

import struct

BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9
MAGIC = 0xD00DFEED


class Node:
    def __init__(self, name, parent):
        self.name = name
        self.parent = parent
        self.children = []
        self.props = {}

    @property
    def path(self):
        if self.parent is None:
            return "/"
        above = self.parent.path
        return above + self.name if above == "/" else f"{above}/{self.name}"

    def cells(self, name):
        """A property as 32-bit cells, or None."""
        value = self.props.get(name)
        return None if value is None else list(struct.unpack_from(f">{len(value) // 4}I", value))

    def number(self, name):
        cells = self.cells(name)
        return cells[0] if cells else None

    def strings(self, name):
        value = self.props.get(name)
        if not value:
            return []
        return [text.decode("ascii", "replace") for text in value.rstrip(b"\0").split(b"\0")]

    def string(self, name):
        strings = self.strings(name)
        return strings[0] if strings else None

    @property
    def compatible(self):
        return self.strings("compatible")

    @property
    def available(self):
        return "status" not in self.props or self.string("status") in ("okay", "ok")

    @property
    def secure(self):
        """Of the secure world alone (Linux' bindings, arm/secure.yaml): whoever is not in it sees
        nothing there, or another device."""
        return not self.available and self.string("secure-status") in ("okay", "ok")

    @property
    def reachable(self):
        """Available, as is every node above it."""
        return self.available and (self.parent is None or self.parent.reachable)

    def inherited(self, name, default):
        """Linux takes a missing count of cells from above (drivers/of/base.c)."""
        node = self
        while node is not None:
            value = node.number(name)
            if value is not None:
                return value
            node = node.parent
        return default


def join(cells):
    value = 0
    for cell in cells:
        value = value << 32 | cell
    return value


class Tree:
    """All nodes in the tree's order."""

    def __init__(self, blob):
        self.nodes = []
        self.memreserve = []
        self._parse(blob)
        self.root = self.nodes[0]
        self.by_phandle = {}
        for node in self.nodes:
            phandle = node.number("phandle") or node.number("linux,phandle")
            if phandle:
                self.by_phandle.setdefault(phandle, node)
        self.by_path = {node.path: node for node in self.nodes}

    def _parse(self, blob):
        magic, _, at, strings, reserved = struct.unpack_from(">5I", blob)
        if magic != MAGIC:
            raise ValueError("not a device tree")
        while True:
            base, size = struct.unpack_from(">2Q", blob, reserved)
            if not base and not size:
                break
            self.memreserve.append((base, size))
            reserved += 16
        node, names = None, {}
        while True:
            token, = struct.unpack_from(">I", blob, at)
            at += 4
            if token == BEGIN_NODE:
                end = blob.index(b"\0", at)
                child = Node(blob[at:end].decode("ascii", "replace"), node)
                if node is not None:
                    node.children.append(child)
                self.nodes.append(child)
                node = child
                at = (end + 4) & ~3
            elif token == END_NODE:
                node = node.parent
            elif token == PROP:
                length, name = struct.unpack_from(">2I", blob, at)
                at += 8
                if name not in names:
                    names[name] = blob[strings + name:blob.index(b"\0", strings + name)].decode()
                node.props[names[name]] = blob[at:at + length]
                at = (at + length + 3) & ~3
            elif token == END:
                return
            elif token != NOP:
                raise ValueError(f"unknown token {token}")

    def find(self, compatible):
        return next((node for node in self.nodes if compatible in node.compatible), None)

    # ------------------------------------------------------------------ addresses

    def registers(self, node):
        """[(base, size)] of a node's `reg` as the CPU sees them, without what it cannot reach."""
        if node.parent is None or not node.props.get("reg"):
            return []
        na = node.parent.inherited("#address-cells", 1)
        ns = node.parent.inherited("#size-cells", 1)
        cells = node.cells("reg")
        if na not in (1, 2) or ns not in (1, 2):
            return []
        found = []
        for at in range(0, len(cells) - na - ns + 1, na + ns):
            base = self._translate(node.parent, join(cells[at:at + na]))
            if base is not None:
                found.append((base, join(cells[at + na:at + na + ns])))
        return found

    def _translate(self, bus, address):
        while bus.parent is not None:
            ranges = bus.cells("ranges")
            if ranges is None:
                return None
            if ranges:
                na = bus.inherited("#address-cells", 1)
                ns = bus.inherited("#size-cells", 1)
                pna = bus.parent.inherited("#address-cells", 1)
                if na not in (1, 2):
                    return None
                step = na + pna + ns
                for at in range(0, len(ranges) - step + 1, step):
                    child = join(ranges[at:at + na])
                    size = join(ranges[at + na + pna:at + step])
                    if child <= address < child + size:
                        address += join(ranges[at + na:at + na + pna]) - child
                        break
                else:
                    return None
            bus = bus.parent
        return address

    # ------------------------------------------------------------------ interrupts

    def _interrupt_parent(self, node):
        """As Linux' of_irq_find_parent(): up, or aside, until someone has #interrupt-cells."""
        seen = 0
        while node is not None and seen < 64:
            phandle = node.number("interrupt-parent")
            node = self.by_phandle.get(phandle) if phandle is not None else node.parent
            if node is not None and "#interrupt-cells" in node.props:
                return node
            seen += 1
        return None

    def interrupts(self, node, passed=None):
        """[(controller, specifier)] where each of a node's interrupts ends, maps followed; whose
        maps these are is added to @passed."""
        found = []
        extended = node.cells("interrupts-extended")
        if extended is not None:
            at = 0
            while at < len(extended):
                controller = self.by_phandle.get(extended[at])
                at += 1
                if controller is None:
                    continue
                count = controller.number("#interrupt-cells") or 0
                found.append((controller, extended[at:at + count]))
                at += count
        elif "interrupts" in node.props:
            controller = self._interrupt_parent(node)
            count = controller.number("#interrupt-cells") if controller is not None else 0
            cells = node.cells("interrupts")
            if count:
                found = [(controller, cells[at:at + count])
                         for at in range(0, len(cells) - count + 1, count)]
        unit = []
        if node.parent is not None and node.cells("reg"):
            unit = node.cells("reg")[:node.parent.inherited("#address-cells", 1)]
        return [self._follow(controller, unit, cells, passed) for controller, cells in found]

    def map_rows(self, nexus):
        """[(child's address and specifier, parent, parent's address, specifier)]"""
        cells = nexus.cells("interrupt-map") or []
        child = (nexus.number("#address-cells") or 0) + (nexus.number("#interrupt-cells") or 0)
        rows, at = [], 0
        while at + child < len(cells):
            parent = self.by_phandle.get(cells[at + child])
            if parent is None:
                break
            unit = parent.number("#address-cells") or 0
            count = parent.number("#interrupt-cells") or 0
            rest = at + child + 1
            rows.append((cells[at:at + child], parent, cells[rest:rest + unit],
                         cells[rest + unit:rest + unit + count]))
            at = rest + unit + count
        return rows

    def _follow(self, controller, unit, cells, passed=None):
        """Through maps to where it ends; their nodes are added to @passed."""
        for _ in range(16):
            if "interrupt-map" not in controller.props:
                return controller, cells
            if passed is not None:
                passed.append(controller)
            want = controller.number("#address-cells") or 0
            asked = (unit + [0] * want)[:want] + cells
            mask = controller.cells("interrupt-map-mask") or [0xFFFFFFFF] * len(asked)
            for key, parent, parent_unit, parent_cells in self.map_rows(controller):
                if all((a ^ b) & m == 0 for a, b, m in zip(asked, key, mask)):
                    controller, unit, cells = parent, parent_unit, parent_cells
                    break
            else:
                return controller, cells
        return controller, cells

    @staticmethod
    def _at(gic, ends):
        return {32 + cells[1] for controller, cells in ends
                if controller is gic and len(cells) >= 3 and cells[0] == 0 and cells[1] < 988}

    def spis(self, node, gic):
        """The INTIDs of the SPIs that a node has at the GIC."""
        return self._at(gic, self.interrupts(node))

    def routes(self, node, gic):
        """Those that a node has for whoever is behind it."""
        return self._at(gic, [(row[1], row[3]) for row in self.map_rows(node)])
