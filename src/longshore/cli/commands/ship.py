"""`shore ship`: release the stack on a Docker Swarm; and what one does with releases."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from longshore.cli.arguments import Args, Parser, seconds
from longshore.cli.loop import finish

if TYPE_CHECKING:
    from longshore.flow.home import Where
    from longshore.ship.deploy import Request
    from longshore.ship.release import Release

__all__ = ["add_arguments", "run"]

ACTIONS = ("status", "releases", "logs", "rollback", "drain", "down", "unlock", "ci", "overlay")


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE",
                        help=f"only these and what they need; or one of: {', '.join(ACTIONS)} [N]")  # fmt: skip
    parser.add_argument("--to", action="append", default=[], metavar="TARGET",
                        help="a manager: ssh://, unix://, tcp:// or a Docker context (repeatable)")  # fmt: skip
    parser.add_argument("--init", action="store_true", help="make a Swarm of one node where there is none")
    parser.add_argument("--context", default="", metavar="NAME", help="the Docker context of a manager of the Swarm")
    parser.add_argument("--registry", default="", metavar="REF",
                        help="where images are published; none: one node has them")  # fmt: skip
    parser.add_argument("--no-build", action="store_true", help="ship the images that are there")
    parser.add_argument("--publish-only", action="store_true", help="build and publish, release nothing")
    parser.add_argument("--allow-interruption", action="append", default=[], metavar="SERVICE",
                        help="it may stop for a while (repeatable)")  # fmt: skip
    parser.add_argument("--probe", action="append", default=[], metavar="URL",
                        help="ask this meanwhile, in place of the published ports (repeatable)")  # fmt: skip
    parser.add_argument("--no-probe", action="store_true", help="ask nothing meanwhile")
    parser.add_argument("--wait-timeout", type=seconds, default=600.0, metavar="SECONDS",
                        help="the longest to wait for a service")  # fmt: skip
    parser.add_argument("-f", "--follow", action="store_true", help="logs: go on with what comes")
    parser.add_argument("--format", choices=("table", "json"), default="table", metavar="table|json",
                        help="status, releases: how")  # fmt: skip


def run(args: Args) -> int:
    return finish(_ship(args))


async def _ship(args: Args) -> int:
    from longshore.cli.where import elsewhere, where

    place = where(args)
    if args.context:
        environ = {name: value for name, value in place.environ.items() if name != "DOCKER_HOST"}
        place = elsewhere(place, {**environ, "DOCKER_CONTEXT": args.context})
    action, *words = args.services or [""]
    if action in ACTIONS:
        from longshore.cli.aroundship import write_overlay, write_workflow

        if action in ("ci", "overlay"):
            return await {"ci": write_workflow, "overlay": write_overlay}[action](args, place, words)
        act = {"status": _status, "releases": _releases, "logs": _logs, "rollback": _rollback, "drain": _drain,
               "down": _down, "unlock": _unlock}[action]  # fmt: skip
        async with _at_the_swarm(args, place) as (there, _):
            return await act(args, there, words)
    async with _at_the_swarm(args, place) as (there, host):
        return await _release(args, there, host)


@contextlib.asynccontextmanager
async def _at_the_swarm(args: Args, place: Where) -> AsyncIterator[tuple[Where, str]]:
    """With the engine of a manager as the one to ask, and the host where its ports answer."""
    from longshore.cli.where import elsewhere
    from longshore.ship.targets import reached

    targets = args.to or (() if args.context else _named_managers(place))
    async with reached(place.environ, targets, place.say, init=args.init) as found:
        yield elsewhere(place, found.environ), found.host


def _named_managers(place: Where) -> tuple[str, ...]:
    """Those of the file's `x-longshore.ship.to`. What it warns of is said when it is read for the release."""
    from longshore.flow.home import load_if_there, unheard
    from longshore.model.record import replace
    from longshore.ship.settings import settings_of

    stack = load_if_there(replace(place, say=unheard))
    return settings_of(stack, lambda path: None).to if stack else ()


def _request(args: Args, services: tuple[str, ...] = (), host: str = "") -> Request:
    from longshore.ship.deploy import Request

    return Request(
        services, args.registry, not args.no_build, args.publish_only, frozenset(args.allow_interruption),
        tuple(args.probe), not args.no_probe, args.wait_timeout, host,
    )  # fmt: skip


async def _release(args: Args, place: Where, host: str) -> int:
    from longshore.cli.screens import Screens
    from longshore.ship.deploy import dry_run, ship

    request = _request(args, tuple(args.services), host)
    if args.dry_run:
        print(str(await dry_run(place, request, Screens(args))) or "up to date")
        return 0
    done = await ship(place, request, Screens(args))
    if args.publish_only:
        return 0
    print(_closing(done.number, done.proof))
    return 0


def _closing(number: int, proof: str) -> str:
    if not number:
        return "up to date"
    return f"release {number}: {proof}" if proof else f"release {number} is live"


async def _rollback(args: Args, place: Where, words: list[str]) -> int:
    from longshore.flow.home import load_if_there
    from longshore.model.errors import UsageError
    from longshore.ship.deploy import roll_back

    if len(words) > 1 or (words and not words[0].isdigit()):
        raise UsageError("shore ship rollback: the number of one release", hint="shore ship status shows them")
    stack = load_if_there(place)
    project = stack.name if stack else place.project
    done = await roll_back(place, project, int(words[0]) if words else 0, _request(args), stack)
    print(_closing(done.number, done.proof))
    return 0


async def _drain(args: Args, place: Where, words: list[str]) -> int:
    from longshore.model.errors import UsageError
    from longshore.ship.deploy import now, open_swarm
    from longshore.ship.drain import drain, look

    if len(words) != 1:
        raise UsageError("shore ship drain: the name of one node", hint="docker node ls shows them")
    swarm = open_swarm(place)
    await swarm.enter()
    if args.dry_run:
        print(str((await look(swarm, words[0]))[1]) or f"{words[0]} has no tasks")
        return 0
    await drain(swarm, words[0], frozenset(args.allow_interruption), args.wait_timeout, now(), place.say)
    print(f"{words[0]} is drained; back again: docker node update --availability active {words[0]}")
    return 0


async def _status(args: Args, place: Where, words: list[str]) -> int:
    from longshore.model.codec import encode
    from longshore.ship.deploy import open_swarm
    from longshore.ship.look import status_of

    swarm = open_swarm(place)
    await swarm.enter()
    found = await status_of(swarm, _project(place))
    if args.format == "json":
        releases = [encode(one, skip=_LONG) for one in found.releases]
        print(json.dumps({"services": [encode(row) for row in found.rows], "releases": releases, "lock": found.lock}))
        return 0
    for row in found.rows:
        print(f"{row.service:<16}  {row.state}{f'  ({row.trouble})' if row.trouble else ''}")
    for one in found.releases:
        print(_line(one))
    if found.lock:
        print(f"being shipped: {found.lock}")
    return 0 if found.rows and not any(row.trouble for row in found.rows) else 1


_LONG = frozenset({"services", "networks"})
"""What of a release is for the program alone."""


def _line(one: Release) -> str:
    return f"release {one.number:<8}  {one.state:<8}  {one.when}  {one.who}  {one.commit}  {one.why}".rstrip()


async def _releases(args: Args, place: Where, words: list[str]) -> int:
    from longshore.model.codec import encode
    from longshore.ship.deploy import open_swarm
    from longshore.ship.gather import releases_of

    found = await releases_of(open_swarm(place), _project(place))
    if args.format == "json":
        print(json.dumps([encode(one, skip=_LONG) for one in found]))
    else:
        print("\n".join(map(_line, found)) or "no release yet")
    return 0


async def _logs(args: Args, place: Where, words: list[str]) -> int:
    import asyncio

    from longshore.model.errors import unknown_service
    from longshore.ship.deploy import open_swarm
    from longshore.ship.translate import SERVICE

    swarm = open_swarm(place)
    there = {(one["Spec"].get("Labels") or {}).get(SERVICE, one["Spec"]["Name"]): one["Spec"]["Name"]
             for one in await swarm.services(_project(place))}  # fmt: skip
    for word in words:
        if word not in there:
            raise unknown_service(word, there)
    wide = max(map(len, words or there), default=0)

    async def show(name: str) -> None:
        async for line in swarm.lines(there[name], follow=args.follow):
            print(f"{name:<{wide}} | {line}", flush=args.follow)

    await asyncio.gather(*(show(name) for name in words or sorted(there)))
    return 0


async def _down(args: Args, place: Where, words: list[str]) -> int:
    from longshore.ship.deploy import now, open_swarm
    from longshore.ship.lock import alone
    from longshore.ship.look import take_down
    from longshore.ship.proxy import Proxy

    swarm, project = open_swarm(place), _project(place)
    await swarm.enter()
    async with alone(swarm, project, "ship down", now(), place.say):
        gone = await take_down(swarm, project, Proxy(swarm, place.say, {}), now())
    print(f"removed: {', '.join(gone)}; volumes stay" if gone else "nothing of it is in the Swarm")
    return 0


async def _unlock(args: Args, place: Where, words: list[str]) -> int:
    from longshore.ship.deploy import open_swarm
    from longshore.ship.lock import lock_name

    swarm, project = open_swarm(place), _project(place)
    await swarm.enter()
    if lock_name(project) not in await swarm.configs(project):
        print("nobody has the lock")
        return 0
    await swarm.remove("config", lock_name(project))
    print("unlocked; the next ship goes on from what is there")
    return 0


def _project(place: Where) -> str:
    from longshore.flow.home import load_if_there

    stack = load_if_there(place)
    return stack.name if stack else place.project
