# SPDX-License-Identifier: GPL-2.0-only
"""What a debugger shows of a cell: of one that has failed, and of one that runs."""

import base64
import os
import re
import subprocess
import tempfile

import pexpect
import pytest
from board import BUILD
from partita import SYSFS

SOCKET = tempfile.mkdtemp() + "/gdb"
# A second serial, which Linux has, is the way from the debugger to the board.
BOARD = {"extra": ("-chardev", f"socket,id=gdb,path={SOCKET},server=on,wait=off", "-serial", "chardev:gdb")}
LINE = "/dev/ttyAMA1"


def refused(board, command, *words):
    result = board.run(command)
    assert result.status == 1, result
    for word in words:
        assert word in result.output, result


def memory_of(cell):
    return cell.read("regions").split()[0]


def fetch(board, path, to):
    """A file of the board, which has no way out but its console."""
    text = board.sh(f"gzip -c {path} | base64")
    to.write_bytes(subprocess.run(["gunzip"], input=base64.b64decode(text), capture_output=True,
                                  check=True).stdout)


class Gdb:
    """gdb, with what a cell was made from, at its place in memory."""

    def __init__(self, program, place):
        self.console = pexpect.spawn("gdb-multiarch", ["-q", "-nx"], encoding="utf-8", echo=False, timeout=60,
                                     env={**os.environ, "TERM": "dumb"})
        self.console.expect_exact("(gdb) ")
        for setting in ("pagination off", "confirm off", "style enabled off", "width 0", "remotetimeout 30"):
            self.do(f"set {setting}")
        self.do(f"symbol-file -o {place} {BUILD}/cells/{program}.elf")

    def do(self, command):
        self.console.sendline(command)
        return self.answer()

    def answer(self):
        self.console.expect_exact("(gdb) ")
        return self.console.before.replace("\r", "")

    def interrupt(self):
        self.console.sendintr()
        return self.answer()

    def close(self):
        self.console.close(force=True)


@pytest.fixture
def debugger(board):
    """Starts gdb, connected to a cell if one is named."""
    sessions = []

    def start(cell, program, live=True):
        session = Gdb(program, memory_of(cell))
        sessions.append(session)
        if live:
            session.server = board.start(f"sh -c 'stty raw -echo <{LINE}; exec partita cell gdb {cell.name} --stdio "
                                         f"<{LINE} >{LINE} 2>/run/gdb.log'")
            said = session.do(f"target remote {SOCKET}")
            assert "Remote debugging" in said, said + board.sh("cat /run/gdb.log")
        return session

    yield start
    for session in sessions:
        session.close()


@pytest.fixture
def neighbour(enabled):
    """A cell that must notice nothing."""
    cell = enabled.run("neighbour", "victim.bin", "50000", cpus=(1,), more="trusted-idle;")
    cell.await_heartbeat(1)
    exits = enabled.exits(1)
    yield cell
    assert enabled.exits(1) == exits
    cell.shutdown()
    assert "damage 0, aliens 0" in cell.console()


def test_core_of_a_failed_cell_shows_where_it_failed(board, enabled, neighbour, debugger, tmp_path):
    cell = enabled.run("hostile", "hostile.bin", "read 0x30000000", more="core-dump;")
    cell.await_state("failed")
    board.sh("partita cell dump hostile -o /run/core && partita cell dump hostile | cmp - /run/core")
    # Pages of zeros take no room: of 4 MiB the cell has touched little.
    assert int(board.sh("du -k /run/core").split()[0]) < 1024
    fetch(board, "/run/core", tmp_path / "core")
    gdb = debugger(cell, "hostile", live=False)
    gdb.do(f"core-file {tmp_path}/core")
    fault = cell.fault()
    assert f"pc             {fault['pc']}" in gdb.do("info registers pc")
    assert f"{int(fault['x20'], 16):#x}" in gdb.do("p/x $x20")
    trace = gdb.do("bt")
    assert "read" in trace and "main" in trace, trace
    # Its memory is what its program was loaded from, and what it made of that.
    gdb.do(f"dump binary memory {tmp_path}/text {memory_of(cell)} {memory_of(cell)}+4096")
    program = (BUILD / "cells" / "hostile.bin").read_bytes()
    assert (tmp_path / "text").read_bytes() == program[:4096]
    cell.load("hostile.bin")
    refused(board, "partita cell dump hostile -o /run/core", "erased")


def test_dump_and_debugger_are_for_cells_that_allow_it(board, enabled):
    enabled.run("neighbour", "control-loop.bin", cpus=(2,), more="core-dump; debug;")
    cell = enabled.run("loop", "control-loop.bin")
    refused(board, "partita cell gdb loop --stdio </dev/null", "debug;")
    cell.stop()
    refused(board, "partita cell dump loop -o /run/core", "core-dump;")
    refused(board, "partita cell dump neighbour -o /run/core", "running", "partita cell stop neighbour")
    board.sh("partita cell stop neighbour")
    refused(board, "partita cell gdb neighbour --stdio </dev/null", "shut down", "partita cell dump neighbour")


def test_live_cell_is_halted_stepped_and_watched(board, enabled, neighbour, debugger):
    cell = enabled.run("victim", "victim.bin", "50000", more="debug;")
    cell.await_heartbeat(1)
    gdb = debugger(cell, "victim")
    assert cell.state == "running"
    gdb.do("break cell_heartbeat")
    assert "Breakpoint 1, cell_heartbeat" in gdb.do("continue")
    assert "look_once" in gdb.do("bt") and "main" in gdb.do("bt")
    beat = cell.heartbeat
    before = int(re.search(r"0x[0-9a-f]+", gdb.do("p/x $pc"))[0], 16)
    gdb.do("stepi")
    assert f"{before + 4:#x}" in gdb.do("p/x $pc")
    assert "Breakpoint 1" in gdb.do("continue")
    # The neighbour's memory is not the cell's, nor is Linux'.
    assert "Cannot access" in gdb.do("x/x 0x50000000")
    gdb.do("delete")
    gdb.do("hbreak cell_now")
    assert "cell_now" in gdb.do("continue")
    gdb.do("delete")
    assert "Hardware watchpoint" in gdb.do("watch *(long *)&'last.0'")
    said = gdb.do("continue")
    assert "Hardware watchpoint" in said and "Old value" in said, said
    gdb.do("delete")
    gdb.do("set $x28 = 0x1234567812345678")
    assert "0x1234567812345678" in gdb.do("p/x $x28")
    assert "detached" in gdb.do("detach")
    cell.await_heartbeat(beat + 3)


def test_cpus_of_a_cell_are_threads(board, enabled, neighbour, debugger):
    cell = enabled.run("hello", "hello.bin", cpus=(2, 3), more="debug;")
    cell.await_console("from CPU 1")
    gdb = debugger(cell, "hello")
    threads = gdb.do("info threads")
    assert len(re.findall(r"Thread \d", threads)) == 2, threads
    assert "greet" in gdb.do("thread 2") + gdb.do("bt")
    gdb.console.sendline("continue")
    board.sh("sleep 1")
    assert "SIGINT" in gdb.interrupt()
    gdb.do("break cell_shutdown_requested")
    assert "cell_shutdown_requested" in gdb.do("continue")
    # Whoever debugs it may die: the cell goes on, and can be debugged again.
    board.sh(f"kill -9 {gdb.server}")
    gdb.close()
    gdb = debugger(cell, "hello")
    assert "greet" in gdb.do("thread 2") + gdb.do("bt")
    # A halted cell is stopped like any other.
    cell.stop()
    assert cell.state == "shut down"


def test_debugger_that_breaks_off_leaves_no_breakpoint(board, enabled, debugger):
    cell = enabled.run("victim", "victim.bin", "50000", more="debug;")
    cell.await_heartbeat(1)
    gdb = debugger(cell, "victim")
    gdb.do("break cell_heartbeat")
    gdb.console.sendline("continue")
    gdb.answer()
    gdb.do("disable")
    gdb.do("tbreak cell_fault")
    gdb.console.sendline("continue")
    beat = cell.heartbeat
    cell.await_heartbeat(beat + 2)
    board.sh(f"kill {gdb.server}")
    cell.await_heartbeat(beat + 4)
    assert cell.state == "running"
    cell.shutdown()
    assert "damage 0" in cell.console()
