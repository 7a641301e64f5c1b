# SPDX-License-Identifier: GPL-2.0-only
"""Asking the compiler about a board and systems for it, as the tests of this folder do."""

import subprocess

import batch
import oracle
from fdt import Tree
from generate import addresses, all_shared, firmware_memory, write_system

VIRT = batch.TOP / "tests" / "unit" / "config" / "virt.dts"


class Asked:
    """A board by its device tree blob: how it is ordered, and what is there."""

    def __init__(self, path):
        tree = Tree(path.read_bytes())
        facts = firmware_memory(tree)
        self.name = path.stem
        self.order = batch.order("board", path, *(n for r in facts for n in r))
        self.hardware = oracle.Hardware(tree, facts)

    def systems(self, systems, folder, kind="system"):
        """(the board's Answer, [(wants, Answer)])"""
        orders = []
        for i, wants in enumerate(systems):
            path = folder / f"{self.name}-{kind}-{i}.dtb"
            write_system(wants, path)
            orders.append(batch.order("system", path, *addresses(wants)))
        (answer, answers), = batch.run([(self.order, orders)])
        return answer, list(zip(systems, answers))

    def judge(self, answer, wants, made):
        """What is not so in a system that compiled."""
        said = [line for line in made.messages if "warning:" not in line and "note:" not in line]
        return ([f"done, but said: {line}" for line in said] +
                oracle.judge(self.hardware, answer.blobs[0], made.blobs, wants))


def taken(hardware, blob):
    """Which devices a cell was given, known from its blob alone: those that are on and wholly in
    it, by registers or, where they have none, by interrupts."""
    cell = oracle.Cell(blob)
    have = [(pa, size) for pa, _, size in cell.of_kind("registers")]
    found = []
    for node in hardware.tree.nodes:
        registers = [oracle.pages(*r) for r in hardware.tree.registers(node) if r[1]]
        spis = hardware.tree.spis(node, hardware.gic)
        if node.available and (all(any(oracle.inside(r, h) for h in have) for r in registers)
                               if registers else spis and spis <= set(cell.spis)):
            found.append(node.path)
    return found


def own_virt(folder):
    """QEMU's board as the unit tests have it."""
    path = folder / "virt.dtb"
    subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", path, VIRT], check=True)
    return Asked(path)


def source(wants):
    return "".join(one.source() for one in [*wants, *all_shared(wants)])
