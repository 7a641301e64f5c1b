# SPDX-License-Identifier: GPL-2.0-only
"""A guest that knows nothing of Partita, and the terminal on which somebody attaches to it."""

import hashlib
import re

import pytest
from board import BUILD, CACHE, release_of
from conftest import KERNELS
from partita import CELLS, Cell, Footprint, Partita

ESCAPE = "\x1d"


class Terminal:
    """The board's own console, attached to a cell: what is typed there goes to the cell."""

    def __init__(self, board, name):
        self.board, self.name = board, name
        self.before = board.sh("stty -g")
        self.attach()

    def attach(self):
        self.board.send(f"partita console {self.name}")
        self.board.expect(f"this is cell '{self.name}'; Ctrl-] leaves")

    def left(self, words):
        """The end of the command, and the board's shell has its terminal as it was."""
        self.board.expect(words + r"\r*\n")
        assert self.board.sh("stty -g") == self.before

    def run(self, command, timeout=120):
        self.board.console.send(command + "\r")
        self.board.expect(re.escape(command[-8:]))
        self.board.expect("board# ", timeout)
        return self.board.console.before.replace("\r", "")


@pytest.mark.parametrize("kernel", sorted({KERNELS[0], KERNELS[-1]}))
def test_linux_on_a_terminal(boot, kernel):
    release = release_of(kernel)
    board = boot(kernel=kernel, append="cma=320M",
                 files={"vmlinuz": CACHE / "root" / release / "boot" / f"vmlinuz-{release}",
                        "initrd.img": BUILD / "board" / release / "base.cpio.gz"})
    partita = Partita(board)
    before = Footprint(board)
    partita.enable()
    board.sh(f"partita cell create {CELLS}/linux-in-a-cell.dts", timeout=120)
    linux = Cell(partita, "linux")
    linux.start()
    terminal = Terminal(board, "linux")
    board.expect("board# ", 240)
    assert terminal.run("nproc").split()[0] == "2"
    assert "ttyAMA0" in terminal.run("cat /proc/consoles")
    irq, count = re.search(r"(\d+):\s+(\d+).* GICv3 +\d+ Level +uart-pl011",
                           terminal.run("cat /proc/interrupts")).groups()
    assert int(count) > 0
    # No wire, no speed: what is typed at once arrives whole.
    lines = [f"{number:04d} {'x' * (number % 60)}" for number in range(120)]
    text = "".join(f"{line}\n" for line in lines)
    assert len(text) > 4096
    terminal.run("stty -echo; echo silent")
    board.console.send("cat >/tmp/typed; sha256sum /tmp/typed\r" + text + "\x04")
    board.expect(hashlib.sha256(text.encode()).hexdigest(), 120)
    board.expect("board# ")
    board.console.send("stty echo\r")
    board.expect("board# ")
    # And the other way.
    text = "".join(f"{number}\r\n" for number in range(1, 3001))
    board.console.send("seq 3000\r")
    board.expect(r"seq 3000\r+\n")
    board.expect("board# ")
    assert re.sub("\r+", "\r", board.console.before) == text
    # None of them came without a cause.
    spurious = terminal.run(f"cat /proc/irq/{irq}/spurious")
    assert re.search(r"unhandled 0\s", spurious), spurious
    board.console.send(ESCAPE)
    terminal.left("left cell 'linux'")
    assert linux.state == "running"
    # Two at once see the same, and a script sees what is there.
    assert "unhandled 0" in board.sh("partita console linux")
    assert "unhandled 0" in board.run("timeout 3 partita console -f linux").output
    # Ended from outside, the terminal is whole too.
    board.sh("(sleep 3; killall partita) >/dev/null 2>&1 &")
    terminal.attach()
    terminal.left("Terminated")
    terminal.attach()
    terminal.run("echo still here")
    # A reboot is the cell's alone, and no end of it.
    board.console.send("reboot -f\r")
    board.expect("board# ", 240)
    assert terminal.run("nproc").split()[0] == "2"
    board.console.send("poweroff -f\r")
    terminal.left("cell 'linux' is shut down")
    assert (linux.read("starts"), linux.read("resets")) == ("2", "1")
    linux.destroy()
    partita.disable()
    assert before.all_back(Footprint(board))
