# SPDX-License-Identifier: GPL-2.0-only
"""Boot without Linux: packed images as firmware starts them, whole and damaged, on their board and on others."""

import hashlib
import re
import socket
import subprocess
import time

import pytest
from board import BUILD, CACHE, packed_command, prepare, release_of
from booted import SECONDS, Booted, Packed, cell, with_argument
from conftest import KERNELS, LOGS
from partita import CELLS, Cell, Partita

ALONE = True        # each test boots a board of its own
GIC = "virt,virtualization=on,gic-version={}"
EXCHANGE = 'exchange { compatible = "partita,memory-v1"; size = "64K"; };'
SHARES = 'shared-memory = "exchange";'
ALL_RUN = ("hello", "control-loop")


@pytest.fixture
def small(tmp_path):
    """Two cells; the second starts first."""
    return Packed(tmp_path, cell("hello", 0), cell("control-loop", 1, more='start = "first";'), cpus=2)


def test_three_cells_two_of_which_share_memory(tmp_path):
    packed = Packed(tmp_path, EXCHANGE, cell("hello", 0), cell("control-loop", 1, more="trusted-idle;"),
                    cell("sensor", 2, more=SHARES), cell("controller", 3, more=SHARES))
    with Booted(packed) as board:
        board.await_alive("hello", "control-loop", "sensor", "controller")
        assert int(board.await_console("sensor", r"sensor: \d+ periods, ([1-9]\d*) answers").group(1)) > 100
        assert board.said() == ""


@pytest.mark.parametrize("gic", (2, 3))
@pytest.mark.parametrize("cpus", range(1, 9))
def test_cells_on_the_first_and_the_last_cpu(tmp_path, cpus, gic):
    nodes = [cell("hello", 0)] + ([cell("control-loop", cpus - 1)] if cpus > 1 else [])
    packed = Packed(tmp_path, *nodes, cpus=cpus, machine=GIC.format(gic))
    with Booted(packed) as board:
        board.await_console("hello", "hello from CPU 0")
        if cpus > 1:
            board.await_alive("control-loop")
            assert board.cells()["control-loop"].cpus == 1 << (cpus - 1)
        assert board.said() == ""


def test_cell_does_not_wait_for_the_image_of_another(tmp_path):
    first = BUILD / "bench" / "first.bin"
    large = tmp_path / "large.bin"
    large.write_bytes(first.read_bytes().ljust(16 << 20, b"\0"))
    owns = 'devices = "{0}"; console = "{0}";'
    packed = Packed(tmp_path, cell("slow", 0, large, "64M", owns.format("/pl011@9000000")),
                    cell("quick", 1, first, "64K", owns.format("/pl011@9040000") + ' start = "first";'),
                    serials=("null", "null"), cpus=2)
    terminals = {name: tmp_path / name for name in ("slow", "quick")}
    with Booted(packed, serials=[f"file:{path}" for path in terminals.values()]) as board:
        clocks = {name: int(board.wait_for(lambda path=path: path.exists() and re.search(
            r"^first (0x\w{16})$", path.read_text(errors="replace"), re.M))[1], 16)
            for name, path in terminals.items()}
    assert 2 * clocks["quick"] < clocks["slow"]


def test_eight_cells_start_at_once(tmp_path):
    loops = {f"loop-{cpu}": cpu for cpu in range(6)}
    packed = Packed(tmp_path, EXCHANGE, cell("sensor", 6, more=SHARES), cell("controller", 7, more=SHARES), cpus=8,
                    *(cell(name, cpu, BUILD / "cells" / "control-loop.bin") for name, cpu in loops.items()))
    with Booted(packed) as board:
        board.await_alive("sensor", "controller", *loops)
        cells = board.cells()
        assert {name: cells[name].cpus for name in loops} == {name: 1 << cpu for name, cpu in loops.items()}
        assert all(seen.starts == 1 for seen in cells.values())
        assert board.said() == ""


# What is otherwise than on the board that the image was made for, and what is said of it.
OTHER_BOARDS = {
    "less-memory": ({"memory": "512M"}, r"no memory at 0x\w+"),
    "other-cpus": ({"cpu": "cortex-a57"}, r"CPU 0 is of type 0x4100d070, not 0x4100d080"),
    "gicv2": ({"machine": GIC.format(2)}, r"no interrupt controller with all that the board should have at 0x8000000"),
    "cpu-missing": ({"cpus": 1}, r"no interrupt controller with all that the board should have at 0x8000000"),
}


@pytest.mark.parametrize("other", OTHER_BOARDS)
def test_another_board_is_refused(small, other):
    change, line = OTHER_BOARDS[other]
    with Booted(small, **change) as board:
        board.hears("this is not the board that the image was made for\n")
        assert re.search(f"^partita: boot: {line}", board.said(), re.MULTILINE)
        assert not [seen for seen in board.cells().values() if seen.starts]


def test_gicv3_where_a_gicv2_should_be_is_refused(tmp_path):
    packed = Packed(tmp_path, cell("hello", 0), cpus=1, machine=GIC.format(2))
    with Booted(packed, machine=GIC.format(3)) as board:
        board.hears("partita: boot: no interrupt controller with all that the board should have")


def test_cpu_that_does_not_come_keeps_no_other_cell_from_starting(tmp_path):
    packed = Packed(tmp_path, cell("hello", 0), cell("control-loop", 1), cpus=2, machine=GIC.format(2))
    with Booted(packed, cpus=1) as board:
        board.hears("partita: boot: the firmware does not turn on CPU 1: error -")
        board.await_console("hello", "hello from CPU 0")
        assert board.state("control-loop") == "none"


def started_at(packed, at, **machine):
    """By a debug probe, with no firmware that would care."""
    return Booted(packed, packed_command(None, cpus=2, serials=(f"file:{packed.folder}/uart.txt",), extra=(
        "-device", f"loader,file={packed.image},addr={at:#x},force-raw=on", "-device", f"loader,addr={at:#x},cpu-num=0"),
        **machine))


@pytest.mark.parametrize("level, machine", ((1, "virt,gic-version=3"), (3, "virt,gic-version=3,virtualization=on,secure=on")))
def test_start_at_another_exception_level_is_refused(small, level, machine):
    with started_at(small, small.base, machine=machine) as board:
        board.hears(f"partita: boot: started at exception level {level}, not 2\n")


def test_start_at_another_address_is_refused(small):
    at = small.base + 0x4000000
    with started_at(small, at) as board:
        board.hears(f"partita: boot: started at {at:#x}, not {small.base:#x}\n")


DAMAGE = {
    "hypervisor": (lambda p: p.bytes.index(b"no cell could be started"),
                   "partita: boot: the image is damaged: the checksum of the hypervisor is 0x"),
    "system-blob": (lambda p: p.system_at + 100, "partita: boot: the system blob of the image is damaged: reason and offset "),
    "boot-table": (lambda p: p.boot_at + 100, "partita: boot: the table of the image is damaged: offset "),
    "version": (lambda p: p.boot_at + 4, "partita: boot: the image was packed for interface version "),
}


@pytest.mark.parametrize("part", DAMAGE)
def test_damaged_image_is_refused(small, part):
    place, line = DAMAGE[part]
    with Booted(small.damaged(place(small))) as board:
        board.hears(line)
        board.wait_for(lambda: board.said().endswith("\n"))
        assert board.said().count("\n") == 1
        assert not board.cells()


def blob_of(packed, name):
    """Where in the image a cell's blob names it; the name is in no other part."""
    places = [found.start() for found in re.finditer(re.escape(name.encode() + b"\0"), packed.bytes)
              if packed.bytes.rfind(b"PTYC", found.start() - 64, found.start()) >= 0]
    assert len(places) == 1
    return places[0]


SPOILT = {
    "blob": (lambda p: p.damaged(blob_of(p, "hello") + 40), r"partita: boot: cell 1 of the image is refused: error -\d+, reason "),
    "contents": (lambda p: p.damaged(p.bytes.index((BUILD / "cells" / "hello.bin").read_bytes()) + 1000),
                 "partita: boot: cell hello: part 1 of what the image has for it is damaged\n"),
}


@pytest.mark.parametrize("part", SPOILT)
def test_damaged_cell_keeps_no_other_from_starting(small, part):
    spoil, line = SPOILT[part]
    with Booted(spoil(small)) as board:
        board.wait_for(lambda: re.search(f"^{line}", board.said(), re.MULTILINE))
        board.await_alive("control-loop")
        board.wait_for(lambda: board.state("hello") == ("none" if part == "blob" else "failed"))
        assert "no cell could be started" not in board.said()


def test_what_was_cut_off_the_image_is_missed(tmp_path):
    packed = Packed(tmp_path, cell("hello", 0), cell("control-loop", 1), cpus=2)
    with Booted(packed.other(packed.bytes[:-4096])) as board:
        board.hears("of what the image has for it is damaged")
        board.wait_for(lambda: "running" in [seen.state for seen in board.cells().values()])


def test_cell_that_faults_while_others_boot_is_alone_in_that(tmp_path):
    hostile = with_argument(tmp_path, "hostile", "read 0x0")
    packed = Packed(tmp_path, cell("hostile", 0, hostile), cell("hello", 1), cell("control-loop", 2), cpus=3)
    with Booted(packed) as board:
        assert board.await_state("hostile", "failed").starts == 1
        board.await_alive("hello", "control-loop")
        assert board.said() == ""   # it manages nobody


def all_damaged(folder, rescue):
    packed = Packed(folder, f'rescue = "{rescue}";', cell("hello", 0), cell("control-loop", 1), cpus=2)
    spoilt = bytearray(packed.bytes)
    for name in ALL_RUN:
        spoilt[packed.bytes.index((BUILD / "cells" / f"{name}.bin").read_bytes()) + 1000] ^= 1
    return packed.other(spoilt)


def test_board_on_which_no_cell_starts_is_reset(tmp_path):
    with Booted(all_damaged(tmp_path, "reset")) as board:
        board.wait_for(lambda: board.process.poll() is not None, ended=True)
        assert board.said().count("is damaged\n") == 2
        assert board.said().endswith("partita: boot: no cell could be started\n")


def test_board_on_which_no_cell_starts_halts(tmp_path):
    with Booted(all_damaged(tmp_path, "halt")) as board:
        board.hears("partita: boot: no cell could be started\n")
        time.sleep(0.5)
        assert board.process.poll() is None
        assert board.said().count("no cell could be started") == 1


def managed(folder, rescue):
    faults = with_argument(folder, "hostile", "read 0x0")
    return Packed(folder, f'rescue = "{rescue}";', cell("manager", 0, faults, more='may-start = "*";'),
                  cell("control-loop", 1), cpus=2)


def test_manager_that_fails_is_started_again(tmp_path):
    with Booted(managed(tmp_path, "restart")) as board:
        board.hears("partita: cell manager, which manages others, has failed: it is started again\n")
        board.wait_for(lambda: board.cells()["manager"].starts >= 3)
        board.await_alive("control-loop")
        assert board.cells()["control-loop"].starts == 1


def test_manager_that_fails_leaves_the_others_to_themselves(tmp_path):
    with Booted(managed(tmp_path, "halt")) as board:
        board.hears("partita: cell manager, which manages others, has failed: nobody manages them\n")
        board.await_alive("control-loop")
        assert board.cells()["manager"].starts == 1


def test_manager_that_fails_resets_the_board(tmp_path):
    with Booted(managed(tmp_path, "reset")) as board:
        board.wait_for(lambda: board.process.poll() is not None, ended=True)
        assert board.said() == "partita: cell manager, which manages others, has failed: reset\n"


def test_cell_that_resets_itself_for_ever_is_started_ten_times_a_second_at_most(tmp_path):
    resets = with_argument(tmp_path, "hostile", "reset")
    packed = Packed(tmp_path, cell("hostile", 0, resets, more='guest-address = <0x10 0x0>;'),
                    cell("control-loop", 1), cpus=2)
    with Booted(packed) as board:
        first = board.wait_for(lambda: (seen := board.cells().get("hostile")) and seen.starts >= 2 and seen)
        began = time.monotonic()
        last = board.wait_for(lambda: (seen := board.cells()["hostile"]).starts >= first.starts + 8 and seen)
        # The first may have been just before a start.
        assert last.starts - first.starts <= 1 + 10 * (time.monotonic() - began)
        # The board runs on while it is looked at, so that these are of different moments.
        assert last.starts - 2 <= last.resets <= last.starts
        board.await_alive("control-loop")


def test_what_a_cell_owns_is_the_same_late_and_booted(tmp_path, boot):
    """One system file; the cell tells what it finds."""
    (tmp_path / "hello.bin").write_bytes((BUILD / "cells" / "hello.bin").read_bytes())
    packed = Packed(tmp_path, cell("hello", "3 1", "hello.bin", more='guest-address = <0x10 0x0>; devices = "/pl011@9040000";'),
                    memory="2G", serials=("null", "null"))
    with Booted(packed) as board:
        board.await_console("hello", "hello from CPU 1")
        booted = board.console("hello")
    late = boot(second_serial="null", files={f"{CELLS}/system.dts": packed.source})
    Partita(late).enable()
    late.sh(f"partita cell create {CELLS}/system.dts && partita cell start hello")
    told = Cell(Partita(late), "hello").await_console("hello from CPU 1")
    assert "interrupt 40" in told
    assert sorted(told.split("\n")) == sorted(booted.rstrip().split("\n"))


class Terminal:
    """A UART of the board, with somebody before it."""

    def __init__(self, fdpexpect, path, log):
        self.socket = socket.socket(socket.AF_UNIX)
        end = time.monotonic() + SECONDS
        while self.socket.connect_ex(str(path)):
            assert time.monotonic() < end, "QEMU does not start"
            time.sleep(0.05)
        self.console = fdpexpect.fdspawn(self.socket, encoding="utf-8", codec_errors="replace", timeout=2 * SECONDS)
        self.console.logfile_read = log

    def expect(self, pattern):
        self.console.expect(pattern)
        return self.console.match

    def run(self, line, prompt):
        self.console.send(line + "\r")
        self.console.expect_exact(line)
        self.console.expect_exact(prompt)
        return self.console.before.replace("\r", "")


@pytest.fixture
def terminals(request, tmp_path):
    """Give a running board's UARTs, which are sockets in its folder, to the test."""
    fdpexpect = pytest.importorskip("pexpect.fdpexpect")
    LOGS.mkdir(parents=True, exist_ok=True)
    logs = []

    def connect(count):
        names = [f"{request.node.name}-{n}" for n in range(count)]
        logs.extend(open(LOGS / f"{name}.log", "w", encoding="utf-8", errors="replace") for name in names)
        return [Terminal(fdpexpect, tmp_path / f"uart{n}", logs[n]) for n in range(count)]

    yield connect
    for log in logs:
        log.close()


def sockets(folder, count):
    return tuple(f"unix:{folder}/uart{n},server=on,wait=off" for n in range(count))


PROMPT = "board# "


def linux(name, cpu, kernel, uart):
    release = prepare(kernel)
    return cell(name, cpu, CACHE / "root" / release / "boot" / f"vmlinuz-{release}", "256M",
                f'initrd = "{BUILD}/board/{release}/base.cpio.gz"; devices = "{uart}"; console = "{uart}"; '
                'command-line = "loglevel=4";')


def test_two_linuxes_and_no_manager(tmp_path, terminals):
    packed = Packed(tmp_path, linux("one", "0 2", KERNELS[0], "/pl011@9000000"),
                    linux("two", 1, KERNELS[-1], "/pl011@9040000"), serials=sockets(tmp_path, 2), cpus=3)
    with Booted(packed, serials=sockets(tmp_path, 2)) as board:
        one, two = terminals(2)
        for terminal, kernel, cpus in ((one, KERNELS[0], "2"), (two, KERNELS[-1], "1")):
            terminal.expect(PROMPT)
            assert terminal.run("uname -r", PROMPT).split()[0] == release_of(kernel)
            assert terminal.run("grep -c ^processor /proc/cpuinfo", PROMPT).split()[0] == cpus
        two.run("echo still here >/run/mark", PROMPT)
        one.console.send("reboot -f\r")
        one.expect(PROMPT)
        assert one.run("nproc", PROMPT).split()[0] == "2"
        seen = board.cells()
        assert (seen["one"].starts, seen["one"].resets, seen["two"].starts) == (2, 1, 1)
        assert "still here" in two.run("cat /run/mark", PROMPT)
        one.console.send("poweroff -f\r")
        board.await_state("one", "shut down")
        assert "still here" in two.run("cat /run/mark", PROMPT)
        assert board.state("two") == "running"


U_BOOT = CACHE / "root/u-boot/usr/lib/u-boot/qemu_arm64/u-boot.bin"
LOADED_AT = 0x50000000      # away from where the image goes


def from_u_boot(packed, *extra):
    command = packed_command(None, serials=sockets(packed.folder, 1), extra=(
        "-bios", str(U_BOOT), "-device", f"loader,file={packed.image},addr={LOADED_AT:#x},force-raw=on", *extra),
        **packed.machine)
    return Booted(packed, command)


def two_cells(folder, **options):
    return Packed(folder, cell("hello", 0), cell("control-loop", 1), cpus=2, **options)


def type_at_u_boot(terminals, command):
    (u_boot,) = terminals(1)
    u_boot.expect("Hit any key to stop autoboot")
    u_boot.console.send("\r")
    u_boot.expect("\n=> ")
    u_boot.console.send(command + "\r")
    return u_boot


# The tree of a FIT is the one that it was packed for; what is given by hand goes before that.
COMMANDS = {
    "booti": f"booti {LOADED_AT:#x} - ${{fdtcontroladdr}}",
    "fit": f"bootm {LOADED_AT:#x}",
    "fit-and-the-tree-of-u-boot": f"bootm {LOADED_AT:#x} - ${{fdtcontroladdr}}",
}


@pytest.mark.parametrize("way", COMMANDS)
def test_u_boot_starts_it(tmp_path, terminals, way):
    with from_u_boot(two_cells(tmp_path, fit=way != "booti")) as board:
        u_boot = type_at_u_boot(terminals, COMMANDS[way])
        u_boot.expect("Starting kernel")
        assert ("sha256+ OK" in u_boot.console.before) == (way != "booti")
        board.await_alive("hello", "control-loop")


def test_u_boot_refuses_a_fit_that_was_tampered_with(tmp_path, terminals):
    packed = two_cells(tmp_path, fit=True)
    content = bytearray(packed.image.read_bytes())
    content[content.index(b"no cell could be started")] ^= 1
    with from_u_boot(packed.other(content)) as board:
        u_boot = type_at_u_boot(terminals, COMMANDS["fit"])
        u_boot.expect("Bad hash value for 'hash-1' hash node in 'system' image node")
        u_boot.expect("\n=> ")
        assert "Starting kernel" not in u_boot.console.before
        assert not board.cells()


SIGNATURE = """fdt = "board";
			signature-1 {
				algo = "sha256,rsa2048";
				key-name-hint = "ours";
				sign-images = "kernel", "fdt";
			};"""


def sign(packed):
    """As a user does: a key, a node in the source that pack has left, and mkimage puts the key into U-Boot's own tree."""
    folder, keyed = packed.folder, packed.folder / "keyed.dtb"
    source = folder / "system.itb.its"
    source.write_text(source.read_text().replace('fdt = "board";', SIGNATURE))
    keyed.write_bytes(packed.tree.read_bytes())
    for command in ("openssl genpkey -quiet -algorithm RSA -out ours.key",
                    "openssl req -batch -new -x509 -key ours.key -out ours.crt",
                    f"mkimage -f {source} -k . -K {keyed} -r system.itb"):
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True, timeout=SECONDS)
    return "-dtb", str(keyed)


@pytest.mark.parametrize("image", ("signed", "tampered-with", "unsigned"))
def test_u_boot_with_a_key_starts_nothing_but_what_was_signed_with_it(tmp_path, terminals, image):
    packed = two_cells(tmp_path, fit=True)
    unsigned = packed.image.read_bytes()
    keyed = sign(packed)
    if image == "tampered-with":
        # With the hash made right again, which anybody can.
        tampered = packed.bytes.replace(b"no cell could be started", b"no cell could be stopped")
        hashes = [hashlib.sha256(content).digest() for content in (packed.bytes, tampered)]
        signed = packed.image.read_bytes()
        packed.other(signed.replace(packed.bytes, tampered).replace(*hashes))
    elif image == "unsigned":
        packed.other(unsigned)
    with from_u_boot(packed, *keyed) as board:
        u_boot = type_at_u_boot(terminals, COMMANDS["fit"])
        if image == "signed":
            u_boot.expect("Verifying Hash Integrity ... sha256,rsa2048:ours\\+ OK")
            u_boot.expect("Starting kernel")
            board.await_alive("hello", "control-loop")
        else:
            u_boot.expect("Failed to verify required signature 'key-ours'")
            u_boot.expect("\n=> ")
            assert not board.cells()
