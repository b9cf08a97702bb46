"""`shore logout`: forget the login for a registry."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("registry", nargs="?", default="", metavar="REGISTRY", help="its host; else Docker Hub")


def run(args: Args) -> int:
    return finish(_logout(args))


async def _logout(args: Args) -> int:
    from longshore.flow.login import logout, registry_named

    registry = registry_named(args.registry)
    print(f"Logged out of {registry}" if await logout(registry) else f"There was no login for {registry}")
    return 0
