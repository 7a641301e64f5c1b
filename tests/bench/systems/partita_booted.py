# SPDX-License-Identifier: GPL-2.0-only
"""Partita booted without a Linux: how long it takes from the board's reset to the first instruction of
a small cell. The clock starts at the reset, so what the cell reads from it first is the figure."""

import re
import subprocess

from board import BUILD, changed_tree, counted_machine
from emulator import Emulator
from metrics import Result

LIFETIME = 120

SMALL = """/dts-v1/;
/ {
	compatible = "partita,system-v1";
	small {
		compatible = "partita,cell-v1";
		cpus = <0>;
		memory = "64K";
		devices = "/pl011@9000000";
		console = "/pl011@9000000";
		image = "first.bin";
	};
};
"""


def command(kernel):
    return ["qemu-system-aarch64", *counted_machine(cpus=1), "-nodefaults", "-display", "none",
            "-serial", "stdio", "-kernel", str(kernel)]


def pack(work):
    tree = changed_tree([*command("-"), "-initrd", "-", "-append", "-"], ())
    (work / "small.dts").write_text(SMALL, encoding="utf-8")
    (work / "first.bin").write_bytes((BUILD / "bench" / "first.bin").read_bytes())
    subprocess.run([BUILD / "host" / "partita", "pack", "small.dts", "-o", "small.img", "--board", tree,
                    "--hypervisor", BUILD / "hypervisor" / "partita.bin"],
                   cwd=work, check=True, stdout=subprocess.DEVNULL)
    return work / "small.img"


def measure(work):
    work.mkdir(parents=True, exist_ok=True)
    said = re.compile(r"^first (0x[0-9a-f]{16})$", re.M)
    with Emulator(command(pack(work)), work / "console.txt", LIFETIME) as running:
        ticks = int(said.search(running.wait_for(said.search))[1], 16)
    return [Result("partita", "boot-cell", ticks, ticks, ticks, 1)]
