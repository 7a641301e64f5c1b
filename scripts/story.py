#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What ./demo tells. Every command is really run on the board and every output is its own."""

import re
import sys
import time

from board import BUILD, PROMPT, Board, BoardError

PERIODS = 10000
SYSFS = "/sys/class/misc/partita"


class Teller:
    """Writes to the terminal and to the transcript alike; colours only on a terminal."""

    def __init__(self, board, transcript):
        self.board = board
        self.transcript = transcript
        self.terminal = sys.stdout.isatty()

    def line(self, text, colour=None):
        self.clear()
        self.transcript.write(text + "\n")
        print(f"\033[{colour}m{text}\033[0m" if colour and self.terminal else text)

    def say(self, text):
        self.line("\n" + text, colour="1")

    def show(self, command, timeout=120):
        """Run a command before the reader's eyes; it must succeed."""
        self.line("  # " + command, colour="36")
        self.progress(command)
        output = self.board.sh(command, timeout)
        for line in output.splitlines():
            self.line("  " + line)
        return output

    def progress(self, text):
        if self.terminal:
            print(f"\r\033[K  … {text}", end="", flush=True)

    def clear(self):
        if self.terminal:
            print("\r\033[K", end="")


def whole(board):
    """What Linux has: to be the same before and after."""
    text = board.sh("cat /proc/meminfo")
    # Linux moves single pages in and out of CMA at any time, so tenths of a MiB.
    mib = {key: f"{int(re.search(rf'^{key}: +([0-9]+)', text, re.M).group(1)) / 1024:.1f} MiB"
           for key in ("MemTotal", "CmaFree")}
    return {
        "CPUs": board.sh("cat /sys/devices/system/cpu/online"),
        "memory": mib["MemTotal"],
        "free contiguous memory": mib["CmaFree"],
    }


def await_periods(teller, cell, wanted):
    """The loop's heartbeat counts its periods; reading it costs the loop nothing."""
    deadline = time.monotonic() + 180
    while True:
        periods = int(teller.board.sh(f"cat {SYSFS}/cells/{cell}/heartbeat"))
        if periods >= wanted:
            return periods
        if time.monotonic() > deadline:
            raise BoardError(f"the control loop made only {periods} periods in 3 minutes")
        teller.progress(f"control loop: {periods} of {wanted} periods")
        time.sleep(0.3)


def exits_of(board, cpu):
    return int(board.sh(f"sed -n 's/^total //p' {SYSFS}/cpus/cpu{cpu}/exits"))


def partition(teller):
    board = teller.board
    teller.say("A stock Debian Linux has booted on four cores. Nothing is reserved, nothing patched.")
    teller.show("uname -r; cat /sys/devices/system/cpu/online")
    teller.show("modprobe partita; partita hardware check")
    before = whole(board)

    teller.say("It gets work to do on every core, whose result is known beforehand.")
    digest = teller.show("./work 1")
    teller.show("./work 0 >/run/digest &")

    teller.say("The hypervisor slides underneath it while it works.")
    teller.show("partita enable")

    teller.say("A control loop gets a core, memory and a timer of its own.")
    teller.show("grep -v '^/\\*' control-loop.dts")
    teller.show("partita cell create control-loop.dts")
    teller.show("partita cell start control-loop")
    teller.show("partita cell list")
    cell = board.sh(f"grep -lx control-loop {SYSFS}/cells/*/name").split("/")[-2]
    return before, digest, cell


def reunite(teller, before, digest, cell):
    board = teller.board
    teller.say(f"It runs {PERIODS} periods of one millisecond beside the busy Linux.")
    first = await_periods(teller, cell, 1)
    starting = exits_of(board, 3)
    await_periods(teller, cell, first + PERIODS)
    exits = exits_of(board, 3) - starting
    teller.show("partita cell stats control-loop")

    teller.say("It is asked to finish, and says how late it ever was.")
    teller.show("partita cell shutdown control-loop")
    console = teller.show("partita console control-loop")
    teller.show("partita cell destroy control-loop")

    teller.say("The hypervisor goes as it came; Linux has everything back.")
    teller.show("partita disable")
    result = teller.show("kill $!; wait $!; cat /run/digest")
    after = whole(board)

    figures = re.findall(r"periods (\d+) missed (\d+) late ns min (\d+) mean (\d+) max (\d+)",
                         console)
    if not figures:
        raise BoardError("the control loop printed no figures")
    periods, missed, *late = (int(figure) for figure in figures[-1])
    least, mean, most = (f"{ns / 1000:.1f}" for ns in late)
    teller.say("Summary")
    teller.line(f"  control loop   {periods} periods, {missed} missed; late by {least} µs at best, "
                f"{mean} µs on average, {most} µs at worst")
    teller.line("                 (emulated cores share this machine's: a board's figures are its own)")
    teller.line(f"  exits          {exits} in {PERIODS} periods ({starting} before, to set up its timer "
                "interrupt)")
    same = "the same result as alone" if result == digest else "A WRONG RESULT"
    teller.line(f"  Linux          worked on all the while, with {same}")
    for what, had in before.items():
        change = "as before" if after[what] == had else f"WAS {had}"
        teller.line(f"  came back      {what}: {after[what]}, {change}")
    if result != digest or after != before or exits:
        raise BoardError("the summary above shows what should not be")


class Decoded:
    """A transcript for what pexpect passes on from a terminal, which is bytes."""

    def __init__(self, file):
        self.file = file

    def write(self, data):
        self.file.write(data.decode("utf-8", "replace") if isinstance(data, bytes) else data)

    def flush(self):
        self.file.flush()


def shell(teller, transcript):
    board = teller.board
    teller.say("The cell is running beside this Linux, whose root shell you have now. Try:")
    for hint in ("partita cell list", "partita cell stats control-loop",
                 "partita console -f control-loop      (ctrl-C ends it)",
                 "partita cell stop control-loop; partita cell destroy control-loop",
                 "partita disable"):
        teller.line("  " + hint)
    teller.line("`exit` ends the board.")
    sys.stdout.flush()
    board.send(f"stty echo; PS1='{PROMPT}' exec sh -l")
    board.console.logfile_read = Decoded(transcript)
    board.console.interact(escape_character=None)


def main():
    to_shell = "--shell" in sys.argv[1:]
    with open(BUILD / "demo.log", "a", encoding="utf-8") as transcript:
        print("Booting the board …", flush=True)
        try:
            with Board(BUILD / "demo-console.log", lifetime=86400 if to_shell else 900) as board:
                teller = Teller(board, transcript)
                facts = partition(teller)
                if to_shell:
                    shell(teller, transcript)
                else:
                    reunite(teller, *facts)
        except BoardError as error:
            transcript.write(f"FAILED: {error}\n")
            sys.exit(f"./demo: {error}")
    print(f"Transcript: {BUILD / 'demo.log'}")


main()
