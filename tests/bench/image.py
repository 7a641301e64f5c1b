# SPDX-License-Identifier: GPL-2.0-only
"""The benchmark cell from outside: tells its image where it will run, and reads what it printed.

What the cell prints, a line each:

    started TICKS                         CNTVCT_EL0 at its first instruction
    result METRIC MIN SUM MAX SAMPLES
    worst METRIC CANDIDATE… MAX           which of the candidates the metric's worst path was
    begin METRIC, end METRIC TICKS        a phase in which something else is to count
    failed: REASON                        and nothing more
    done
"""

import os
import pathlib
import re
import struct

from metrics import METRICS, Result

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("BUILD", HERE.parent.parent / "build")).resolve()
CELL = BUILD / "bench" / "cell.bin"
HEADER = HERE / "cell" / "platform.h"

# Of the worst paths, those that do not end the cell: it can time them itself. Bits from here on.
CELL_WORST = ("worst-hvc", "worst-smc", "worst-wfi", "worst-sgi", "worst-sysreg", "worst-gicd",
              "worst-gicr")
WORST_FIRST_BIT = 16


class CellError(Exception):
    """The benchmark cell did not come to its end; carries the tail of what it printed."""


def constants():
    """The numbers that platform.h defines."""
    found = re.findall(r"^#define (\w+)\s+(\w+)", HEADER.read_text(encoding="utf-8"), re.M)
    return {name: int(value, 0) for name, value in found}


CONSTANTS = constants()
NONE, SMC, HVC = (CONSTANTS["CONDUIT_" + name] for name in ("NONE", "SMC", "HVC"))
NO_CPU = (1 << 64) - 1

# What holds where a system does not say otherwise.
DEFAULTS = {"magic": CONSTANTS["PLATFORM_MAGIC"], "timer_ppi": 27, "samples": 2000,
            "spi_word": 0x104, "second_mpidr": NO_CPU, "conduit": NONE}


# --- struct platform -----------------------------------------------------------------------------

def layout():
    """Fields of struct platform and the format that packs them, in the order of the header."""
    fields = re.findall(r"^\tuint(32|64)_t (\w+);", HEADER.read_text(encoding="utf-8"), re.M)
    return [name for _, name in fields], "<" + "".join("Q" if bits == "64" else "I"
                                                       for bits, _ in fields)


def metric_bits():
    """Name to bit of platform.metrics: what the cell can measure, in the order of metrics.py."""
    measured = [name for name, metric in METRICS.items() if not metric.like]
    cell = measured[:measured.index("entries-idle") + 1]
    return {**{name: bit for bit, name in enumerate(cell)},
            **{name: WORST_FIRST_BIT + bit for bit, name in enumerate(CELL_WORST)}}


def mask(names):
    bits = metric_bits()
    return sum(1 << bits[name] for name in set(names))


def platform_image(out, **fields):
    """Copy the cell's image to `out`, with struct platform filled in.

    The fields are those of platform.h; `metrics` is a list of names, and what is not given is 0
    or in DEFAULTS.
    """
    names, packing = layout()
    fields["metrics"] = mask(fields.get("metrics", ()))
    strange = set(fields) - set(names)
    if strange:
        raise TypeError(f"not in struct platform: {', '.join(sorted(strange))}")
    values = {**dict.fromkeys(names, 0), **DEFAULTS, **fields}
    image = bytearray(CELL.read_bytes())
    struct.pack_into(packing, image, CONSTANTS["PLATFORM_OFFSET"],
                     *(values[name] for name in names))
    out = pathlib.Path(out)
    out.write_bytes(image)
    return out


# --- what it prints ------------------------------------------------------------------------------

RESULT = re.compile(r"^result (\S+) (\d+) (\d+) (\d+) (\d+)$")

WINNER = re.compile(r"^worst (\S+) (.+) (\d+)$")


def lines(text):
    return [line.strip("\r") for line in text.split("\n")]


def tail(text, count=20):
    return "\n".join([line for line in lines(text) if line.strip()][-count:])


def is_done(text):
    """Has it come to its end, a good one or not?"""
    return any(line == "done" or line.startswith("failed:") for line in lines(text))


def parse(text, system):
    """All results that a complete output holds."""
    if "done" not in lines(text):
        raise CellError(f"{system}: the benchmark cell did not finish; its last words:\n"
                        f"{tail(text)}")
    found = filter(None, map(RESULT.match, lines(text)))
    return [result(system, match[1], *map(int, match.groups()[1:])) for match in found]


def result(system, metric, least, total, most, samples):
    return Result(system, metric, least, total / samples, most, samples)


def winners(text):
    """Worst path to the candidate that it was, in words."""
    return {match[1]: match[2] for match in filter(None, map(WINNER.match, lines(text)))}


def number_after(text, words):
    """The number that ends the line that begins with these words."""
    for line in lines(text):
        if line.startswith(words + " "):
            return int(line.split()[-1])
    raise CellError(f"no line '{words} …'; the cell's last words:\n{tail(text)}")


def started(text):
    """CNTVCT_EL0 at the cell's first instruction."""
    return number_after(text, "started")


def elapsed(text, metric):
    """Ticks between `begin` and `end` of a phase."""
    return number_after(text, f"end {metric}")
