# SPDX-License-Identifier: GPL-2.0-only
"""The two ways into the demo that need somebody at the terminal, or nobody."""

import re

import pexpect
from board import BUILD, PROMPT, TOP


def test_demo_leaves_a_shell_beside_the_running_cell():
    demo = pexpect.spawn(str(TOP / "demo"), ["--shell"], cwd=TOP, encoding="utf-8",
                         timeout=60, dimensions=(40, 120))
    try:
        demo.expect(re.escape(PROMPT), timeout=300)
        demo.sendline("partita cell list")
        demo.expect("control-loop +running")
        demo.sendline("exit")
        demo.expect(pexpect.EOF)
    finally:
        demo.close()
    assert demo.exitstatus == 0
    assert "partita cell start control-loop" in (BUILD / "demo.log").read_text()
