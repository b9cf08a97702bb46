"""What is told of a failure: the cause, the end of what was said, what to do."""

from __future__ import annotations

from longshore.flow.failure.explain import SHOWN, Evidence, explain
from longshore.model.errors import ShoreError

DIED = ShoreError("db: exited with code 1")


def test_the_last_three_lines_of_the_probe_and_the_last_of_the_log() -> None:
    said = [f"line {number}" for number in range(1, 21)]
    error = explain([Evidence("db", DIED, said, 20, "one\ntwo\nthree\nfour", "")], {"web": "db"})
    probes = [line for line in error.details if line.startswith("last probe")]
    assert probes == ["last probe: two", "last probe: three", "last probe: four"]
    assert [line for line in error.details if line.startswith("line ")] == said[-SHOWN:]
    assert error.details[-1] == f"(last {SHOWN} of 20 lines; all: shore logs db)"
    assert "web: not started" in error.hint


def test_all_there_is_needs_no_count() -> None:
    error = explain([Evidence("db", DIED, ["only"], 1, "", "do this")], {})
    assert error.details == ("only",)
    assert error.hint == "hint: do this"
