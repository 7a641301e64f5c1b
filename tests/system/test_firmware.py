# SPDX-License-Identifier: GPL-2.0-only
"""What users have, unchanged: U-Boot and EDK2 as Debian packages them, and a program for QEMU's virt board."""

import re
import subprocess

import pytest
from board import BUILD, CACHE, CLOCK_LEFT_ALONE, FLASH_CHIPS_APART, release_of
from conftest import KERNELS, MACHINES, machine_name, on_both_ends
from partita import CELLS, Cell

ESCAPE = "\x1d"
ESC = "\x1b"
U_BOOT = "usr/lib/u-boot/qemu_arm64/u-boot.bin"
EDK2 = "usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
VIRT = BUILD / "tests" / "virt.bin"
RELEASE = release_of(KERNELS[0])
KERNEL_AT, INITRD_AT, TREE_AT = 0x44000000, 0x4c000000, 0x40000000

BOARD = {
    "append": "cma=320M",
    "tree": FLASH_CHIPS_APART + CLOCK_LEFT_ALONE,
    "files": {
        U_BOOT: CACHE / "root" / "u-boot" / U_BOOT,
        EDK2: CACHE / "root" / "edk2" / EDK2,
        f"{CELLS}/rtos.bin": VIRT,
        "vmlinuz": CACHE / "root" / RELEASE / "boot" / f"vmlinuz-{RELEASE}",
        "initrd.img": BUILD / "board" / RELEASE / "base.cpio.gz",
    },
}


# The same board as the first of both ends, so that it boots once.
on_one_end = pytest.mark.parametrize("board", MACHINES[:1], ids=machine_name, indirect=True,
                                     scope="module")


class Guest(Cell):
    """A cell that somebody sits at: the board's console is its terminal."""

    def __init__(self, partita, file, name, old="", new=""):
        super().__init__(partita, name)
        board = partita.board
        if old:
            board.sh(f"sed 's#{old}#{new}#' {CELLS}/{file} >{CELLS}/changed-{file}; "
                     f"! cmp -s {CELLS}/{file} {CELLS}/changed-{file}")
            file = f"changed-{file}"
        assert board.sh(f"partita config check {CELLS}/{file}").endswith(": 1 cell, fine")
        board.sh(f"partita cell create {CELLS}/{file}", timeout=120)

    def attach(self):
        self.board.send(f"partita console {self.name}")
        self.board.expect(f"this is cell '{self.name}'; Ctrl-] leaves")

    def type(self, text):
        self.board.console.send(text)

    def expect(self, pattern, timeout=120):
        return self.board.expect(pattern, timeout)

    def leave(self):
        self.type(ESCAPE)
        self.ended("left cell '{}'")

    def ended(self, words):
        """The command is over, and the board's shell reads again."""
        self.expect(words.format(self.name) + r"\r*\n")
        self.board.sh("true")


class UBoot(Guest):
    def __init__(self, partita, *change):
        super().__init__(partita, "u-boot-in-a-cell.dts", "u-boot", *change)

    def boot(self):
        self.start()
        self.attach()
        self.await_prompt()

    def await_prompt(self):
        # It boots by itself after two seconds of its own clock, unless it is told not to.
        self.expect("Hit any key to stop autoboot")
        self.type("\r")
        self.expect("\n=> ")

    def run(self, command):
        self.type(command + "\r")
        self.expect(re.escape(command))
        self.expect("\n=> ")
        return self.board.console.before.replace("\r", "")


@on_both_ends
def test_u_boot_to_its_prompt_and_back(board, enabled):
    u_boot = UBoot(enabled)
    u_boot.boot()
    facts = u_boot.run("bdinfo")
    assert re.search(r"start += 0x0*40000000\n.*size += 0x0*4000000\n", facts), facts
    assert "U-Boot 20" in u_boot.run("version")
    u_boot.run("sleep 1")
    # Its environment is in flash, and is there in its next life.
    assert "OK" in u_boot.run("setenv bootdelay -1; setenv left behind; saveenv")
    u_boot.type("poweroff\r")
    u_boot.ended("cell '{}' is shut down")
    u_boot.destroy()
    u_boot = UBoot(enabled)
    u_boot.start()
    u_boot.attach()
    u_boot.expect("\n=> ")
    assert "left=behind" in u_boot.run("printenv left")
    # The next test finds it as new.
    u_boot.run("env default -a; saveenv")
    u_boot.leave()
    assert u_boot.state == "running"
    u_boot.stop()
    u_boot.destroy()


@on_one_end
def test_reset_of_u_boot_is_that_of_its_cell(board, enabled):
    u_boot = UBoot(enabled)
    u_boot.boot()
    u_boot.type("reset\r")
    u_boot.await_prompt()
    assert "Bank" in u_boot.run("flinfo")
    u_boot.leave()
    assert (u_boot.state, u_boot.read("resets")) == ("running", "1")
    assert board.sh("nproc") == "3"


@on_one_end
def test_u_boot_that_looks_at_foreign_memory_ends_alone(board, enabled):
    neighbour = enabled.run("neighbour", "control-loop.bin", cpus=(2,))
    u_boot = UBoot(enabled)
    u_boot.boot()
    assert "40000000: " in u_boot.run("md 40000000 4")
    u_boot.type("md 50000000 4\r")
    u_boot.ended("cell '{}' is failed")
    fault = u_boot.fault()
    assert fault["kind"] == "access to memory it does not own"
    assert int(fault["address"], 16) == 0x50000000 and fault["cpu"] == "3"
    neighbour.await_heartbeat(neighbour.heartbeat + 1000)
    assert neighbour.state == "running" and board.sh("nproc") == "2"


@on_one_end
def test_u_boot_boots_a_kernel(board, enabled):
    u_boot = UBoot(enabled, '"64M"', '"256M"')
    u_boot.do("load", f"/vmlinuz@{KERNEL_AT:#x}", f"/initrd.img@{INITRD_AT:#x}")
    size = int(board.sh("stat -c %s /initrd.img"))
    u_boot.boot()
    u_boot.run("setenv bootargs panic=-1")
    u_boot.type(f"booti {KERNEL_AT:x} {INITRD_AT:x}:{size:x} {TREE_AT:x}\r")
    u_boot.expect("Starting kernel")
    u_boot.expect("board# ", 240)
    u_boot.type("uname -r; poweroff -f\r")
    u_boot.expect(re.escape(RELEASE))
    u_boot.ended("cell '{}' is shut down")


@on_both_ends
def test_edk2_to_its_shell(board, enabled):
    uefi = Guest(enabled, "uefi-in-a-cell.dts", "uefi")
    uefi.start()
    uefi.attach()
    # Its shell waits some seconds of its own clock for a script that is not there.
    uefi.expect("in 5 seconds to skip", 240)
    uefi.type(ESC)
    uefi.expect("Shell> ")
    uefi.type("ver\r")
    uefi.expect("UEFI Interactive Shell v")
    uefi.expect("Shell> ")
    uefi.type("reset -s\r")
    uefi.ended("cell '{}' is shut down")
    assert board.sh("nproc") == "3"


def test_program_for_the_virt_board_runs_as_it_runs_there():
    """Bare, what the next test sees in a cell."""
    done = subprocess.run(
        ["timeout", "60", "qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a72",
         "-m", "128M", "-nodefaults", "-display", "none", "-serial", "stdio", "-kernel", VIRT],
        input=b"hello\r", stdout=subprocess.PIPE, check=True)
    assert done.stdout.decode().split("\r\n") == [
        "virt: on CPU 0", "virt: the timer ticks", "virt: type a line", "hello\r", "virt: off", ""]


@on_one_end
@pytest.mark.parametrize("cpu", [0, 3])
def test_program_for_the_virt_board_runs_in_a_cell(board, enabled, cpu):
    change = ("cpus = <3>", f"cpus = <{cpu}>") if cpu != 3 else ()
    rtos = Guest(enabled, "virt-image-in-a-cell.dts", "rtos", *change)
    rtos.start()
    rtos.attach()
    rtos.expect(f"virt: on CPU {cpu}\r")
    rtos.expect("virt: the timer ticks\r")
    rtos.expect("virt: type a line\r")
    rtos.type("hello\r")
    rtos.expect("hello\r")
    rtos.expect("virt: off\r")
    rtos.ended("cell '{}' is shut down")
