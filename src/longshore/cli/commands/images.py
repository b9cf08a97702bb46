"""`shore images`: the images that containers use, and what really runs for them."""

from __future__ import annotations

import json

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish
from longshore.model.reference import parse_reference

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these")
    parser.add_argument("-q", "--quiet", action="store_true", help="only their ids")
    parser.add_argument("--format", choices=("table", "json"), default="table", metavar="table|json", help="how")


def run(args: Args) -> int:
    return finish(_images(args))


async def _images(args: Args) -> int:
    from longshore.cli.display import print_table
    from longshore.cli.where import where
    from longshore.flow.home import at_home, select
    from longshore.report.line import Span
    from longshore.report.times import size

    async with at_home(where(args)) as session:
        named = set(select(session, args.services))
        containers = [c for c in session.observed.containers if not named or c.service in named]
        rows = []
        for container in containers:
            service = session.stack.services.get(container.service) if session.stack else None
            found = await session.engine.find_image(session.stack, service) if session.stack and service else None
            rows.append((container, found))
    if args.quiet:
        print("".join(f"{identity}\n" for identity in dict.fromkeys(c.image_id for c, _ in rows)), end="")
        return 0
    if args.format == "json":
        print(json.dumps([_facts(c.name, c.image, c.image_id, f.size if f else 0) for c, f in rows]))
        return 0
    table = [
        (Span(c.name), Span(c.image), Span(c.runs or "–"), Span(c.image_id.removeprefix("sha256:")[:12] or "–"),
         Span(size(f.size) if f and f.size else "–"))
        for c, f in rows
    ]  # fmt: skip
    print_table(args, ("CONTAINER", "IMAGE", "RUNS", "ID", "SIZE"), table)
    return 0


def _facts(container: str, reference: str, identity: str, size: int) -> dict[str, object]:
    """Docker Compose's shape."""
    parsed = parse_reference(reference)
    repository = reference.removesuffix(f":{parsed.tag}")
    return {"ID": identity, "ContainerName": container, "Repository": repository, "Tag": parsed.version, "Size": size}
