# SPDX-License-Identifier: GPL-2.0-only
"""The command in a Linux that is a cell itself, before a made-up /sys; no board is booted."""

import json
import os
import subprocess

import pytest
from board import BUILD

COMMAND = BUILD / "host" / "partita"
CELLS = {
    1: {"name": "linux", "state": "running", "cpus": "0-1", "memory": "0", "resets": "0"},
    2: {"name": "loop", "state": "running", "cpus": "3", "memory": "4194304", "resets": "2",
        "starts": "3", "heartbeat": "77"},
    3: {"name": "sensor", "state": "failed", "cpus": "2", "memory": "0", "resets": "0",
        "fault": "kind access to memory it does not own\ncpu 2"},
}


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    root = tmp_path_factory.mktemp("manager")
    driver = root / "sys/class/misc/partita"
    files = {"enabled": "1", "abi_version": "6", "hypervisor/this_cell": "1",
             "hypervisor/memory_size": "2097152", "cpus/cpu3/exits": "total 5\nhvc 5"}
    for number, cell in CELLS.items():
        files.update({f"cells/{number}/{file}": text for file, text in cell.items()})
    for path, text in files.items():
        driver.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        driver.joinpath(path).write_text(text + "\n")
    return root


def run(board, *arguments):
    return subprocess.run([COMMAND, *arguments], env={**os.environ, "PARTITA_ROOT": str(board)},
                          capture_output=True, text=True, check=False)


def test_list_marks_this_linux_and_what_it_does_not_see(board):
    rows = {line.split()[1]: line for line in run(board, "cell", "list").stdout.splitlines()[1:]}
    assert rows["linux"].endswith("  this Linux")
    assert "4 MiB" in rows["loop"] and "this Linux" not in rows["loop"]
    assert rows["sensor"].split()[2:5] == ["failed", "2", "-"]
    listed = json.loads(run(board, "cell", "list", "--json").stdout)
    assert {cell["name"]: cell["this_linux"] for cell in listed} == {
        "linux": True, "loop": False, "sensor": False}
    assert {cell["name"]: cell["memory"] for cell in listed} == {
        "linux": None, "loop": 4 << 20, "sensor": None}


def test_stats_tell_of_each_cell_what_is_known(board):
    result = run(board, "cell", "stats")
    assert "cell 2 'loop': running, CPU 3, 4 MiB, started 3 times (2 by its own reset)" in result.stdout
    assert "cell 3 'sensor': failed, CPU 2, started" in result.stdout
    assert "hvc 5" in result.stdout


@pytest.mark.parametrize("verb, remedy", [
    (("enable",), "partita cell list"),
    (("disable",), "boot the board another way"),
    (("cell", "create", "loop.dts"), "system file"),
    (("cell", "load", "loop", "loop.bin"), "partita cell start loop"),
    (("cell", "destroy", "loop"), "partita cell stop loop"),
])
def test_what_only_the_root_can_do_is_refused_with_the_reason(board, verb, remedy):
    """Before anything else: neither the files nor the driver need be there."""
    result = run(board, *verb)
    assert result.returncode == 1 and not result.stdout
    assert "this Linux is itself a cell ('linux')" in result.stderr
    assert remedy in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_hardware_check_says_what_this_linux_is(board):
    result = run(board, "hardware", "check")
    assert result.returncode == 0
    assert "itself a cell ('linux')" in result.stdout and "2 MiB given" in result.stdout
    answer = json.loads(run(board, "hardware", "check", "--json").stdout)
    assert (answer["enabled"], answer["cell"], answer["checks"]) == (True, "linux", [])
    assert answer["hypervisor"]["memory_size"] == 2097152
