# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's own boards, as this QEMU describes them today: what compiles is sound by the oracle, what
does not says the cause, and nothing that is the hypervisor's or the secure world's is given away.

Nothing is booted: QEMU writes the device tree of a machine and ends.
"""

import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import batch  # noqa: E402
from ask import Asked, source, taken  # noqa: E402
from generate import MIB, Shared, Want, free_memory, place, two_cells, uarts  # noqa: E402

SECONDS = 60
SECOND_UART = "/pl011@9040000"
GICV3 = "virt,virtualization=on,gic-version=3"
SECURE = "virt,virtualization=on,gic-version=3,secure=on"
VERSAL = "xlnx-versal-virt"
FW_CFG = "/fw-cfg@9020000"

# Where a system for one cell compiles, and which device the cell is given.
COMPILE = {
    "its": (GICV3 + ",its=on", (), SECOND_UART),
    "no-its": (GICV3 + ",its=off", (), SECOND_UART),
    "gicv4": ("virt,virtualization=on,gic-version=4", (), SECOND_UART),
    "smmu": (GICV3 + ",iommu=smmuv3", (), SECOND_UART),
    "low-memory-only": (GICV3 + ",highmem=off", (), SECOND_UART),
    "clusters": (GICV3, ("-smp", "8,clusters=2,cores=4"), SECOND_UART),
    "two-nodes-of-memory": (GICV3, ("-m", "1G", "-object", "memory-backend-ram,id=a,size=512M",
                                    "-object", "memory-backend-ram,id=b,size=512M",
                                    "-numa", "node,memdev=a,cpus=0-1",
                                    "-numa", "node,memdev=b,cpus=2-3"), SECOND_UART),
    "secure": (SECURE, (), "/pl011@9000000"),
    "versal": (VERSAL, (), "/uart@ff010000"),
    "gicv2": ("virt,virtualization=on,gic-version=2", (), SECOND_UART),
    "gicv2-eight-cpus": ("virt,virtualization=on,gic-version=2", ("-smp", "8"), SECOND_UART),
}

# Their firmware in the secure world would write the node of PSCI; QEMU leaves it out.
WITHOUT_PSCI = ("secure", "versal")

# Where none does, and why.
REFUSED = {
    "hypervisor": ("virt,gic-version=3", (), r"called by 'hvc'.* needs method 'smc'"),
    "no-firmware": (SECURE, (), r"no PSCI 0\.2 or later"),
    "one-cpu": (GICV3, ("-smp", "1"), r"the cells take all 1 CPUs; one at least must be left"),
}


def dump(folder, name, machine, options=()):
    """The device tree of a machine with four CPUs (unless said otherwise) and two serials."""
    path = folder / f"{name}.dtb"
    subprocess.run(["qemu-system-aarch64", "-M", f"{machine},dumpdtb={path}", "-cpu", "cortex-a72",
                    "-smp", "4", "-m", "1G", *options, "-nodefaults", "-display", "none",
                    "-serial", "null", "-serial", "null"],
                   check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
    return path


def add_psci(path):
    """As Trusted Firmware-A does for this machine."""
    for arguments in (["-p", "-c", path, "/psci"],
                      ["-t", "s", path, "/psci", "compatible", "arm,psci-1.0", "arm,psci-0.2"],
                      ["-t", "s", path, "/psci", "method", "smc"]):
        subprocess.run(["fdtput", *arguments], check=True)


@pytest.fixture(scope="module")
def boards(tmp_path_factory):
    """boards(name): the board of that name above, asked for once."""
    batch.build()
    folder = tmp_path_factory.mktemp("qemu")
    known = {}

    def board(name):
        if name not in known:
            machine, options, _ = (COMPILE | REFUSED)[name]
            path = dump(folder, name, machine, options)
            if name in WITHOUT_PSCI:
                add_psci(path)
            known[name] = Asked(path)
        return known[name]

    board.folder = folder
    return board


def ask(boards, name, systems, kind):
    answer, outcomes = boards(name).systems(systems, boards.folder, kind)
    assert not answer.crash
    return answer, outcomes


def one_cell(board, devices, cpus=None, extra=""):
    """The last CPU, 16 MiB and these devices."""
    hardware = board.hardware
    address = place(free_memory(board.hardware.tree, hardware.ram), 16 * MIB)
    return [Want("cell", cpus or [len(hardware.cpus) - 1], 16 * MIB, devices, address,
                 extra=extra)]


# ------------------------------------------------------------------ the two-cell system

@pytest.mark.parametrize("name", COMPILE)
def test_two_cells_compile_and_the_oracle_accepts(boards, name):
    board = boards(name)
    answer, ((wants, made),) = ask(boards, name, two_cells(board.hardware, 1), "two")
    assert wants[0].devices == [COMPILE[name][2]]
    assert made.done, answer.messages + made.messages
    assert not board.judge(answer, wants, made)


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_says_why(boards, name):
    board = boards(name)
    answer, outcomes = ask(boards, name, two_cells(board.hardware, 1), "two")
    said = answer.messages + [line for _, made in outcomes for line in made.messages]
    assert not any(made.done for _, made in outcomes)
    assert any(re.search(REFUSED[name][2], line) for line in said), said


def test_same_machine_gives_the_same_bytes(boards):
    blobs = []
    for name in ("first", "second"):
        board = Asked(dump(boards.folder, name, GICV3 + ",iommu=smmuv3,dtb-randomness=off"))
        answer, ((_, made),) = board.systems(two_cells(board.hardware, 1), boards.folder)
        blobs.append(answer.blobs + made.blobs)
    assert blobs[0] == blobs[1]


# ------------------------------------------------------------------ what no cell may have

KEPT = "is needed by the hypervisor itself and can be given to no cell"
DENIED = {
    "the GIC": ("its", "/intc@8000000", KEPT),
    "the ITS": ("its", "/intc@8000000/its@8080000", KEPT),
    "the SMMU": ("smmu", "/smmuv3@9050000", KEPT),
    "PCIe": ("smmu", "/pcie@10000000", "is a bus with devices behind it"),
    "PCIe without an SMMU": ("no-its", "/pcie@10000000", "is a bus with devices behind it"),
    "memory": ("its", "/memory@40000000", "is memory, not registers"),
    "a CPU": ("its", "/cpus/cpu@1", "is a CPU; 'cpus' gives CPUs"),
    "one of eight in a page": ("its", "/virtio_mmio@a000000", "share a 4 KiB page"),
    "a bus of nothing": ("its", "/platform-bus@c000000", "neither registers nor interrupts"),
    "what does DMA": ("its", FW_CFG, "can do DMA ('dma-coherent')"),
}


@pytest.mark.parametrize("what", DENIED)
def test_no_cell_gets(boards, what):
    name, path, says = DENIED[what]
    _, ((_, made),) = ask(boards, name, [one_cell(boards(name), [path])], "denied")
    assert not made.done
    assert any(f"device '{path}'" in line and says in line for line in made.messages), \
        made.messages


def test_its_that_is_off_is_not_there(boards):
    wants = one_cell(boards("no-its"), ["/intc@8000000/its@8080000"])
    _, ((_, made),) = ask(boards, "no-its", [wants], "absent")
    assert any("the board has no device" in line for line in made.messages), made.messages


def test_dma_that_is_accepted(boards):
    board = boards("its")
    (want,) = one_cell(board, [FW_CFG])
    want.unconfined = [FW_CFG]
    answer, ((wants, made),) = ask(boards, "its", [[want]], "dma")
    assert made.done, made.messages
    assert not board.judge(answer, wants, made)


def secure_devices(board):
    """Nodes of the secure world that have something to give."""
    return [node.path for node in board.hardware.tree.nodes
            if node.secure and ("reg" in node.props or "interrupts" in node.props)]


def test_no_cell_gets_what_is_the_secure_worlds(boards):
    board = boards("secure")
    paths = secure_devices(board)
    assert {SECOND_UART, "/secflash@0", "/secram@e000000"} <= set(paths)
    _, outcomes = ask(boards, "secure", [one_cell(board, [path]) for path in paths], "secure")
    for wants, made in outcomes:
        assert not made.done, source(wants)
        assert any("secure" in line for line in made.messages), made.messages


@pytest.mark.parametrize("name", [name for name in COMPILE if name != "secure"])
def test_world_that_is_not_there_hides_nothing(boards, name):
    assert not secure_devices(boards(name))


# ------------------------------------------------------------------ several cells

def cells_of(board, groups, devices):
    free = free_memory(board.hardware.tree, board.hardware.ram)
    return [Want(f"c{i}", cpus, 4 * MIB, devices.get(i, []), place(free, 4 * MIB))
            for i, cpus in enumerate(groups)]


def test_cells_on_all_cpus_but_one(boards):
    board = boards("clusters")
    wants = cells_of(board, [[7], [5, 6], [1, 2, 3], [4]],
                     {0: [SECOND_UART], 1: ["/pl031@9010000"], 3: ["/pl061@9030000"]})
    answer, ((_, made),) = ask(boards, "clusters", [wants], "several")
    assert made.done, made.messages
    assert not board.judge(answer, wants, made)


def test_cells_that_share_memory_at_addresses_that_are_asked_for(boards):
    board = boards("two-nodes-of-memory")
    wants = cells_of(board, [[1], [2], [3]], {})
    free = free_memory(board.hardware.tree, board.hardware.ram)
    free = [(base, size - 64 * MIB) for base, size in free]
    both = Shared("both", 0x10000, place(free, 0x10000), 0x60000000)
    all_three = Shared("all-three", 2 * MIB, place(free, 2 * MIB))
    for want, shared in zip(wants, ([both, all_three], [all_three], [all_three, both])):
        want.shared, want.placed = shared, True
    answer, ((_, made),) = ask(boards, "two-nodes-of-memory", [wants], "shared")
    assert made.done, made.messages
    assert not board.judge(answer, wants, made)


def test_one_cpu_is_left_to_linux(boards):
    board = boards("clusters")
    wants = cells_of(board, [[0, 7], [5, 6], [1, 2, 3], [4]], {})
    _, ((_, made),) = ask(boards, "clusters", [wants], "all")
    assert not made.done
    assert any("the cells take all 8 CPUs" in line for line in made.messages), made.messages


def test_a_cell_that_takes_the_rest(boards):
    """What it gets is known from its blob alone: whole devices, and again nobody else's."""
    for name in ("its", "smmu", "secure"):
        board = boards(name)
        wants = cells_of(board, [[3], [1, 2]], {0: [COMPILE[name][2]], 1: ["rest"]})
        answer, ((_, made),) = ask(boards, name, [wants], "rest")
        assert made.done, made.messages
        wants[1].devices = taken(board.hardware, made.blobs[1])
        assert "/pl031@9010000" in wants[1].devices
        assert not board.judge(answer, wants, made), wants[1].devices


def test_uart_of_the_secure_world_is_not_asked_for(boards):
    assert SECOND_UART not in [node.path for node in uarts(boards("secure").hardware.tree)]
