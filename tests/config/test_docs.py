# SPDX-License-Identifier: GPL-2.0-only
"""Every example in docs/config.md says what a user may write: it is checked as it stands there."""

import re

import pytest
from test_config_command import KERNEL, TOP, Desk

BLOCKS = re.findall(r"^```dts\n(.*?)^```$", (TOP / "docs/config.md").read_text(), re.M | re.S)
DEFAULTS = {"cpus": "<3>", "memory": '"16M"'}
EXCHANGE = 'exchange { compatible = "partita,memory-v1"; size = "64K"; };'


def system_of(block):
    if "/dts-v1/" in block:
        return block
    lines = [f"{name} = {value};" for name, value in DEFAULTS.items()
             if not re.search(rf"^{name}\b", block, re.M)]
    shared = EXCHANGE if "shared-memory" in block else ""
    if shared:
        # Memory that only one cell names is warned of.
        shared += ('b { compatible = "partita,cell-v1"; cpus = <2>; memory = "4M"; '
                   'shared-memory = "exchange"; };')
    return (f'/dts-v1/; / {{ compatible = "partita,system-v1"; {shared} a {{ '
            f'compatible = "partita,cell-v1"; {" ".join(lines)} {block} }}; }};')


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    for name in ("vmlinuz", "initrd.img"):
        (tmp_path / name).write_bytes(KERNEL)
    (tmp_path / "control-loop.bin").write_bytes(bytes(4096))
    return desk


def test_there_is_an_example_for_each_property():
    text = " ".join(BLOCKS)
    table = (TOP / "docs/config.md").read_text()
    named = set(re.findall(r"^\| \[`([a-z-]+)`\]", table, re.M))
    assert {"cpus", "memory", "devices", "image", "on-fault"} <= named
    assert not {name for name in named if not re.search(rf"\b{name}\b[ ;]", text)}


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_an_example_of_the_documentation_is_accepted(desk, number):
    block = BLOCKS[number].replace('"/vmlinuz"', '"vmlinuz"').replace('"/initrd.img"', '"initrd.img"')
    desk.path.joinpath("example.dts").write_text(system_of(block))
    done = desk.run("check", "example.dts", "--board", "board.dtb")
    # "rest" tells how much it leaves to Linux.
    expected = "left to Linux" if '"rest"' in block else ""
    assert done.returncode == 0 and expected in done.stderr, done
    assert expected or not done.stderr, done.stderr
