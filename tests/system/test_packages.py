# SPDX-License-Identifier: GPL-2.0-only
"""The Debian packages: installed, used and purged in a Debian with systemd on the emulated board.

What would take too long there is done here: DKMS builds the driver across, from the package's source.
"""

import os
import shutil
import subprocess

import pytest
from board import BUILD, CACHE, TOP, release_of
from conftest import KERNELS

SYSTEM = "/etc/partita/system.dts"


@pytest.fixture(scope="module")
def packages():
    """Each package's file, by its name."""
    # Each worker of ./check comes here.
    subprocess.run(["flock", BUILD / "deb.lock", "make", "-s", "--no-print-directory", "deb"], cwd=TOP, check=True)
    return {path.name.split("_")[0]: path for path in (BUILD / "deb").glob("*.deb")}


@pytest.fixture
def installed(packages, tmp_path):
    """A package unpacked to where it can be looked at: installed(name)."""
    def unpack(name):
        subprocess.run(["dpkg-deb", "-x", packages[name], tmp_path / name], check=True)
        return tmp_path / name
    return unpack


@pytest.fixture
def module(installed, tmp_path):
    """The driver as DKMS builds it from the installed source, for the kernel of the board."""
    source = next(installed("partita-dkms").glob("usr/src/partita-*"))
    release = release_of(KERNELS[0])
    # The same as for the driver in linux/build.mk: what the headers say of their compiler is said again.
    across = ("ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc "
              "CONFIG_DEBUG_INFO_BTF_MODULES= CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=")
    (tmp_path / "dkms").mkdir()
    built = subprocess.run(
        ["/usr/sbin/dkms", "build", source.name.replace("-", "/", 1), "-k", release, "-a", "aarch64",
         "--sourcetree", source.parent, "--dkmstree", tmp_path / "dkms", "--kernelsourcedir",
         CACHE / "root" / release / "usr/src" / f"linux-headers-{release}"],
        env={**os.environ, "MAKEFLAGS": f" -- {across}"}, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return next((tmp_path / "dkms").glob("partita/*/*/aarch64/module/partita.ko"))


def test_cell_is_built_with_pkg_config(installed, tmp_path):
    root = installed("partita-cell-dev")
    shutil.copytree(root / "usr/share/doc/partita-cell-dev/examples", tmp_path / "blink")

    def flags(kind):
        path = {**os.environ, "PKG_CONFIG_PATH": str(root / "usr/share/pkgconfig")}
        return subprocess.run(["pkg-config", kind, "partita-cell"], env=path, check=True,
                              capture_output=True, text=True).stdout.split()

    gcc = [os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-") + "gcc", "-O2"]
    subprocess.run([*gcc, "-c", *flags("--cflags"), "blink.c"], cwd=tmp_path / "blink", check=True)
    subprocess.run([*gcc, "blink.o", *flags("--libs"), "-o", "blink.elf"], cwd=tmp_path / "blink", check=True)
    # Made by make, the program is the same.
    makefile = tmp_path / "blink/Makefile"
    makefile.write_text(makefile.read_text().replace("/usr/share", f"{root}/usr/share"))
    subprocess.run(["make", "-s", "-C", tmp_path / "blink"], check=True, capture_output=True)
    for by in "", "build/":
        subprocess.run([gcc[0].replace("gcc", "objcopy"), "-O", "binary", f"{by}blink.elf", f"{by}flat"],
                       cwd=tmp_path / "blink", check=True)
    assert (tmp_path / "blink/flat").stat().st_size > 0
    assert (tmp_path / "blink/flat").stat().st_size == (tmp_path / "blink/build/flat").stat().st_size


class Debian:
    """What an administrator does and sees in the Debian of the board."""

    def __init__(self, board, package):
        self.board, self.package = board, package

    def sh(self, command, timeout=180):
        return self.board.sh(command, timeout)

    def install(self):
        self.sh(f"dpkg -i {self.package}")

    def files(self):
        """All but what systemd and dpkg note down as they go."""
        found = self.sh("find / -xdev ! -type d | sort; find / -xdev -type d | sort")
        return {line for line in found.splitlines()
                if not line.startswith(("/var/log/", "/var/lib/systemd/", "/var/lib/dpkg/", "/tmp/",
                                        "/root/", "/var/tmp/"))}

    def online(self):
        return self.sh("cat /sys/devices/system/cpu/online")

    def enabled(self):
        return self.sh("cat /sys/class/misc/partita/enabled 2>/dev/null || echo no driver")


@pytest.fixture
def debian(boot, packages, module):
    target = f"/root/{packages['partita'].name}"
    board = boot(root="debian", append="systemd.show_status=0", files={
        target: packages["partita"],
        f"/usr/lib/modules/{release_of(KERNELS[0])}/updates/dkms/partita.ko": module,
    })
    board.sh("depmod -a", 60)
    return Debian(board, target)


def test_packages_are_installed_used_and_purged(debian):
    before = debian.files()
    debian.install()
    assert debian.sh("dpkg -s partita | grep Status") == "Status: install ok installed"
    assert debian.sh("dpkg --verify partita") == ""

    # Nobody's CPUs are taken because a package was installed, nor without a system to bring up.
    assert debian.board.run("systemctl is-enabled partita").output == "disabled"
    debian.sh("systemctl start partita")
    assert debian.enabled() == "no driver"

    # As the manual page has it.
    debian.sh(f"cp /usr/lib/partita/cells/control-loop.dts {SYSTEM}; "
              "cp /usr/lib/partita/cells/control-loop.bin /etc/partita/")
    debian.sh(f"partita config check {SYSTEM}")
    debian.sh("systemctl enable --now partita")
    assert "running" in debian.sh("partita cell list | grep control-loop")
    assert debian.online() == "0-2"

    # An upgrade does not touch the cells.
    debian.install()
    assert debian.sh("cat /sys/class/misc/partita/cells/1/state /sys/class/misc/partita/cells/1/starts") \
        == "running\n1"

    debian.sh("systemctl stop partita")
    assert (debian.enabled(), debian.online()) == ("0", "0-3")
    assert "has shut down" in debian.sh("journalctl -u partita")

    # A system that cannot be had is not brought up in part.
    debian.sh(f"sed -i s/control-loop.bin/none.bin/ {SYSTEM}")
    assert debian.board.run("systemctl start partita", 180).status != 0
    assert "none.bin" in debian.sh("journalctl -u partita")
    assert (debian.enabled(), debian.online()) == ("0", "0-3")

    # Purged while its cells run.
    debian.sh(f"cp /usr/lib/partita/cells/hello.dts {SYSTEM}; cp /usr/lib/partita/cells/hello.bin /etc/partita/")
    debian.sh("systemctl start partita")
    assert debian.enabled() == "1"
    debian.sh("rm /etc/partita/*.bin; dpkg --purge partita")
    assert (debian.enabled(), debian.online()) == ("0", "0-3")
    debian.sh("modprobe -r partita")
    assert debian.files() == before
