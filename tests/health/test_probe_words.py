"""What is said of a failing probe."""

from __future__ import annotations

import pytest

from longshore.state.probes import is_missing, probe_said


@pytest.mark.parametrize(
    ("code", "output", "missing", "said"),
    [
        (127, "/bin/sh: 1: pg_isreadyy: not found", True, "pg_isreadyy: not found"),
        (127, "sh: pg_isreadyy: not found", True, "pg_isreadyy: not found"),
        (127, "bash: line 1: curl: command not found", True, "curl: command not found"),
        (126, "OCI runtime exec failed: exec: \"curl\": executable file not found in $PATH", True,
         "OCI runtime exec failed: exec: \"curl\": executable file not found in $PATH"),
        (1, "OCI runtime exec failed: exec: \"curl\": executable file not found", True, None),
        (1, "404 page not found", False, "404 page not found"),
        (1, "one\n  two  \n\n", False, "two"),
        (3, "", False, "exit code 3"),
        (0, "", False, ""),
    ],
)  # fmt: skip
def test_what_is_said(code: int, output: str, missing: bool, said: str | None) -> None:
    assert is_missing(code, output) == missing
    assert probe_said(code, output) == (output if said is None else said)
