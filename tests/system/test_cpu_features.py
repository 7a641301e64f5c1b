# SPDX-License-Identifier: GPL-2.0-only
"""What a cell sees of its CPU is what it may use, and that it can use."""

import re
import struct

import pytest
from board import BUILD, CACHE, release_of
from conftest import KERNELS, MACHINES, machine_name, on_every_machine
from partita import CELLS, Cell, Partita
from test_worked_systems import Serial

# Fields of ID registers that no cell is to find set: (register, lowest bit, what).
HIDDEN = [
    ("pfr0", 8, "EL2"), ("pfr0", 28, "RAS"), ("pfr0", 40, "MPAM"), ("pfr0", 44, "AMU"), ("pfr0", 52, "RME"),
    ("pfr1", 8, "MTE"), ("pfr1", 24, "SME"), ("pfr1", 36, "NMI"), ("pfr1", 44, "GCS"),
    ("dfr0", 4, "trace"), ("dfr0", 32, "SPE"), ("dfr0", 44, "TRBE"), ("dfr0", 52, "BRBE"),
    ("mmfr1", 8, "VHE"), ("mmfr1", 16, "LOR"), ("mmfr1", 40, "HCRX"), ("mmfr2", 24, "nested virtualization"),
]


# A program of AArch32 (T32) that does no more than end with status 7.
PROGRAM_32 = struct.pack("<16sHHIIIIIHHHHHH", b"\x7fELF\1\1\1", 2, 40, 1, 0x10055, 52, 0, 0x5000000, 52, 32, 1,
                         0, 0, 0)
PROGRAM_32 += struct.pack("<8I", 1, 0, 0x10000, 0x10000, 90, 90, 5, 0x1000)
PROGRAM_32 += struct.pack("<3H", 0x2007, 0x2701, 0xdf00)


def install(serial, path, program):
    for start in range(0, len(program), 8):
        octal = "".join(f"\\{byte:03o}" for byte in program[start:start + 8])
        serial.run(f"printf '{octal}' >>{path}")
    serial.run(f"chmod +x {path}")


def field(registers, name, low):
    return registers[name] >> low & 0xf


@on_every_machine
def test_cell_finds_its_own_features_only(board, enabled):
    cell = enabled.run("first", "leftovers.bin")
    console = cell.await_console("^cpu: vectors")
    words = re.search(r"^cpu: (pfr0 .*)", console, re.M).group(1).split()
    registers = {name: int(value, 16) for name, value in zip(words[::2], words[1::2])}
    assert [what for name, low, what in HIDDEN if field(registers, name, low)] == []
    length = int(re.search(r"vectors of (\d+) bytes, cycles counted", console).group(1))
    assert (field(registers, "pfr0", 32) != 0) == (length != 0)
    if "max" in board.options["cpu"]:
        assert length == 256
    cell.stop()
    cell.destroy()


def test_linux_in_a_cell_uses_sve_and_is_not_offered_more(boot, tmp_path):
    kernel = KERNELS[0]
    release = release_of(kernel)
    board = boot(kernel=kernel, cpu="max", append="cma=320M",
                 second_serial=f"unix:{tmp_path}/serial,server=on,wait=off",
                 files={"vmlinuz": CACHE / "root" / release / "boot" / f"vmlinuz-{release}",
                        "initrd.img": BUILD / "board" / release / "initramfs.cpio.gz"})
    partita = Partita(board)
    partita.enable()
    with open(tmp_path / "console", "w", encoding="utf-8") as log:
        serial = Serial(tmp_path / "serial", log)
        board.sh(f"partita cell create {CELLS}/linux-beside-linux.dts", timeout=120)
        linux = Cell(partita, "linux")
        linux.start()
        serial.console.expect_exact("board# ", timeout=240)
        features = re.search(r"Features\s*: (.*)", serial.run("cat /proc/cpuinfo")).group(1).split()
        assert {"sve", "sve2", "paca", "atomics"} < set(features)
        assert [name for name in features if re.match(r"sme|mte", name)] == []
        assert "sum 500500, vectors of 64 bytes" in serial.run("/root/sve")
        # Several programs with vectors of their own, on both CPUs.
        many = serial.run("for i in $(seq 20); do /root/sve & done; wait")
        assert many.count("sum 500500") == 20
        # A CPU that is off and on again has SVE as before.
        serial.run("echo 0 >/sys/devices/system/cpu/cpu1/online")
        serial.run("echo 1 >/sys/devices/system/cpu/cpu1/online")
        assert serial.run("for i in $(seq 20); do /root/sve & done; wait").count("sum 500500") == 20
        install(serial, "/tmp/aarch32", PROGRAM_32)
        assert "status 7" in serial.run("/tmp/aarch32; echo status $?")
        # It runs again, with all that it had.
        serial.console.send("reboot -f\r")
        serial.console.expect_exact("board# ", timeout=240)
        assert linux.read("resets") == "1"
        assert "sum 500500, vectors of 64 bytes" in serial.run("/root/sve")
    linux.stop()
    linux.destroy()
    partita.disable()
    assert board.sh("nproc") == "4"


@pytest.mark.parametrize("behaviour", ["unknown-instructions", "read-all-registers", "write-all-registers", "debug"])
@pytest.mark.parametrize("board", MACHINES[-1:], ids=machine_name, indirect=True, scope="module")
def test_registers_of_hidden_features_are_undefined(board, enabled, behaviour):
    """All encodings on the CPU that has the most of them: none of them ends the cell."""
    hostile = enabled.run("hostile", "hostile.bin", behaviour)
    console = hostile.await_console(f"^survived: {behaviour}", timeout=240)
    assert not re.search(r"^GRANTED", console, re.M), console
    hostile.stop()
    hostile.destroy()
