"""`shore doctor`: everything that would go wrong, found before anything starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.doctor.examine import Report

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("--all", action="store_true", help="advice too")
    parser.add_argument("--fix", action="store_true", help="make the changes that are safe; shows them first")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask before --fix")
    parser.add_argument("--no-machine", action="store_true", help="the files alone, not what would run them")
    parser.add_argument("--no-linter", action="store_true", help="without hadolint")
    parser.add_argument("--format", choices=("table", "json", "sarif"), default="table", metavar="table|json|sarif",
                        help="how")  # fmt: skip


def run(args: Args) -> int:
    return finish(_doctor(args))


async def _doctor(args: Args) -> int:
    from longshore.cli.where import where
    from longshore.doctor.examine import examine

    report = await examine(where(args), linter=not args.no_linter, machine=not args.no_machine)
    _print(args, report)
    if args.fix and _fix(args, report):
        report = await examine(where(args), linter=not args.no_linter, machine=not args.no_machine)
        _print(args, report)
    return 0 if report.sound else 1


def _print(args: Args, report: Report) -> None:
    from longshore import __version__
    from longshore.cli.display import screen_of
    from longshore.report.findings import as_json, as_sarif, table
    from longshore.report.line import paint

    if args.format == "json":
        print(as_json(report))
    elif args.format == "sarif":
        from longshore.doctor.rules import all_rules

        print(as_sarif(report, all_rules(), __version__))
    else:
        colour = screen_of(args, out=True).colour
        print("\n".join(paint(line, colour) for line in table(report, every=args.all)))


def _fix(args: Args, report: Report) -> bool:
    """Show the changes, ask, carry them out; whether anything was changed."""
    import difflib
    import os
    import sys

    from longshore.cli.ask import confirm
    from longshore.doctor.examine import apply, fixes

    edits = fixes(report.findings)
    for edit in edits:
        name = os.path.relpath(edit.path)
        after = edit.text.splitlines() if edit.mode != 0o600 else [_hidden(line) for line in edit.text.splitlines()]
        before = edit.before.splitlines() if edit.mode != 0o600 else [_hidden(x) for x in edit.before.splitlines()]
        print("\n".join(difflib.unified_diff(before, after, name, name, lineterm="", n=1)), file=sys.stderr)
    if not edits or args.dry_run:
        return False
    if not args.yes:
        confirm(f"change {', '.join(os.path.relpath(edit.path) for edit in edits)}?", "say yes with --yes")
    for edit in edits:
        apply(edit)
    return True


def _hidden(line: str) -> str:
    """A line of `.env` without its value."""
    name, equals, _ = line.partition("=")
    return f"{name}{equals}…" if equals and not name.lstrip().startswith("#") else line
