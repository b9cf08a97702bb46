"""What is told of a failure: the cause, the end of what was said, what to do."""

from __future__ import annotations

from longshore.flow.failure.explain import SHOWN, Evidence, explain
from longshore.model.errors import ShoreError, ShoreErrors

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


def test_a_build_that_services_share_fails_once() -> None:
    failed = {
        name: ShoreError(f"{name}: build failed at RUN make", details=("make: no rule",), hint="mend it")
        for name in ("web", "worker", "other")
    }
    failed["other"].details = ("make: another",)
    error = explain([Evidence(name, one) for name, one in failed.items()], {"nginx": "worker"})
    assert isinstance(error, ShoreErrors)
    assert [one.what for one in error.errors] == [
        "web, worker: build failed at RUN make", "other: build failed at RUN make",
    ]  # fmt: skip
    assert error.errors[0].hint == "nginx: not started, it depends on web, worker\nmend it"
