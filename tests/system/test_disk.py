# SPDX-License-Identifier: GPL-2.0-only
"""A disk whose interrupts are LPIs: they take the way through the root's ITS."""

import hashlib
import os

import pytest
from conftest import BUILD, LOGS, machine_name, MACHINES
from board import Board

CONTENT = bytes(range(256)) * 4 * 4096
DIGEST = hashlib.sha256(CONTENT).hexdigest()
READ = "echo 3 >/proc/sys/vm/drop_caches; sha256sum </dev/vda"


def disk_file():
    """Each worker of ./check has its own: QEMU locks a disk."""
    disk = BUILD / "tests" / f"disk-{os.environ.get('PYTEST_XDIST_WORKER', 'only')}"
    disk.parent.mkdir(parents=True, exist_ok=True)
    disk.write_bytes(CONTENT)
    return disk


@pytest.fixture(scope="module", params=MACHINES, ids=machine_name)
def board(request):
    kernel, cpu = request.param
    with Board(LOGS / f"test_disk-{kernel}-{cpu}.log", kernel=kernel, cpu=cpu,
               disk=disk_file()) as running:
        yield running


def lpis(board):
    """How many of the disk's interrupts came through the ITS."""
    total = 0
    for line in board.sh("grep ITS-.*MSI.*virtio /proc/interrupts").splitlines():
        total += sum(int(word) for word in line.split()[1:] if word.isdigit())
    return total


def test_disk_is_read_through_the_its(board):
    before = lpis(board)
    assert board.sh(READ).split()[0] == DIGEST
    assert lpis(board) > before
