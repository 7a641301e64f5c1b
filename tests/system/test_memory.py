# SPDX-License-Identifier: GPL-2.0-only
"""Memory that the user wants at an address, and memory of one name."""

import shlex

from partita import CELLS, Footprint, dts

# Linux leaves the last 128 MiB of the board's 2 GiB alone, which begin here.
BOARD = {"append": "mem=1920M"}
BEYOND_LINUX = 0xb8000000


def refused(partita, source):
    board = partita.board
    board.sh(f"echo {shlex.quote(source)} >{CELLS}/refused.dts")
    result = board.run(f"partita cell create {CELLS}/refused.dts")
    assert result.status == 1
    return result.output


def test_memory_that_linux_leaves_alone_is_had_where_it_is_wanted(board, enabled):
    # The first allocation from CMA leaves two pages with the kernel's allocator.
    enabled.run("hello", "hello.bin").shutdown()
    enabled.leave()
    before = Footprint(board)
    enabled.enable()
    cell = enabled.run("hello", "hello.bin", memory=f"4M@{BEYOND_LINUX:#x}")
    assert cell.read("regions").startswith(f"{BEYOND_LINUX:#x} ")
    cell.await_console(f"memory rwx {BEYOND_LINUX:012x}")
    taken = board.sh("grep -i partita /proc/iomem")
    assert taken.strip().startswith(f"{BEYOND_LINUX:x}-{BEYOND_LINUX + (4 << 20) - 1:x}")
    text = refused(enabled, dts("other", cpus=(2,), memory=f"4M@{BEYOND_LINUX + 0x200000:#x}"))
    assert "somebody else uses 0xb8200000" in text and "leave the address out" in text
    cell.shutdown()
    cell.destroy()
    assert board.run("grep -qi partita /proc/iomem").status == 1
    enabled.leave()
    assert before.all_back(Footprint(board))


def test_memory_that_linux_uses_is_not_had(board, enabled):
    text = refused(enabled, dts("greedy", memory="4M@0x60000000"))
    assert "cell 'greedy': its own memory: Linux or somebody else uses 0x60000000" in text
    assert len(enabled.cell_names()) == 1


def shared(size, name, cpu):
    return (f'/dts-v1/; / {{ compatible = "partita,system-v1"; exchange {{ '
            f'compatible = "partita,memory-v1"; size = "{size}"; }}; {name} {{ '
            f'compatible = "partita,cell-v1"; cpus = <{cpu}>; memory = "4M"; '
            'shared-memory = "exchange"; }; };')


def test_memory_of_one_name_has_one_size(board, enabled):
    board.sh(f"echo {shlex.quote(shared('64K', 'one', 3))} >{CELLS}/one.dts")
    board.sh(f"partita cell create {CELLS}/one.dts")
    text = refused(enabled, shared("128K", "other", 2))
    assert "shared memory 'exchange' exists already with another size or address" in text
    assert enabled.cell_names() == ["root", "one"]
