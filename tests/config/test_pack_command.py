# SPDX-License-Identifier: GPL-2.0-only
"""`partita pack` on this machine: what it writes, says and refuses; nothing is booted."""

import json
import os
import shutil
import subprocess

import pytest
from board import BUILD
from test_config_command import COMMAND, Desk

HYPERVISOR = BUILD / "hypervisor" / "partita.bin"
SYSTEM = """/dts-v1/;
/ {
	compatible = "partita,system-v1";
	rescue = "reset";
	loop { compatible = "partita,cell-v1"; cpus = <1>; memory = "2M@0x70000000"; image = "loop.bin"; start = "first"; };
	guest { compatible = "partita,cell-v1"; cpus = <2>; memory = "64M"; guest-address = <0x40000000>;
		image = "vmlinuz"; initrd = "initrd.img"; console = "pl011"; may-stop = "loop"; };
};
"""


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    tmp_path.joinpath("system.dts").write_text(SYSTEM)
    tmp_path.joinpath("loop.bin").write_bytes(b"loop" * 1000)
    for name in ("vmlinuz", "initrd.img"):
        shutil.copy(next(tmp_path.rglob(name)), tmp_path / name)
    return desk


def run(desk, *arguments, **options):
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    return subprocess.run([COMMAND, *map(str, arguments)], cwd=options.pop("cwd", desk.path), env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def pack(desk, source="system.dts", output="system.img", *more, **options):
    done = run(desk, "pack", source, "-o", output, "--board", desk.path / "board.dtb", "--hypervisor", HYPERVISOR,
               *more, **options)
    assert done.returncode == 0 and not done.stderr, done
    return done


def owned(text):
    """Who has what: the lines that are of blobs, cell by cell."""
    cells = text[text.index("system of"):].split("\n\n")
    return ["\n".join(line for line in cell.splitlines() if not line.startswith("contents")) for cell in cells]


def test_an_image_shows_the_ownership_of_its_description(desk):
    pack(desk)
    image = run(desk, "config", "show", "system.img")
    late = run(desk, "config", "show", "system.dts", "--board", "board.dtb")
    assert image.returncode == late.returncode == 0, (image, late)
    assert "rescue           reset" in image.stdout
    assert "'loop': stop" in image.stdout
    assert owned(image.stdout) == owned(late.stdout)
    image = json.loads(run(desk, "config", "show", "--json", "system.img").stdout)
    late = json.loads(run(desk, "config", "show", "--json", "system.dts", "--board", "board.dtb").stdout)
    assert image["accepted"] and image["board"] == late["board"] and image["rescue"] == late["rescue"]
    for cell in image["cells"]:
        assert cell.pop("contents")
    assert image["cells"] == late["cells"]


def test_it_is_the_same_wherever_and_whenever_it_is_packed(desk):
    told = json.loads(pack(desk, "system.dts", "one.img", "--json").stdout)
    other = desk.path / "elsewhere"
    other.mkdir()
    pack(desk, desk.path / "system.dts", "two.img", cwd=other)
    assert desk.path.joinpath("one.img").read_bytes() == other.joinpath("two.img").read_bytes()
    assert told["size"] == desk.path.joinpath("one.img").stat().st_size
    done = run(desk, "pack", "--diff", "one.img", other / "two.img")
    assert done.returncode == 0 and not done.stdout


def test_what_changed_is_told(desk):
    pack(desk)
    desk.path.joinpath("loop.bin").write_bytes(b"poll" * 1000)
    desk.path.joinpath("system.dts").write_text(SYSTEM.replace('start = "first"; ', "").replace("<2>", "<3>"))
    pack(desk, "system.dts", "new.img")
    done = run(desk, "pack", "--diff", "system.img", "new.img")
    assert done.returncode == 0, done
    lines = done.stdout.splitlines()
    assert "cell 'loop': start: with the others; before: first" in lines
    assert "cell 'guest': cpus: 0x3; before: 0x2" in lines
    assert any(line.startswith("cell 'loop': contents: 4000 bytes at 0x70000000 (checksum ") for line in lines), lines
    changes = json.loads(run(desk, "pack", "--diff", "--json", "system.img", "new.img").stdout)["changes"]
    assert {"cpus", "start", "contents"} <= {change["property"] for change in changes}


@pytest.mark.parametrize("damage, why", (
    (lambda image: image[:-1], "is cut off"),
    (lambda image: image + bytes(16), "has grown: 16 bytes follow its end"),
    (lambda image: image[:-1] + bytes([image[-1] ^ 1]), "fails its checksum"),
    (lambda image: image[:72] + bytes([image[72] ^ 1]) + image[73:], "is of another version of Partita"),
))
def test_a_damaged_image_is_refused_with_the_reason(desk, damage, why):
    pack(desk)
    bad = desk.path / "bad.img"
    # The last byte but the padding, so that it is one of the device tree's.
    bad.write_bytes(damage(desk.path.joinpath("system.img").read_bytes()))
    for command in (("config", "show", "bad.img"), ("pack", "--diff", "system.img", "bad.img")):
        done = run(desk, *command)
        assert done.returncode == 1 and not done.stdout and why in done.stderr, done
    done = run(desk, "config", "show", "--json", "bad.img")
    assert done.returncode == 1 and why in json.loads(done.stdout)["refused"]


def test_a_fit_holds_the_image_and_is_reproducible(desk):
    pack(desk, "system.dts", "plain.img")
    pack(desk, "system.dts", "system.fit", "--fit")
    assert desk.path.joinpath("system.fit.img").read_bytes() == desk.path.joinpath("plain.img").read_bytes()
    first = desk.path.joinpath("system.fit").read_bytes()
    pack(desk, "system.dts", "system.fit", "--fit")
    assert desk.path.joinpath("system.fit").read_bytes() == first
    base = json.loads(run(desk, "config", "show", "--json", "plain.img").stdout)["base"]
    listed = subprocess.run(["mkimage", "-l", "system.fit"], cwd=desk.path, capture_output=True, text=True, check=True)
    assert f"Entry Point:  {base}" in listed.stdout and "sha256" in listed.stdout


@pytest.mark.parametrize("change, why", (
    (("image = \"loop.bin\"; ", ""), "system.dts:5: cell 'loop': has no 'image', and without Linux nobody can load one later"),
    (("\"loop.bin\"", "\"gone.bin\""), "cell 'loop': cannot read image 'gone.bin'"),
    (("may-stop = \"loop\"", "may-stop = \"loob\""), "there is no cell 'loob'; did you mean 'loop'?"),
))
def test_what_cannot_be_packed_is_refused_and_nothing_written(desk, change, why):
    desk.path.joinpath("system.dts").write_text(SYSTEM.replace(*change))
    done = run(desk, "pack", "system.dts", "-o", "system.img", "--board", "board.dtb", "--hypervisor", HYPERVISOR)
    assert done.returncode == 1 and why in done.stderr, done
    assert not desk.path.joinpath("system.img").exists()


@pytest.mark.parametrize("verb", [["check", "all.dts"], ["draw", "all.dts"], ["diff", "system.dts", "all.dts"],
                                  ["compile", "all.dts", "-o", "."]], ids=lambda verb: verb[0])
def test_a_system_of_all_cpus_is_looked_at_as_one_that_boots(desk, verb):
    (desk.path / "all.dts").write_text(SYSTEM.replace("cpus = <1>", "cpus = <1 0 3>"))
    late = run(desk, "config", *verb, "--board", "board.dtb")
    assert late.returncode == 1
    assert "one at least must be left to Linux" in late.stderr
    boots = run(desk, "config", *verb, "--board", "board.dtb", "--boot")
    assert boots.returncode == 0, boots
