"""What the answer of a health probe says."""

from __future__ import annotations

import pytest

from longshore.state.events import killed_by
from longshore.state.probes import is_missing, probe_said

OCI = 'OCI runtime exec failed: exec failed: "curl": executable file not found in $PATH'


@pytest.mark.parametrize(
    ("code", "output", "missing"),
    [
        (127, "", True),
        (126, "", True),
        (128, "", False),
        (1, "curl: not found", False),
        (255, OCI, True),
        (1, "exec failed: No Such File or directory", True),
        (1, "OCI runtime exec failed: the moon is full", False),
        (0, OCI, False),
    ],
)
def test_a_program_that_cannot_be_executed(code: int, output: str, missing: bool) -> None:
    assert is_missing(code, output) is missing


@pytest.mark.parametrize(
    ("code", "output", "said"),
    [
        (1, "", "exit code 1"),
        (0, " \n", ""),
        (1, "one\n two \n\n", "two"),
        (127, "/bin/sh: 1: curl: not found\n", "curl: not found"),
        (127, "bash: line 1: curl: command not found", "curl: command not found"),
    ],
)
def test_what_is_shown_of_it(code: int, output: str, said: str) -> None:
    assert probe_said(code, output) == said


@pytest.mark.parametrize(("code", "number"), [(0, 0), (128, 0), (129, 1), (137, 9), (143, 15)])
def test_the_signal_of_an_exit_code(code: int, number: int) -> None:
    assert killed_by(code) == number
