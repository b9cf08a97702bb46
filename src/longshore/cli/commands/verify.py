"""`shore verify`: prove on the live stack that it does what it must."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.flow.home import Where
    from longshore.report.line import Line
    from longshore.verify.prove import Asked
    from longshore.verify.result import Report

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
    parser.add_argument("--baseline", default="", metavar="REPORT.json", help="what has changed since that report")
    parser.add_argument("--engines", type=_engines, default=[], metavar="native,docker",
                        help="on copies on both, and every difference side by side")  # fmt: skip
    parser.add_argument("--screenshots", action="store_true",
                        help="of front pages, in the HTML report, where Chromium is installed")  # fmt: skip
    parser.add_argument("--report", action="append", default=[], metavar="FILE",
                        help="write it to a file too, in the form that its name ends with: .html, .json, .xml (JUnit), "
                        ".md, .sarif (repeatable)")  # fmt: skip


def run(args: Args) -> int:
    if args.fresh is None:
        args.fresh = os.environ.get("CI", "").lower() in ("1", "true")
    return finish(_verify(args))


async def _verify(args: Args) -> int:
    from longshore.cli.where import where
    from longshore.flow.home import load_stack
    from longshore.model.errors import UsageError
    from longshore.report.verify.forms import form_of, rendered
    from longshore.report.verify.lines import closing_lines
    from longshore.verify.compare import since
    from longshore.verify.families import checks_of
    from longshore.verify.prove import Asked, describe, subject_of
    from longshore.verify.result import Family

    if args.engines and (args.baseline or args.format in ("junit", "sarif")):
        raise UsageError(
            "--engines gives no such report", hint="--report FILE.xml or .sarif writes one for each engine"
        )
    files = [(Path(name), form_of(name)) for name in args.report]
    place = where(args)
    asked = Asked(
        tuple(args.services), tuple(map(Family, args.family or ())), args.fresh, args.disturb, args.screenshots
    )
    if args.dry_run:
        stack = load_stack(place, args.services)
        print(describe(checks_of(subject_of(place, stack, asked), asked.families)))
        return 0
    before = _baseline(args.baseline)
    if args.engines:
        return await _on_several(args, place, asked, files)
    report = await _proven(args, place, asked)
    if before:
        report = since(report, before)
    for file, form in files:
        _write(file, rendered(report, form))
    _print(args, rendered(report, args.format) if args.format != "table" else "", closing_lines(report))
    return report.exit_code


async def _proven(args: Args, place: Where, asked: Asked) -> Report:
    """One verification, with its progress on the screen."""
    from longshore.cli.screens import Screens
    from longshore.cli.verifying import TableOfResults
    from longshore.model.errors import ShoreError
    from longshore.verify.prove import prove
    from longshore.verify.run import Told

    shown = TableOfResults(args) if args.format == "table" else Told()
    try:
        return await prove(place, asked, Screens(args), shown)
    except ShoreError as error:
        error.exit_code = COULD_NOT_RUN
        raise
    finally:
        shown.closes()


async def _on_several(args: Args, place: Where, asked: Asked, files: list[tuple[Path, str]]) -> int:
    """One after the other, then side by side."""
    from longshore.model.record import replace
    from longshore.report.verify.comparison import FORMS, closing_lines
    from longshore.report.verify.forms import rendered
    from longshore.verify.compare import compared

    found = []
    for engine in args.engines:
        if args.format == "table":
            print(f"on {engine}", flush=True)
        found.append(await _proven(args, replace(place, engine=engine), replace(asked, fresh=True)))
    whole = compared(tuple(found))
    for file, form in files:
        for report in found:
            _write(file.with_name(f"{file.stem}-{report.origin.engine}{file.suffix}"), rendered(report, form))
        if form in FORMS:
            _write(file, FORMS[form](whole))
    _print(args, FORMS[args.format](whole) if args.format != "table" else "", closing_lines(whole))
    return whole.exit_code


def _print(args: Args, text: str, lines: Iterable[Line]) -> None:
    from longshore.cli.display import screen_of
    from longshore.report.line import paint

    if text:
        print(text.rstrip("\n"))
    else:
        colour = screen_of(args, out=True).colour
        print("\n".join(paint(line, colour) for line in lines))


def _baseline(name: str) -> Report | None:
    """The earlier report; read first, so that a wrong one is told before minutes of work."""
    from longshore.model.errors import ShoreError
    from longshore.report.verify.document import from_json

    if not name:
        return None
    try:
        return from_json(Path(name).read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError) as error:
        raise ShoreError(
            f"--baseline {name} cannot be read: {error}", hint="shore verify --report FILE.json makes one"
        ) from None


def _engines(text: str) -> list[str]:
    found = list(dict.fromkeys(text.split(",")))
    if len(found) < 2 or not set(found) <= {"native", "docker"}:
        raise argparse.ArgumentTypeError("name two, for example native,docker")
    return found


def _write(file: Path, text: str) -> None:
    from longshore.model.errors import ShoreError

    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ShoreError(f"the report cannot be written to {file}: {reason}", hint="name another place") from None
