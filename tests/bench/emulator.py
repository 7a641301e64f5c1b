# SPDX-License-Identifier: GPL-2.0-only
"""QEMU for systems that need no shell: the console goes to a file, and the monitor is ours. Nothing
is typed and nothing is asked while the clock counts, so that a run depends on nothing but what it
boots.
"""

import contextlib
import json
import pathlib
import socket
import subprocess
import time

import memory

RAM_AT = 0x40000000
TAIL_LINES = 30


class EmulatorError(Exception):
    """The emulated machine did not do what it should; carries the tail of its console."""


class Emulator:
    """A running QEMU. It ends with the `with` block, and after `lifetime` seconds in any case."""

    def __init__(self, command, console, lifetime=240):
        self.command = [str(word) for word in command]
        self.console = pathlib.Path(console)
        self.deadline = time.monotonic() + lifetime
        self.lifetime = lifetime
        self.events = []

    def __enter__(self):
        ours, theirs = socket.socketpair()
        with theirs, open(self.console, "wb") as output:
            self.process = subprocess.Popen(
                ["timeout", "-k", "5", str(self.lifetime), *self.command,
                 "-chardev", f"socket,id=monitor,fd={theirs.fileno()}",
                 "-mon", "chardev=monitor,mode=control"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()])
        ours.settimeout(self.lifetime)
        self.monitor = ours.makefile("rw", encoding="utf-8")
        ours.close()  # The file keeps it open.
        try:
            self.message()  # Its greeting.
            self.execute("qmp_capabilities")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        with contextlib.suppress(OSError):
            self.monitor.close()

    # --- its console -----------------------------------------------------------------------------

    def text(self):
        return self.console.read_text(encoding="utf-8", errors="replace").replace("\r", "")

    def failure(self, why):
        lines = [line for line in self.text().splitlines() if line.strip()]
        return EmulatorError(f"{why}; console {self.console}, its end:\n"
                             + "\n".join(lines[-TAIL_LINES:]))

    def wait_for(self, said):
        """Wait until a condition on all that the console has said holds; returns the text."""
        while not said(self.text()):
            if self.process.poll() is not None or time.monotonic() > self.deadline:
                raise self.failure("the machine ended, or was ended, before it had done its work")
            time.sleep(0.1)
        return self.text()

    # --- its monitor -----------------------------------------------------------------------------

    def message(self):
        try:
            line = self.monitor.readline()
        except OSError as error:
            raise self.failure(f"no word from QEMU ({error})") from None
        if not line:
            raise self.failure("QEMU ended")
        return json.loads(line)

    def execute(self, command, **arguments):
        json.dump({"execute": command, "arguments": arguments}, self.monitor)
        self.monitor.flush()
        while True:
            message = self.message()
            if "error" in message:
                raise self.failure(f"QEMU's monitor, {command}: {message['error']['desc']}")
            if "return" in message:
                return message["return"]
            self.events.append(message)

    def wait_until_off(self):
        """Wait until what runs turns the machine off; with -no-shutdown, QEMU stays."""
        while not any(event["event"] == "SHUTDOWN" for event in self.events):
            self.events.append(self.message())
        if not all(event.get("data", {}).get("guest", True) for event in self.events):
            raise self.failure(f"the machine was ended after {self.lifetime} s")

    # --- its memory ------------------------------------------------------------------------------

    @contextlib.contextmanager
    def ram(self, path):
        """All its RAM, stopped, in a file that is gone after the `with` block."""
        size = self.execute("query-memory-size-summary")["base-memory"]
        self.execute("stop")
        try:
            self.execute("pmemsave", val=RAM_AT, size=size, filename=str(path))
            yield pathlib.Path(path)
        finally:
            pathlib.Path(path).unlink(missing_ok=True)

    def ram_touched(self, path):
        with self.ram(path) as dump:
            return memory.touched(dump)
