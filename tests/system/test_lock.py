# SPDX-License-Identifier: GPL-2.0-only
"""After `partita lock` nobody changes a cell until the board is reset, root included."""

import json

from test_root_health import kernel_files, load_kernel
from partita import CELLS, SYSFS, Partita, dts

WORDS = "locked until the next reset"


def refused(board, command, words=WORDS):
    result = board.run(command)
    assert result.status == 1 and words in result.output, result


def test_after_the_lock_cells_can_only_be_stopped_until_the_board_is_reset(boot):
    board = boot(reboot=True)
    partita = Partita(board)
    partita.enable()
    control = partita.run("control-loop", "control-loop.bin", cpus=(3,), more="trusted-idle;")
    hello = partita.create("hello", cpus=(2,))
    hello.load("hello.bin")
    refused(board, "partita lock", "cannot lock while cell 'hello' is loadable")
    assert board.sh("partita lock --show") == "not locked"
    hello.start()
    board.sh("partita lock")
    assert json.loads(board.sh("partita lock --show --json")) == {"locked": True}
    assert board.sh(f"cat {SYSFS}/hypervisor/locked") == "1"

    board.sh(f"echo '{dts('late', cpus=(1,))}' >/run/late.dts")
    control.stop()
    for command in ("partita cell create /run/late.dts", f"partita cell load hello {CELLS}/hello.bin",
                    "partita cell start control-loop", "partita cell destroy control-loop",
                    "partita cell destroy --force hello", "partita disable", "partita selftest"):
        refused(board, command, "locked until the")
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-1"
    assert control.state == "shut down"
    hello.await_console("hello")

    board.send("reboot -f")
    board.await_shell()
    assert board.sh("modprobe partita; cat /sys/class/misc/partita/enabled") == "0"


def test_a_system_file_says_that_its_cells_are_locked(boot):
    board = boot(files=kernel_files(), reboot=True)
    load_kernel(board, "load", 0x60000000)
    partita = Partita(board)
    partita.enable()
    partita.run("hello", "hello.bin", cpus=(3,))
    board.sh(f"partita lock {CELLS}/hello.dts")
    assert board.sh("partita lock --show") == "not locked"
    board.sh(f"sed 's/^\\tcompatible = \"partita,system-v1\";/&\\n\\tlocked;/' {CELLS}/hello.dts >/run/locked.dts")
    board.sh("partita lock /run/locked.dts")
    assert board.sh("partita lock --show") == "locked until the board is reset"
    # The hypervisor stays, so that the next kernel could not have the board.
    board.send("./kexec now")
    board.await_shell()
    Partita(board).enable()
