# SPDX-License-Identifier: GPL-2.0-only
"""Which instructions each CPU of an emulated board executed, for paths that nobody on the board can
time: QEMU's log of executed code, one instruction a line, switched on for the moment of interest.

It is slow and large; what the guest can count itself, it counts itself.
"""

import pathlib
import re
import socket
import typing

PROMPT = b"(qemu) "


class Step(typing.NamedTuple):
    """One instruction, executed by one CPU."""

    cpu: int
    pc: int


class Monitor:
    """QEMU's own command line, on a socket that options() asks QEMU for."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.await_prompt()

    @staticmethod
    def options(path, log):
        return ["-monitor", f"unix:{path},server=on,wait=off", "-D", str(log)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def await_prompt(self):
        answer = b""
        while not answer.endswith(PROMPT):
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError("QEMU has ended")
            answer += piece
        return answer

    def run(self, command):
        """A command that has nothing to say; it is echoed letter by letter, with much ado."""
        self.socket.sendall(command.encode() + b"\n")
        said = re.sub(rb"\x1b\[[KD]", b"", self.await_prompt()).split(b"\r\n")[1:-1]
        if said:
            raise ValueError(f"{command}: {said}")

    def trace(self):
        """From here on every instruction is in the log."""
        self.run("one-insn-per-tb on")
        self.run("log exec,nochain")

    def stop_tracing(self):
        self.run("log none")
        self.run("one-insn-per-tb off")

    def save_memory(self, start, size, path):
        """Physical memory into a file; the guest is not asked."""
        pathlib.Path(path).unlink(missing_ok=True)
        self.run(f'pmemsave {start:#x} {size:#x} "{path}"')


LINE = re.compile(r"(?:Trace (\d+): \S+ \[[0-9a-f]+/([0-9a-f]+)/|"
                  r"Stopped execution of TB chain before \S+ \[([0-9a-f]+)\])")


def steps_of(log, offset=0):
    """All that the log holds from a byte on, in order. An instruction that was announced, but whose
    CPU had used up its turn, is taken back: it is announced again at the CPU's next turn."""
    steps = []
    with open(log, encoding="ascii", errors="replace") as file:
        file.seek(offset)
        for match in map(LINE.match, file):
            if match and match[1]:
                steps.append(Step(int(match[1]), int(match[2], 16)))
            elif match and steps and steps[-1].pc == int(match[3], 16):
                steps.pop()
    return steps
