"""`shore wait`: until the containers of services end; prints and returns the exit code."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="+", metavar="SERVICE")


def run(args: Args) -> int:
    return finish(_wait(args))


async def _wait(args: Args) -> int:
    from longshore.cli.where import where
    from longshore.flow.home import at_home, select
    from longshore.state.events import ContainerDied, ContainerStopped

    async with at_home(where(args)) as session:
        named = set(select(session, args.services))
        waiting = {c.name for c in session.observed.containers if c.service in named and c.state == "running"}
        codes = {c.name: c.exit_code for c in session.observed.containers if c.service in named and c.state == "exited"}
        if waiting:
            async for event in session.engine.events(session.project):
                match event:
                    case ContainerDied(restarting=False) | ContainerStopped() if event.container in waiting:
                        waiting.discard(event.container)
                        codes[event.container] = event.exit_code
                if not waiting:
                    break
    for name in sorted(codes):
        print(f"{name} exited with code {codes[name]}")
    return next((code for code in codes.values() if code), 0)
