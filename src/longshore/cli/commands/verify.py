"""`shore verify`: prove on the live stack that it does what it must."""

from __future__ import annotations

import os
from pathlib import Path

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]

FAMILIES = ("starts", "reachable", "reloads", "migrates", "persists", "isolated", "recovers", "safe", "yours")
FORMATS = ("table", "json", "junit", "markdown", "sarif", "html")
COULD_NOT_RUN = 2


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="what concerns these only")
    parser.add_argument("--fresh", action="store_true", default=None,
                        help="on a copy of the project, brought up and removed; in CI so")  # fmt: skip
    parser.add_argument(
        "--no-fresh", dest="fresh", action="store_false", default=None, help="on the stack that runs, in CI too"
    )
    parser.add_argument("--disturb", action="store_true", help="stop and kill services also where it is no copy")
    parser.add_argument("--family", action="append", choices=FAMILIES, metavar="NAME",
                        help=f"only these criteria (repeatable): {', '.join(FAMILIES)}")  # fmt: skip
    parser.add_argument("--format", choices=FORMATS, default="table", metavar="|".join(FORMATS), help="how")
    parser.add_argument("--report", action="append", default=[], metavar="FILE",
                        help="write it to a file too, in the form that its name ends with: .html, .json, .xml (JUnit), "
                        ".md, .sarif (repeatable)")  # fmt: skip


def run(args: Args) -> int:
    if args.fresh is None:
        args.fresh = os.environ.get("CI", "").lower() in ("1", "true")
    return finish(_verify(args))


async def _verify(args: Args) -> int:
    from longshore.cli.display import screen_of
    from longshore.cli.screens import Screens
    from longshore.cli.verifying import TableOfResults
    from longshore.cli.where import where
    from longshore.flow.home import load_stack
    from longshore.model.errors import ShoreError
    from longshore.report.line import paint
    from longshore.report.verify.forms import form_of, rendered
    from longshore.report.verify.lines import closing_lines
    from longshore.verify.families import checks_of
    from longshore.verify.prove import Asked, describe, prove, subject_of
    from longshore.verify.result import Family
    from longshore.verify.run import Told

    files = [(Path(name), form_of(name)) for name in args.report]
    place = where(args)
    asked = Asked(tuple(args.services), tuple(map(Family, args.family or ())), args.fresh, args.disturb)
    if args.dry_run:
        stack = load_stack(place, args.services)
        print(describe(checks_of(subject_of(place, stack, asked), asked.families)))
        return 0
    shown = TableOfResults(args) if args.format == "table" else Told()
    try:
        report = await prove(place, asked, Screens(args), shown)
    except ShoreError as error:
        error.exit_code = COULD_NOT_RUN
        raise
    finally:
        shown.closes()
    for file, form in files:
        _write(file, rendered(report, form))
    if args.format != "table":
        print(rendered(report, args.format).rstrip("\n"))
    else:
        colour = screen_of(args, out=True).colour
        print("\n".join(paint(line, colour) for line in closing_lines(report)))
    return report.exit_code


def _write(file: Path, text: str) -> None:
    from longshore.model.errors import ShoreError

    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ShoreError(f"the report cannot be written to {file}: {reason}", hint="name another place") from None
