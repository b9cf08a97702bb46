"""`shore wait`: until the containers of services end; prints their exit codes, and returns that of the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.flow.home import Session
    from longshore.plan.operation import Plan

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="+", metavar="SERVICE")
    parser.add_argument("--down-project", action="store_true", help="then take the project down")


def run(args: Args) -> int:
    return finish(_wait(args))


async def _wait(args: Args) -> int:
    code = await _until_ended(args)
    if args.down_project:
        from longshore.cli.lifecycle import change
        from longshore.flow.lifecycle import Change, finish_when_empty

        await change(args, Change("down", _down, after=finish_when_empty), "nothing to take down")
    return code


async def _until_ended(args: Args) -> int:
    from longshore.cli.where import where
    from longshore.flow.home import at_home, select
    from longshore.model.errors import ShoreError
    from longshore.state.events import ContainerDied, ContainerRemoved, ContainerStopped
    from longshore.state.observed import LIVE

    code = 0
    async with at_home(where(args)) as session:
        named = set(select(session, args.services))
        there = [c for c in session.observed.containers if c.service in named and c.state != "created"]
        waiting = {c.name: c.id for c in there if c.state in LIVE}
        if not there:
            raise ShoreError(f"nothing of {', '.join(args.services)} runs", hint="see shore ps -a")
        for container in sorted(there, key=lambda c: c.finished):
            if container.name not in waiting:
                code = container.exit_code
                print(_ended(container.id, code), flush=True)
        if not waiting:
            return code
        async for event in session.engine.events(session.project):
            match event:
                case ContainerDied(restarting=False) | ContainerStopped() if event.container in waiting:
                    code = event.exit_code
                    print(_ended(waiting.pop(event.container), code), flush=True)
                case ContainerRemoved():
                    waiting.pop(event.container, None)
            if not waiting:
                break
    return code


def _ended(container: str, code: int) -> str:
    return f'container "{container}" exited with status code {code}'


def _down(session: Session) -> Plan:
    from longshore.plan.lifecycle import DownOptions, down

    return down(session.stack, session.observed, DownOptions(remove_orphans=True))
