"""The end of a container with a command in it that nobody has waited for yet."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
import ctypes, os, signal, time
from longshore.native.shared.zygote import collect
libc = ctypes.CDLL(None, use_errno=True)
assert libc.unshare(0x20000000) == 0, os.strerror(ctypes.get_errno())  # CLONE_NEWPID: of the children from now on
first = os.fork()
if not first:
    signal.pause()
command = os.fork()  # our child, in the same namespace
if not command:
    os._exit(7)
os.waitid(os.P_PID, command, os.WEXITED | os.WNOWAIT)
os.kill(first, signal.SIGKILL)
collect(first)
print("collected")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may make a pid namespace with nothing beside it")
def test_a_namespace_ends_though_a_command_in_it_was_not_waited_for() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("collected\n", "")
