"""What `build --check` prints of a Dockerfile, as `docker build --check` does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longshore.dockerfile.lint.finding import Finding

__all__ = ["check_text", "warnings_text"]

RULER = "--------------------"
AROUND = 2
"""How many more lines than one a shown place has at least."""


def check_text(name: str, text: str, findings: Sequence[Finding]) -> str:
    """All about the Dockerfile `text`, whose file has that name."""
    if not findings:
        return "Check complete, no warnings found.\n"
    count = "1 warning has" if len(findings) == 1 else f"{len(findings)} warnings have"
    return f"Check complete, {count} been found!\n{warnings_text(name, text, findings)}"


def warnings_text(name: str, text: str, findings: Sequence[Finding]) -> str:
    """Each finding with its rule, and the place in the file."""
    lines = text.split("\n")
    return "".join(
        f"\nWARNING: {one.rule} - {one.address}\n{one.text}\n{name}:{one.line}\n" + "".join(_place(lines, one))
        for one in findings
    )


def _place(lines: list[str], one: Finding) -> Iterator[str]:
    """The lines of a finding marked, with some around them."""
    start, end = one.line, min(one.end, len(lines))
    wanted, shown = AROUND * 2 if start == end else AROUND, 0
    while shown < wanted:
        if start > 1:
            start, shown = start - 1, shown + 1
        if end != len(lines):
            end, shown = end + 1, shown + 1
        shown += 1
    yield f"{RULER}\n"
    for number in range(start, end + 1):
        mark = ">>>" if one.line <= number <= one.end else "   "
        yield f" {number:3} | {mark} {lines[number - 1]}\n"
    yield f"{RULER}\n"
