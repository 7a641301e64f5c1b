# SPDX-License-Identifier: GPL-2.0-only
"""KVM, enabled as shipped, beside Partita: before, while and after.

On cortex-a72 stock Linux itself breaks KVM on a CPU that comes online again: its
mitigation of Spectre v3a counts the CPU's vector slot up each time, out of the table. KVM
of 6.12 keeps EL2 without guests and so needs that cycle after `disable`; it is tested on
a CPU without that flaw.
"""

import pytest
from conftest import KERNELS, machine_name

MACHINES = [(kernel, "cortex-a53") for kernel in KERNELS]
if "bookworm" in KERNELS:
    MACHINES.append(("bookworm", "cortex-a72"))

pytestmark = pytest.mark.parametrize("board", MACHINES, ids=machine_name, indirect=True,
                                     scope="module")


def guests_run_on_every_cpu(board):
    for cpu in range(4):
        assert board.sh(f"taskset {1 << cpu:x} ./kvm") == "guest ran"


def test_kvm_guest_starts_again_after_disable(board, partita):
    guests_run_on_every_cpu(board)
    for _ in range(2):
        partita.enable()
        partita.disable()
        guests_run_on_every_cpu(board)


def test_kvm_is_refused_cleanly_while_enabled(board, enabled):
    assert board.run("./kvm").status == 1
    assert board.sh("./work 1") == board.sh("./work 1")


def test_enable_is_refused_while_a_kvm_guest_exists(board, partita):
    board.sh("./kvm hold >/run/kvm & echo $! >/run/holder")
    board.wait_for("grep -q 'guest ran' /run/kvm")
    result = board.run("partita enable")
    board.sh("kill $(cat /run/holder); wait $(cat /run/holder) || true")
    assert result.status == 1
    assert "KVM guest" in result.output
    assert not partita.enabled
    partita.enable()
