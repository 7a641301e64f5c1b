# SPDX-License-Identifier: GPL-2.0-only
"""`partita config` on this machine, built by `make host-partita`; no board is booted.

What the command prints about the shipped examples is kept in golden/. GOLDEN=write in the
environment writes them anew; read the difference before it is kept.
"""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import xml.etree.ElementTree
import zlib

import pytest
from board import BUILD, CLOCK_LEFT_ALONE, FLASH_CHIPS_APART, TOP

COMMAND = BUILD / "host" / "partita"
GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
EXAMPLES = sorted(p.relative_to(TOP) for pattern in ("config/examples/*.dts", "cells/*/*.dts")
                  for p in TOP.glob(pattern))
# The header of an arm64 Image that wants 1 MiB.
KERNEL = struct.pack("<8Q", 0, 0, 1 << 20, 0xa, 0, 0, 0, 0x644d5241)
LICENSE = "SPDX-License-Identifier: GPL-2.0-only\n\n"
CELL = """/dts-v1/;
/ {{
	compatible = "partita,system-v1";
	{name} {{
		compatible = "partita,cell-v1";
		cpus = <{cpus}>;
		memory = "{memory}";
		{more}
	}};
}};
"""


class Desk:
    """A directory with copies of the examples, their images, and virt's tree as board.dtb."""

    def __init__(self, path):
        self.path = path
        for example in EXAMPLES:
            copy = path / example
            copy.parent.mkdir(parents=True, exist_ok=True)
            # What a Debian has somewhere below its root directory is here a file of this desk.
            text = TOP.joinpath(example).read_text().replace('image = "/', 'image = "')
            copy.write_text(text.replace('initrd = "/', 'initrd = "'))
            for image in copy.read_text().split('image = "')[1:]:
                image = copy.parent / image.split('"')[0]
                image.parent.mkdir(parents=True, exist_ok=True)
                image.write_bytes(KERNEL if image.name == "vmlinuz" else bytes(4096))
            copy.with_name("initrd.img").write_bytes(bytes(4096))
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", path / "board.dtb",
                        TOP / "tests/unit/config/virt.dts"], check=True)
        shutil.copy(path / "board.dtb", path / "uefi-in-a-cell.dtb")
        for change in FLASH_CHIPS_APART + CLOCK_LEFT_ALONE:
            subprocess.run(["fdtput"] + change.replace("TREE", "uefi-in-a-cell.dtb").split(),
                           cwd=path, check=True)

    def board_of(self, example):
        """The board that an example is for."""
        own = pathlib.Path(example).with_suffix(".dtb").name
        return own if self.path.joinpath(own).exists() else "board.dtb"

    def run(self, *arguments, **options):
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        return subprocess.run([COMMAND, "config", *map(str, arguments)], cwd=self.path,
                              env=environment, capture_output=True, text=True, timeout=60,
                              check=False, **options)

    def good(self, *arguments):
        """The output of what has to succeed without a word on standard error."""
        done = self.run(*arguments)
        assert (done.returncode, done.stderr) == (0, ""), arguments
        return done.stdout

    def bad(self, *arguments):
        """The messages of what has to fail without printing a result."""
        done = self.run(*arguments)
        assert (done.returncode, done.stdout) == (1, ""), arguments
        return done.stderr

    def write(self, name, cpus="3", memory="4M", more="", cell="one"):
        self.path.joinpath(name).write_text(
            CELL.format(name=cell, cpus=cpus, memory=memory, more=more))
        return name

    def compile(self, file, directory="blobs", *more):
        self.path.joinpath(directory).mkdir(exist_ok=True)
        self.good("compile", file, "--board", self.board_of(file), "-o", directory, *more)
        return {f.name: f.read_bytes() for f in sorted(self.path.joinpath(directory).iterdir())}

    def physical(self, blob):
        shown = json.loads(self.good("show", blob, "--json"))
        return int(shown["regions"][0]["physical"], 16)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def assert_golden(name, text):
    file = GOLDEN / f"{name}.txt"
    text = LICENSE + text
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text)
    assert text == file.read_text()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.stem)
def test_an_example_is_fine_and_its_blobs_say_what_it_says(desk, example):
    text = desk.good("check", example, "--board", desk.board_of(example))
    desk.compile(example)
    for blob in sorted(desk.path.glob("blobs/*.blob")):
        if blob.name != "system.blob":
            text += desk.good("show", blob.relative_to(desk.path), "--system",
                              "blobs/system.blob")
    assert_golden(f"{example.stem}.shown", text)


def test_the_boards_blob_in_words_and_in_json(desk):
    desk.compile("config/examples/two-cells.dts")
    assert_golden("system.shown", desk.good("show", "blobs/system.blob"))
    text = desk.good("show", "blobs/system.blob", "--json")
    assert_golden("system.json", text)
    shown = json.loads(text)
    assert shown["accepted"] and len(shown["cpus"]) == 4
    assert shown["memory"] == [{"base": "0x40000000", "size": 2 << 30}]


def test_a_cells_blob_in_json(desk):
    desk.compile("config/examples/uart.dts")
    text = desk.good("show", "blobs/gateway.blob", "--json")
    assert_golden("uart.json", text)
    shown = json.loads(text)
    assert shown["kind"] == "cell" and shown["name"] == "gateway"
    assert shown["interrupts"] == [{"spi": 8, "intid": 40}]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda p: p.stem)
def test_the_same_input_gives_the_same_bytes(desk, example):
    first = desk.compile(example, "first")
    assert first == desk.compile(example, "second")
    assert "system.blob" in first and len(first) > 1


def test_a_cell_has_a_device_tree_of_its_own(desk):
    desk.compile("config/examples/uart.dts")

    def tree(node, name):
        return subprocess.run(["fdtget", "-t", "x", desk.path / "blobs/gateway.dtb", node, name],
                              capture_output=True, text=True, check=True).stdout.split()

    assert tree("/pl011@9040000", "reg") == ["0", "9040000", "0", "1000"]
    assert tree("/pl011@9040000", "interrupts") == ["0", "8", "4"]
    assert tree("/cpus/cpu@3", "reg") == ["0", "3"]
    shown = json.loads(desk.good("show", "blobs/gateway.blob", "--json"))
    memory = int(shown["regions"][0]["address"], 16)
    assert tree(f"/memory@{memory:x}", "reg") == ["0", f"{memory:x}", "0", "400000"]


def test_compiling_over_older_blobs_replaces_them(desk):
    before = desk.compile(desk.write("a.dts"))
    after = desk.compile(desk.write("b.dts", cpus="2"))
    assert before.keys() == after.keys() and before["one.blob"] != after["one.blob"]
    assert desk.compile("a.dts") == before


def test_memory_is_chosen_from_the_top_without_overlap(desk):
    desk.compile("config/examples/two-cells.dts")
    places = [desk.physical(f"blobs/{cell}.blob") for cell in ("control-loop", "watchdog")]
    assert places == [0xbfc00000, 0xbf800000]


def test_memory_goes_around_what_is_named_and_what_the_tree_reserves(desk):
    tree = desk.path / "reserved.dts"
    text = TOP.joinpath("tests/unit/config/virt.dts").read_text()
    tree.write_text(text.replace("/dts-v1/;", "/dts-v1/;\n/memreserve/ 0xbfe00000 0x1000;").replace(
        "psci {", "reserved-memory {\n#address-cells = <2>; #size-cells = <2>; ranges;\n"
        "firmware@bf800000 { reg = <0 0xbf800000 0 0x1000>; no-map; };\n};\npsci {", 1))
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", desk.path / "board.dtb", tree], check=True)
    desk.compile("config/examples/two-cells.dts", "blobs", "--memory", "watchdog=0xbf000000")
    assert desk.physical("blobs/watchdog.blob") == 0xbf000000
    assert desk.physical("blobs/control-loop.blob") == 0xbfa00000
    said = desk.bad("compile", "config/examples/two-cells.dts", "--board", "board.dtb", "-o",
                    "blobs", "--memory", "watchdog=0xbf600000")
    assert said.endswith(": cell 'watchdog': memory at 0xbf600000: overlaps that of "
                         "'/reserved-memory/firmware@bf800000' at 0xbf800000; choose another "
                         "address, or one inside of it\n")
    assert said.startswith("config/examples/two-cells.dts:")


@pytest.mark.parametrize("named, message", [
    (["one=0x50000001"], "7: cell 'one': memory at 0x50000001: not the start of a 4 KiB page"),
    (["one=0x10000000"], "7: cell 'one': memory at 0x10000000: the board has no memory of that "
                         "size there; leave the address out to have one chosen"),
    (["one=0xbfffe000"], "7: cell 'one': memory at 0xbfffe000: the board has no memory of that "
                         "size there; leave the address out to have one chosen"),
    (["two=0x50000000"], " describes no cell 'two', for which --memory names an address"),
    (["one=0x50000000", "one=0x60000000"],
     " cell 'one': --memory names its address twice; once is enough"),
])
def test_a_wrong_address_is_refused_and_nothing_is_written(desk, named, message):
    desk.path.joinpath("blobs").mkdir()
    options = [word for name in named for word in ("--memory", name)]
    said = desk.bad("compile", desk.write("a.dts"), "--board", "board.dtb", "-o", "blobs", *options)
    assert said == f"a.dts:{message}\n"
    assert not list(desk.path.joinpath("blobs").iterdir())


def test_memory_lies_where_the_file_says(desk):
    desk.compile(desk.write("a.dts", memory="4M@0x50000000"))
    assert desk.physical("blobs/one.blob") == 0x50000000
    desk.compile("a.dts", "blobs", "--memory", "one=0x50000000")
    said = desk.bad("compile", "a.dts", "--board", "board.dtb", "-o", "blobs", "--memory",
                    "one=0x60000000")
    assert said == ("a.dts:7: cell 'one': memory at 0x50000000: --memory names 0x60000000 for it; "
                    "leave one of them out\n")


SHARING = """/dts-v1/;
/ {
	compatible = "partita,system-v1";
	exchange { compatible = "partita,memory-v1"; size = "64K"; guest-address = <0x20000000>; };
	mail { compatible = "partita,memory-v1"; size = "4K@0x60000000"; };
	a {
		compatible = "partita,cell-v1"; cpus = <3>; memory = "1M";
		shared-memory = "exchange", "mail";
	};
	b {
		compatible = "partita,cell-v1"; cpus = <2>; memory = "1M";
		shared-memory = "mail", "exchange";
	};
};
"""


def shared_of(desk, cell):
    shown = json.loads(desk.good("show", f"blobs/{cell}.blob", "--system", "blobs/system.blob",
                                 "--json"))
    return [(r["physical"], r["address"], r["size"], r["write"], r["execute"])
            for r in shown["regions"] if r["shared"]]


def test_cells_that_share_memory_have_the_same(desk):
    desk.path.joinpath("a.dts").write_text(SHARING)
    desk.compile("a.dts")
    mine, theirs = shared_of(desk, "a"), shared_of(desk, "b")
    assert mine == theirs[::-1] and len(mine) == 2
    assert mine[0][1:] == ("0x20000000", 65536, True, False)
    assert mine[1] == ("0x60000000", "0x60000000", 4096, True, False)
    text = desk.good("show", "blobs/a.blob")
    assert text.count("\nshared memory ") == 2


@pytest.mark.parametrize("named", ["one", "=0x50000000", "one=", "one=-4096", "one=0x5x", "one=5 "])
def test_an_address_that_is_none_is_wrong_usage(desk, named):
    done = desk.run("compile", desk.write("a.dts"), "--board", "board.dtb", "-o", ".",
                    "--memory", named)
    assert done.returncode == 2 and "is not CELL=ADDRESS" in done.stderr


def test_who_takes_what_linux_needs_is_warned(desk):
    done = desk.run("check", desk.write("a.dts", more='devices = "/pl061@9030000";'), "--board",
                    "board.dtb")
    assert done.returncode == 0
    assert done.stderr == ("a.dts:8: warning: cell 'one': device '/pl061@9030000': "
                           "'/gpio-keys/poweroff', which stays with Linux, needs it ('gpios'); "
                           "see that it is kept as it is needed, or leave it to Linux\n")


def test_a_board_without_room_is_an_error(desk):
    said = desk.bad("check", desk.write("a.dts", memory="3G"), "--board", "board.dtb")
    assert said == ("a.dts:7: cell 'one': the board has no free piece of memory of 3 GiB; "
                    "ask for less with 'memory'\n")


def test_a_cell_cannot_take_the_name_of_the_boards_blob(desk):
    desk.write("a.dts", cell="system")
    said = desk.bad("compile", "a.dts", "--board", "board.dtb", "-o", ".")
    assert said == ("a.dts: cell 'system': its blob would have the name of the board's, "
                    "'system.blob'; call it something else\n")
    assert not desk.path.joinpath("system.blob").exists()


def test_all_errors_come_at_once_and_nothing_is_written(desk):
    desk.write("a.dts", cpus="9", memory="lots", more='devices = "/nothing"; colour = "red";')
    checked = desk.bad("check", "a.dts", "--board", "board.dtb")
    assert [word for word in ("CPU 9", '"lots"', "'/nothing'", "'colour'") if word in checked] == [
        "CPU 9", '"lots"', "'/nothing'", "'colour'"]
    desk.path.joinpath("blobs").mkdir()
    assert desk.bad("compile", "a.dts", "--board", "board.dtb", "-o", "blobs") == checked
    assert not list(desk.path.joinpath("blobs").iterdir())


def test_a_directory_that_cannot_be_written_to(desk):
    desk.write("a.dts")
    arguments = ("compile", "a.dts", "--board", "board.dtb", "-o")
    assert "make that directory first" in desk.bad(*arguments, "missing")
    assert "cannot write to 'a.dts'" in desk.bad(*arguments, "a.dts")
    assert "cannot write" in desk.bad(*arguments, "/proc/self")
    # The last of the names is taken: what was begun is removed, what was there stays.
    desk.path.joinpath("blobs/system.blob/inside").mkdir(parents=True)
    assert "cannot write 'system.blob'" in desk.bad(*arguments, "blobs")
    assert [f.name for f in desk.path.joinpath("blobs").iterdir()] == ["system.blob"]


@pytest.mark.parametrize("gone", ["vmlinuz", "initrd.img"])
def test_a_kernel_is_not_compiled_by_guess(desk, gone):
    example = "config/examples/linux-beside-linux.dts"
    desk.path.joinpath("config/examples", gone).unlink()
    desk.path.joinpath("blobs").mkdir()
    assert desk.run("check", example, "--board", "board.dtb").returncode == 0
    said = desk.bad("compile", example, "--board", "board.dtb", "-o", "blobs")
    assert "cell 'linux': where it starts and what lies where is known by its image and " in said
    assert not list(desk.path.joinpath("blobs").iterdir())


def test_a_program_with_memory_elsewhere_is_not_compiled_by_guess(desk):
    desk.write("a.dts", more='image = "a.bin"; image-address = <0>; guest-address = <0x40000000>;')
    desk.path.joinpath("blobs").mkdir()
    assert desk.run("check", "a.dts", "--board", "board.dtb").returncode == 0
    said = desk.bad("compile", "a.dts", "--board", "board.dtb", "-o", "blobs")
    assert said.endswith("cell 'one': where it starts and what lies where is known by its image and "
                         "initrd only; put them where the file names them\n")
    assert not list(desk.path.joinpath("blobs").iterdir())


def test_no_device_with_dma_beside_an_image_outside_of_the_memory(desk):
    device = "/virtio_mmio@a003e00"
    desk.path.joinpath("a.bin").write_bytes(bytes(4096))
    desk.write("a.dts", memory="4M@0x70000000",
               more=f'image = "a.bin"; image-address = <0>; devices = "{device}"; '
                    f'unconfined-dma = "{device}";')
    said = desk.bad("check", "a.dts", "--board", "board.dtb")
    assert "image-address 0x0 is not in its memory, and its devices with DMA would not see" in said


def test_images_are_looked_at(desk):
    desk.write("a.dts", more='image = "a.bin";')
    done = desk.run("check", "a.dts", "--board", "board.dtb")
    assert done.returncode == 0 and done.stdout == "a.dts: 1 cell, fine\n"
    assert done.stderr == ("a.dts:8: warning: cell 'one': cannot read image 'a.bin': No such file "
                           "or directory; whether it fits is not known\n")
    with open(desk.path / "a.bin", "wb") as image:
        image.truncate((4 << 20) + 1)
    assert "does not fit its memory (4 MiB)" in desk.bad("check", "a.dts", "--board", "board.dtb")
    with open(desk.path / "a.bin", "wb") as image:
        image.truncate(4 << 20)
    desk.good("check", "a.dts", "--board", "board.dtb")
    desk.path.joinpath("a.bin").write_bytes(b"")
    assert "is empty" in desk.bad("check", "a.dts", "--board", "board.dtb")


def test_init_writes_a_system_that_passes_the_check(desk):
    text = desk.good("init", "--board", "board.dtb")
    assert_golden("init.dts", text)
    desk.path.joinpath("a.dts").write_text(text)
    assert desk.good("check", "a.dts", "--board", "board.dtb") == "a.dts: 1 cell, fine\n"


def test_each_line_of_init_can_be_uncommented(desk):
    text = desk.good("init", "--board", "board.dtb")
    lines = [line for line in text.splitlines() if line.lstrip().startswith('// "/')]
    assert lines
    assert "unconfined-dma" in text
    for path in {line.split('"')[1] for line in lines}:
        # One that does DMA has a line in both lists.
        desk.path.joinpath("a.dts").write_text(text.replace(f'// "{path}"', f'"{path}"'))
        assert desk.run("check", "a.dts", "--board", "board.dtb").returncode == 0, path


def test_init_needs_a_second_cpu(desk):
    tree = TOP.joinpath("tests/unit/config/virt.dts").read_text()
    for cpu in "123":
        tree = tree.replace(f'reg = <0x0{cpu}>;\n\t\t\tenable-method = "psci";', 'status = "fail";')
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", desk.path / "board.dtb", "-"], check=True,
                   input=tree, text=True)
    assert "this board has one CPU" in desk.bad("init", "--board", "board.dtb")


def test_no_name_of_the_board_becomes_a_line_of_init(desk):
    tree = TOP.joinpath("tests/unit/config/virt.dts").read_text()
    tree = tree.replace('model = "linux,dummy-virt"', r'model = "evil\n/include/ \"x\"\x1b[2J"')
    tree = tree.replace('"arm,pl031\\0arm', r'"a\n};\n\0arm')
    subprocess.run(["dtc", "-q", "-O", "dtb", "-o", desk.path / "board.dtb", "-"], check=True,
                   input=tree, text=True)
    text = desk.good("init", "--board", "board.dtb")
    assert text.startswith('// A system to start from, for evil?/include/ "x"?[2J\n')
    desk.path.joinpath("a.dts").write_text(text)
    desk.good("check", "a.dts", "--board", "board.dtb")


def test_the_picture_shows_the_cell_and_is_the_same_each_time(desk):
    picture = desk.good("draw", "config/examples/uart.dts", "--board", "board.dtb")
    words = "".join(xml.etree.ElementTree.fromstring(picture).itertext())
    assert "gateway" in words and "/pl011@9040000" in words
    assert picture == desk.good("draw", "config/examples/uart.dts", "--board", "board.dtb")


def test_nothing_is_drawn_of_a_system_with_errors(desk):
    assert "CPU 9" in desk.bad("draw", desk.write("wrong.dts", cpus="9"), "--board", "board.dtb")


def test_a_difference_is_told_in_words(desk):
    old = "config/examples/two-cells.dts"
    text = desk.path.joinpath(old).read_text()
    text = text.replace("watchdog {", "logger {", 1).replace("cpus = <2>", "cpus = <1 2>")
    text = text.replace('"4M"', '"16M"', 1).replace("trusted-idle;", 'devices = "serial1";')
    text = text.replace("control-loop.bin", "loop.bin")
    text = text.replace("guest-address = <0x40000000>;", "initrd = \"root.cpio\";")
    desk.path.joinpath("config/examples/new.dts").write_text(text)
    arguments = (old, "config/examples/new.dts", "--board", "board.dtb")
    assert_golden("two-cells.diff", desk.good("diff", *arguments))
    desk.path.joinpath("moved.dts").write_text(text.replace("logger {", "watchdog {"))
    assert_golden("moved.diff", desk.good("diff", old, "moved.dts", "--board", "board.dtb"))
    assert desk.good("diff", old, old, "--board", "board.dtb") == ""


def test_a_difference_in_shared_memory_and_addresses(desk):
    desk.path.joinpath("a.dts").write_text(SHARING)
    new = SHARING.replace('"exchange", "mail"', '"mail", "parcels"').replace('"1M"', '"1M@0x50000000"', 1)
    new = new.replace('"64K"; guest-address = <0x20000000>', '"128K"').replace("4K@0x60000000", "4K")
    new = new.replace('"mail", "exchange"', '"mail", "exchange", "parcels"').replace(
        "mail {", 'parcels { compatible = "partita,memory-v1"; size = "8K"; };\n\tmail {')
    desk.path.joinpath("b.dts").write_text(new)
    done = desk.run("diff", "a.dts", "b.dts", "--board", "board.dtb")
    assert done.returncode == 0
    assert_golden("sharing.diff", done.stdout)
    told = json.loads(desk.run("diff", "a.dts", "b.dts", "--board", "board.dtb", "--json").stdout)
    assert [change["text"] for change in told["changes"]] == done.stdout.splitlines()
    assert told["changes"][0] == {
        "kind": "cell", "name": "a", "property": "address", "from": None, "to": "0x50000000",
        "text": "cell 'a': its memory is at 0x50000000, no longer where there is room"}
    same = desk.good("diff", "a.dts", "a.dts", "--board", "board.dtb", "--json")
    assert json.loads(same) == {"changes": []}
    other = SHARING.replace('"mail", "exchange"', '"exchange", "mail"')
    desk.path.joinpath("b.dts").write_text(other)
    assert desk.good("diff", "a.dts", "b.dts", "--board", "board.dtb") == (
        "cell 'b': shared memory number 0 is 'exchange', no longer 'mail'\n"
        "cell 'b': shared memory number 1 is 'mail', no longer 'exchange'\n")


def test_a_move_in_json_names_both_owners(desk):
    desk.write("a.dts", more='devices = "serial1";')
    desk.write("b.dts", cpus="2", cell="two")
    told = json.loads(desk.good("diff", "a.dts", "b.dts", "--board", "board.dtb", "--json"))
    moves = [(c["kind"], c["name"], c["from"], c["to"]) for c in told["changes"]
             if not c["property"] and c["kind"] in ("cpu", "device")]
    assert moves == [("cpu", "2", None, "two"), ("cpu", "3", "one", None),
                     ("device", "/pl011@9040000", "one", None)]


def test_accepted_dma_is_a_difference(desk):
    wanted = 'devices = "/fw-cfg@9020000", "/virtio_mmio@a003e00"; unconfined-dma = "/fw-cfg@9020000"'
    desk.write("a.dts", more=f'{wanted}, "/virtio_mmio@a003e00";')
    desk.write("b.dts", more=wanted.replace(', "/virtio_mmio@a003e00"', "") + ";")
    assert desk.good("diff", "a.dts", "b.dts", "--board", "board.dtb") == (
        "cell 'one': DMA of '/virtio_mmio@a003e00' is no longer accepted\n"
        "device '/virtio_mmio@a003e00' moves from cell 'one' to Linux\n")
    assert desk.good("diff", "b.dts", "a.dts", "--board", "board.dtb") == (
        "cell 'one': DMA of '/virtio_mmio@a003e00' is accepted, which nothing confines\n"
        "device '/virtio_mmio@a003e00' moves from Linux to cell 'one'\n")


def test_a_difference_in_what_firmware_finds_where(desk):
    desk.path.joinpath("fw.bin").write_bytes(b"firmware")
    text = 'guest-address = <0x40000000>; image = "fw.bin"; '
    desk.write("a.dts", more=text + 'console = "pl011";')
    desk.write("b.dts", more=text + 'console = "pl011@0x09000000"; image-address = <0x40200000>; '
                                    "device-tree-address = <0x40000000>;")
    assert_golden("firmware.diff", desk.good("diff", "a.dts", "b.dts", "--board", "board.dtb") +
                  desk.good("diff", "b.dts", "a.dts", "--board", "board.dtb"))


def test_what_is_wrong_in_json(desk):
    desk.write("a.dts", cpus="9", more='image = "none.bin"; guest-address = <0x100000>;')
    done = desk.run("check", "a.dts", "--board", "board.dtb", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    told = json.loads(done.stdout)
    assert told["ok"] is False
    assert told["errors"] == [{"file": "a.dts", "line": 6, "cell": "one",
                               "text": "cell 'one': CPU 9: this board has CPUs 0 to 3"}]
    assert [(w["line"], w["cell"], w["text"][:34]) for w in told["warnings"]] == [
        (8, "one", "cell 'one': guest-address 0x100000")]
    desk.write("a.dts")
    assert json.loads(desk.good("check", "a.dts", "--board", "board.dtb", "--json")) == {
        "ok": True, "errors": [], "warnings": []}
    desk.write("a.dts", more='devices = "rest";')
    told = json.loads(desk.run("check", "a.dts", "--board", "board.dtb", "--json",
                               "--verbose").stdout)
    assert told["ok"] and "left to Linux" in told["warnings"][0]["text"] and told["notes"]


def test_what_dtc_refuses_is_on_standard_error(desk):
    desk.path.joinpath("a.dts").write_text("/dts-v1/;\n/ { x\n")
    done = desk.run("check", "a.dts", "--board", "board.dtb", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not a device tree source that dtc understands" in done.stderr


@pytest.mark.parametrize("source,hint", [
    ("#define RT 3\n/dts-v1/;\n/ { };\n", "cpp -nostdinc -undef -x assembler-with-cpp"),
    ("/dts-v1/;\n/ { a { cpus = <&cpu3>; }; };\n", "stand in quotes, like \"/cpus/cpu@3\""),
])
def test_what_dtc_cannot_know_is_said(desk, source, hint):
    desk.path.joinpath("a.dts").write_text(source)
    assert hint in desk.run("check", "a.dts", "--board", "board.dtb").stderr


def test_lines_of_a_preprocessed_source_are_those_of_its_own_files(desk):
    desk.path.joinpath("cells.h").write_text("#define RT 9\n")
    desk.path.joinpath("rt.dts.in").write_text(
        '#include "cells.h"\n' + CELL.format(name="a", cpus="RT", memory="4M", more=""))
    subprocess.run(["cpp", "-nostdinc", "-undef", "-x", "assembler-with-cpp", "rt.dts.in", "rt.dts"],
                   cwd=desk.path, check=True)
    said = desk.bad("check", "rt.dts", "--board", "board.dtb")
    assert "rt.dts.in:7: cell 'a': CPU 9" in said


def test_a_difference_needs_two_systems_that_are_right(desk):
    desk.write("a.dts")
    desk.write("b.dts", cpus="9")
    said = desk.bad("diff", "a.dts", "b.dts", "--board", "board.dtb")
    assert said.startswith("b.dts:6: cell 'one': CPU 9")


@pytest.mark.parametrize("verb", ["init", "check", "diff", "draw", "compile", "show"])
def test_each_verb_answers_help_and_refuses_wrong_usage(desk, verb):
    assert desk.good(verb, "--help").startswith(f"usage: partita config {verb} ")
    for wrong in (["a", "b", "c"], ["--colour"], ["--board"]):
        done = desk.run(verb, *wrong)
        assert done.returncode == 2 and f"usage: partita config {verb} " in done.stderr


def test_what_is_no_blob_is_refused(desk):
    desk.path.joinpath("text").write_text("nothing of that kind\n")
    desk.path.joinpath("empty").write_bytes(b"")
    desk.path.joinpath("long").write_bytes(b"long " * 1000)
    for name, words in [("text", "it does not begin like one"), ("empty", "it does not begin"),
                        ("long", "it is longer than 4096 bytes"), (".", "Is a directory"),
                        ("/dev/zero", "it is longer than 4096 bytes"),
                        ("missing", "No such file or directory")]:
        assert words in desk.bad("show", name)


def test_a_damaged_blob_is_refused_at_every_length_and_bit(desk):
    blob = desk.compile("config/examples/uart.dts")["gateway.blob"]
    damaged = desk.path / "damaged"
    for size in range(0, len(blob), 7):
        damaged.write_bytes(blob[:size])
        assert desk.bad("show", "damaged")
    for at in range(0, len(blob), 5):
        damaged.write_bytes(blob[:at] + bytes([blob[at] ^ 0x10]) + blob[at + 1:])
        assert desk.bad("show", "damaged")


def crc(blob):
    """The blob with the checksum that its bytes ask for."""
    blob = blob[:12] + bytes(4) + blob[16:]
    return blob[:12] + struct.pack("<I", zlib.crc32(blob)) + blob[16:]


def test_a_refusal_names_field_place_and_reason(desk):
    blob = desk.compile("config/examples/uart.dts")["gateway.blob"]
    address = struct.pack("<Q", 0xbfc00000)
    at = blob.index(address, 80)
    desk.path.joinpath("bad").write_bytes(crc(blob[:at] + struct.pack("<Q", 1) + blob[at + 8:]))
    said = desk.bad("show", "bad")
    assert f"at byte 0x{at:x} is not aligned" in said and "'regions[0].pa'" in said
    done = desk.run("show", "bad", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"kind": "cell", "accepted": False, "refused": {
        "field": "regions[0].pa", "offset": at, "reason": "is not aligned"}}


def test_hostile_tables_of_a_blob_are_refused_without_a_board(desk):
    blob = desk.compile("config/examples/uart.dts")["gateway.blob"]
    for at in range(48, 96, 4):
        for value in (0xffffffff, 0xfffffff8, 4088, 0x80000000, 65, 8):
            desk.path.joinpath("bad").write_bytes(
                crc(blob[:at] + struct.pack("<I", value) + blob[at + 4:]))
            done = desk.run("show", "bad")
            assert done.returncode in (0, 1) and (done.returncode == 0) == (not done.stderr)


def test_a_cell_is_checked_against_its_board(desk):
    blob = desk.compile("config/examples/uart.dts")["system.blob"]
    place = struct.pack("<QQ", 0x40000000, 2 << 30)
    at = blob.index(place)
    small = crc(blob[:at] + struct.pack("<QQ", 0x40000000, 1 << 30) + blob[at + 16:])
    desk.path.joinpath("small").write_bytes(small)
    desk.good("show", "blobs/gateway.blob")
    said = desk.bad("show", "blobs/gateway.blob", "--system", "small")
    assert "'regions[0].pa'" in said and "is RAM named as a device, or the reverse" in said
    assert "--system needs that of the board" in desk.bad(
        "show", "blobs/gateway.blob", "--system", "blobs/gateway.blob")


def test_a_board_that_is_none_is_refused(desk):
    desk.write("a.dts")
    for board, words in [("a.dts", "is not a device tree blob"), ("missing", "No such file"),
                         (".", "Is a directory")]:
        assert words in desk.bad("check", "a.dts", "--board", board)
    desk.path.joinpath("cut.dtb").write_bytes(desk.path.joinpath("board.dtb").read_bytes()[:99])
    assert "cut.dtb: is not a device tree: " in desk.bad("check", "a.dts", "--board", "cut.dtb")


def test_without_a_board_of_its_own_the_machine_is_told_how_to_name_one(desk, tmp_path):
    environment = {"PATH": os.environ["PATH"], "PARTITA_ROOT": str(tmp_path / "nothing")}
    done = subprocess.run([COMMAND, "config", "init"], env=environment, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1 and "name that of a board with --board DTB" in done.stderr


def test_the_running_board_tells_its_free_memory_and_devices_in_use(desk):
    root = desk.path / "root"
    root.joinpath("sys/firmware").mkdir(parents=True)
    shutil.copy(desk.path / "board.dtb", root / "sys/firmware/fdt")
    root.joinpath("proc").mkdir()
    root.joinpath("proc/meminfo").write_text("MemTotal: 1 kB\nMemAvailable:   65536 kB\n")
    device = root / "sys/bus/platform/devices/9010000.pl031"
    node = root / "sys/firmware/devicetree/base/pl031@9010000"
    for directory in (device, node, root / "sys/bus/platform/drivers/rtc"):
        directory.mkdir(parents=True)
    device.joinpath("of_node").symlink_to(node)
    device.joinpath("driver").symlink_to(root / "sys/bus/platform/drivers/rtc")
    environment = {"PATH": os.environ["PATH"], "PARTITA_ROOT": str(root)}
    done = subprocess.run([COMMAND, "config", "init"], env=environment, capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "of which 64 MiB are available" in done.stdout
    assert '// "/pl031@9010000"' not in done.stdout
    assert "is in use by driver 'rtc'" in done.stdout
