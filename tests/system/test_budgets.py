# SPDX-License-Identifier: GPL-2.0-only
"""The part of `make bench` that needs no peer: each budgeted path of Partita, counted against the
budget and against the same program with no hypervisor. The clock is deterministic, so a failure
here is a longer path, never a busy host."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
import report  # noqa: E402
from board import BUILD  # noqa: E402
from metrics import JUDGED  # noqa: E402

# Compiling takes a compiler that only `make bench` fetches.
BUDGETED = [name for name, metric in JUDGED.items()
            if metric.budget is not None and name != "linux-tcc"]


def scratch(name):
    folder = BUILD / "tests" / "bench" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def verdicts():
    from systems import bare, linux, partita
    results = (bare.measure(scratch("bare")) + partita.measure(scratch("partita"))
               + linux.measure(scratch("linux"), compiler=False))
    assert report.unknown(results) == []
    return {verdict.name: verdict for verdict in report.judge(results)}


@pytest.mark.parametrize("name", BUDGETED)
def test_no_sample_is_over_its_budget(verdicts, name):
    verdict = verdicts[name]
    if verdict.over or not verdict.judged:
        pytest.fail(str(verdict), pytrace=False)
