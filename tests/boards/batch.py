# SPDX-License-Identifier: GPL-2.0-only
"""Runs the compiler over many boards and systems in one process. An order that ends the process,
a sanitizer's report or an order without an answer is an outcome of that order, never of others."""

import fcntl
import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", TOP / "build")).resolve()
PROGRAM = BUILD / "tests" / "boards" / "compile"
SECONDS = 300


class Answer:
    def __init__(self):
        self.messages = []
        self.blobs = []
        self.done = False
        self.crash = None

    @property
    def silent(self):
        """Refused without a word, or not at all."""
        return self.crash is None and not self.done and not self.messages


def build():
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / "boards.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)    # tests may run in several processes
        subprocess.run(["make", "--no-print-directory", "-s", f"BUILD={BUILD}", "-f",
                        "tests/boards/build.mk"], cwd=TOP, check=True)


def order(*words):
    return "\t".join(str(word) for word in words)


def _read(lines, count):
    answers = []
    answer = Answer()
    for line in lines:
        if line in ("@done", "@refused"):
            answer.done = line == "@done"
            answers.append(answer)
            answer = Answer()
        elif line.startswith(("@system ", "@cell ")):
            answer.blobs.append(bytes.fromhex(line.split()[1]))
        else:
            answer.messages.append(line)
    return answers[:count]


def run(orders):
    """[(order of a board, [orders of systems])] -> [(Answer, [Answer])]. Systems of a board that
    is refused are not asked for."""
    boards = _answers([[board] for board, _ in orders])
    asked = [[board] + systems for (board, systems), (answer,) in zip(orders, boards)
             if answer.done and systems]
    more = iter(_answers(asked))
    return [(answer, next(more)[1:] if answer.done and systems else [])
            for (_, systems), (answer,) in zip(orders, boards)]


def _answers(groups):
    """For each group of orders its answers; a new process after one that died."""
    out = []
    while len(out) < len(groups):
        rest = groups[len(out):]
        text = "".join(f"{line}\n" for group in rest for line in group)
        ran = subprocess.run([PROGRAM], input=text, capture_output=True, text=True,
                             errors="replace", timeout=SECONDS, check=False)
        answers = _read(ran.stdout.splitlines(), sum(map(len, rest)))
        crash = ran.stderr or (f"exit {ran.returncode}" if ran.returncode else None)
        for group in rest:
            mine, answers = answers[:len(group)], answers[len(group):]
            if len(mine) == len(group):
                out.append(mine)
                continue
            # This group ended the process; the ones behind it are asked again.
            dead = Answer()
            dead.crash = crash or "no answer"
            out.append(mine + [dead] * (len(group) - len(mine)))
            break
        else:
            if crash:
                out[-1][-1].crash = crash
    return out
