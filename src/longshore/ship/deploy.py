"""The road of a release: read, build, publish, plan, carry out, prove; whole, or back to where it was."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from longshore.docker.api.connection import resolve
from longshore.docker.api.errors import ApiError
from longshore.flow.audience import Audience
from longshore.flow.home import Where, load_stack
from longshore.model.errors import Place, ShoreError, all_in_one
from longshore.model.graph import with_dependencies
from longshore.model.record import record, replace
from longshore.model.stack import Stack
from longshore.ship.carry import Carrier, Entrance
from longshore.ship.facts import Facts, Ship, Wanted
from longshore.ship.gather import files_of, joined_to_the_edge, placed_by, present_of, releases_of
from longshore.ship.images import Source, images_of, proxy_image, source_of
from longshore.ship.innerhops import inner_hops
from longshore.ship.lock import alone, lock_name, whoami
from longshore.ship.pins import Node, Pins, pin
from longshore.ship.plan import Plan, make_plan, missing, refuse_interruptions
from longshore.ship.probes import Route, Watch, routes_of, those_that_answer
from longshore.ship.proxy import Edges, Proxy, edges_of
from longshore.ship.release import (
    FAILED,
    GOING,
    LIVE,
    NUMBER,
    STATE,
    Release,
    as_bytes,
    broken_off,
    kept_names,
    last_live,
    references,
    release_name,
    to_go_back,
)
from longshore.ship.routes import Piece, bad_routes, conflicts
from longshore.ship.settings import NONE, Settings, settings_of
from longshore.ship.settle import settled
from longshore.ship.swarm import Swarm
from longshore.ship.tidy import Ended, forget_images, forgetting, images_in
from longshore.ship.translate import PROJECT, translate

__all__ = ["Request", "Shipped", "dry_run", "now", "open_swarm", "roll_back", "ship"]


@record
class Request:
    """What the command line asks for. `probe` replaces the routes that are watched; `allow` names the services that may
    be interrupted; `timeout` in seconds, for each service; `host` where published ports answer, where that is not the
    engine's own address."""

    services: tuple[str, ...] = ()
    registry: str = ""
    build: bool = True
    publish_only: bool = False
    allow: frozenset[str] = frozenset()
    probe: tuple[str, ...] = ()
    watch: bool = True
    timeout: float = 600.0
    host: str = ""


@record
class Shipped:
    """What came of it. `number` 0: there was nothing to do, or images were published and no more."""

    number: int
    proof: str = ""
    plan: Plan = Plan()


@record
class _Prepared:
    """What was read, looked up and decided."""

    stack: Stack
    settings: Settings
    source: Source
    ship: Ship
    plan: Plan
    pins: Pins
    releases: tuple[Release, ...]
    auth: Mapping[str, str]
    """The login for the registry, as the API's header."""
    entrance: Entrance | None = None


def open_swarm(place: Where) -> Swarm:
    """The manager that DOCKER_HOST or the Docker context names."""
    return Swarm(resolve(place.environ))


def _settings(place: Where, stack: Stack) -> Settings:
    from longshore.flow.reading import read

    def locate(path: tuple[str, ...]) -> Place | None:
        return read(place).place("x-longshore", "ship", *path)

    return settings_of(stack, locate)


async def ship(place: Where, request: Request, audience: Audience) -> Shipped:
    """Build, publish and release. Raises ShoreError; what was changed is as it was then."""
    from longshore.engine.base import BuildOptions
    from longshore.flow.images import build

    stack = load_stack(place, request.services)
    settings = _settings(place, stack)
    swarm = open_swarm(place)
    await swarm.enter()
    registry = await _registry(swarm, request.registry or settings.registry)
    async with alone(swarm, stack.name, "ship", now(), place.say):
        builds = tuple(name for name, one in stack.services.items() if one.build)
        if request.build and builds:
            await build(replace(place, engine="docker"), stack, builds, BuildOptions(), audience, publish=False)
        prepared = await _prepare(place, swarm, stack, settings, request, registry, audience)
        if request.publish_only:
            return Shipped(0)
        refuse_interruptions(prepared.plan, request.allow)
        if not prepared.plan:
            await _carried_on(place, swarm, prepared, request)
            return Shipped(0)
        for node, labels in prepared.pins.labels.items():
            await swarm.label("node", node, labels)
        live = last_live(prepared.releases)
        watch = await _watch(stack, settings, swarm, request, prepared.plan, place, live)
        number = await _release(place, swarm, prepared, request, watch)
    return Shipped(number, str(watch) if watch and watch.routes else "", prepared.plan)


async def dry_run(place: Where, request: Request, audience: Audience) -> Plan:
    """What `ship` would do with the images that are there now."""
    stack = load_stack(place, request.services)
    settings = _settings(place, stack)
    swarm = open_swarm(place)
    await swarm.enter()
    registry = await _registry(swarm, request.registry or settings.registry)
    return (await _prepare(place, swarm, stack, settings, request, registry, audience, dry=True)).plan


async def _prepare(
    place: Where, swarm: Swarm, stack: Stack, settings: Settings, request: Request, registry: str, audience: Audience,
    *, dry: bool = False,
) -> _Prepared:  # fmt: skip
    source = source_of(stack.working_dir)
    releases = await releases_of(swarm, stack.name)
    nodes = await swarm.nodes()
    pins = pin(stack, settings, [Node.of(one) for one in nodes], swarm.node, placed_by(last_live(releases)))
    files = files_of(stack, settings)
    auth = await _auth(registry, place.environ)
    proxy = Proxy(swarm, place.say, auth)
    edges = edges_of(nodes, swarm.node)
    pieces = await proxy.pieces()
    images = await images_of(
        swarm.api, stack, registry, source, settings.secrets, place.environ, audience.take, place.say, dry=dry
    )
    joined = await joined_to_the_edge(swarm, stack.name)
    facts = Facts(images, files, pins.constraints, await swarm.api.version(), joined)
    shipped = translate(stack, settings, facts, strict=place.strict)
    _refuse_routes(place, stack, settings, shipped, pieces, edges)
    for warning in (*shipped.warnings, *inner_hops(stack)):
        place.say(f"warning: {warning}")
    if request.services:
        chosen = with_dependencies(stack.services, request.services)
        shipped = replace(shipped, services=tuple(one for one in shipped.services if one.service in chosen))
    present = await present_of(swarm, stack.name, pieces.get(stack.name))
    if wrong := tuple(missing(stack, present)):
        raise all_in_one(wrong)
    plan = make_plan(shipped, present, everywhere=registry != NONE)
    entrance = None
    if shipped.piece or pieces.get(stack.name):
        image = await proxy.image()
        if not image and not dry:
            image = await proxy_image(swarm.api, stack.name, registry, place.environ, audience.take, place.say)
        before = pieces.get(stack.name, Piece(stack.name))
        entrance = Entrance(proxy, edges, image, registry != NONE, before)
    if plan.orphans and not request.services:
        place.say(f"note: the file has no {', '.join(plan.orphans)} any more; docker service rm removes it")
    return _Prepared(stack, settings, source, shipped, plan, pins, releases, auth, entrance)


def _refuse_routes(
    place: Where, stack: Stack, settings: Settings, shipped: Ship, pieces: Mapping[str, Piece], edges: Edges
) -> None:
    """Raise for all that the proxy cannot do, or does for another project."""
    from longshore.flow.reading import read

    def at(host: str) -> Place | None:
        return read(place).place("x-longshore", "ship", "hosts", host)

    problems = [*bad_routes(stack, settings, len(edges.nodes))]
    problems += conflicts(shipped.piece, pieces.values(), at) if shipped.piece else []
    if problems:
        raise all_in_one(problems)


async def _registry(swarm: Swarm, asked: str) -> str:
    """The registry, or none where one node is all there is."""
    many = len(await swarm.nodes()) > 1
    if asked == NONE and many:
        raise ShoreError("--registry none: the other nodes of the Swarm would not have the images",
                         hint="name a registry that all nodes reach")  # fmt: skip
    if not asked and many:
        raise ShoreError("no registry is named, and the Swarm has several nodes",
                         hint="--registry ghcr.io/YOU/PROJECT, or x-longshore.ship.registry")  # fmt: skip
    return asked or NONE


async def _watch(
    stack: Stack,
    settings: Settings,
    swarm: Swarm,
    request: Request,
    plan: Plan,
    place: Where,
    live: Release | None,
) -> Watch | None:
    """The routes that answer now; none while an interruption is allowed. Before there is a release, what answers there
    is somebody else's, or the proxy of one that was just taken down: then only what `probe` names is watched."""
    if not request.watch:
        return None
    if any(step.interrupts for step in plan.of("update service")):
        place.say("no route is watched: this release interrupts a service, as was allowed")
        return None
    host = request.host or ("127.0.0.1" if swarm.endpoint.local else swarm.endpoint.host)
    asked = tuple(Route(urlsplit(url).netloc, url) for url in request.probe)
    if not asked and live:
        asked = routes_of(stack, settings, host)
    answering = await those_that_answer(asked)
    for route in asked:
        if route not in answering and request.probe:
            place.say(f"warning: {route.url} does not answer now, and is not watched")
    return Watch(answering)


async def _release(
    place: Where, swarm: Swarm, prepared: _Prepared, request: Request, watch: Watch | None, why: str = ""
) -> int:
    """Carry the plan out as a release of its own; its number."""
    shipped, plan, live = prepared.ship, prepared.plan, last_live(prepared.releases)
    number = max((one.number for one in prepared.releases), default=0) + 1
    carrier = Carrier(swarm, shipped, plan, request.timeout, place.say, prepared.auth, prepared.entrance)
    await carrier.everywhere()
    await carrier.edge()
    await carrier.store()
    whole = _overlaid(live, plan)
    commit = prepared.source.tag.removeprefix("sha-")
    release = Release(number, GOING, whole, shipped.networks, commit, whoami(), now(), why, shipped.piece)
    name = release_name(shipped.project, number)
    labels = {PROJECT: shipped.project, NUMBER: str(number), STATE: GOING}
    await swarm.store("config", name, as_bytes(release, shipped), labels)
    if watch:
        watch.start()
    try:
        await carrier.waves(watch)
        await carrier.routes(shipped.piece, now())
    except ShoreError as error:
        place.say(f"{error.what}; going back")
        await swarm.label("config", name, {STATE: FAILED})
        error.hint = f"release {number} was taken back; " + (f"release {live.number} runs" if live else "nothing runs")
        try:
            await carrier.back(live, now())
        except ShoreError as worse:
            error.hint = f"going back is not complete: {worse.what}; shore ship status tells more"
        raise
    finally:
        if watch:
            await watch.stop()
    await swarm.label("config", name, {STATE: LIVE})
    old = await _clear(swarm, shipped.project, prepared.settings.keep)
    if old and prepared.entrance:
        await _forget(place, prepared.entrance.proxy, shipped.project, old)
    return number


async def _carried_on(place: Where, swarm: Swarm, prepared: _Prepared, request: Request) -> None:
    """A release that was broken off when nothing of it was left to do is whole when its tasks run: then it can be gone
    back from. Raises ShoreError where they do not."""
    going = broken_off(prepared.releases, prepared.plan.wanted)
    if going is None:
        return
    deadline = time.monotonic() + request.timeout
    await asyncio.gather(*(settled(swarm, one, deadline) for one in going.services if not one.job))
    await swarm.label("config", release_name(prepared.ship.project, going.number), {STATE: LIVE})
    place.say(f"release {going.number}, which was broken off, is whole")


def _overlaid(live: Release | None, plan: Plan) -> tuple[Wanted, ...]:
    """The plan's services over those of the release before, which stay as they are."""
    named = {one.name for one in plan.wanted}
    return (*plan.wanted, *(one for one in (live.services if live else ()) if one.name not in named))


async def _auth(registry: str, environ: Mapping[str, str]) -> Mapping[str, str]:
    from longshore.docker.image.presence import credentials

    return {} if registry == NONE else await credentials(f"{registry}/x", environ)


async def _forget(place: Where, proxy: Proxy, project: str, old: tuple[Release, ...]) -> None:
    """Remove the images of releases that are gone from every node. Where that cannot be they stay, which is said."""
    swarm = proxy.swarm
    there = await swarm.services()
    running = {one["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] for one in there}
    kept = await releases_of(swarm, project)
    keep, gone = running | images_in(kept), images_in(old)
    image = await proxy.image()
    if not image or gone <= keep:
        return
    try:
        jobs = frozenset(wanted.name for one in (*old, *kept) for wanted in one.services if wanted.job)
        ended = Ended(jobs, frozenset(one["ID"] for one in there))
        await forget_images(swarm, forgetting(project, image, keep, gone, ended), proxy.auth)
        place.say("images of releases that are gone are removed from every node")
    except ShoreError as error:
        place.say(f"note: images of releases that are gone stay on the nodes: {error.what}")


async def _clear(swarm: Swarm, project: str, keep: int) -> tuple[Release, ...]:
    """Remove what no release that can be gone back to needs; the releases that are gone."""
    releases = await releases_of(swarm, project)
    stay, names = kept_names(releases, keep)
    for one in await swarm.services(project):
        names = names | references(one["Spec"])
    for kind, there in (("secret", await swarm.secrets(project)), ("config", await swarm.configs(project))):
        for name, found in there.items():
            number = (found["Spec"].get("Labels") or {}).get(NUMBER)
            wanted = int(number) in stay if number else name in names or name == lock_name(project)
            if not wanted:
                with contextlib.suppress(ApiError):
                    await swarm.remove(kind, found["ID"])
    return tuple(one for one in releases if one.number not in stay)


async def roll_back(place: Where, project: str, number: int, request: Request, stack: Stack | None) -> Shipped:
    """Release once more what an earlier release was. Jobs do not run again."""
    swarm = open_swarm(place)
    await swarm.enter()
    async with alone(swarm, project, "ship rollback", now(), place.say):
        releases = await releases_of(swarm, project)
        old = to_go_back(releases, number)
        proxy = Proxy(swarm, place.say, {})
        pieces = await proxy.pieces()
        services = tuple(one for one in old.services if not one.job)
        shipped = Ship(project, services, old.networks, (), piece=old.piece)
        present = await present_of(swarm, project, pieces.get(project))
        plan = make_plan(shipped, present, everywhere=False, jobs=False)
        entrance = Entrance(
            proxy,
            edges_of(await swarm.nodes(), swarm.node),
            await proxy.image(),
            False,
            present.piece or Piece(project),
        )
        refuse_interruptions(plan, request.allow)
        if not plan:
            return Shipped(0)
        settings = _settings(place, stack) if stack else Settings()
        prepared = _Prepared(
            stack or Stack(project, ""),
            settings,
            Source(old.commit),
            shipped,
            plan,
            Pins({}, {}),
            releases,
            {},
            entrance,
        )
        watch = await _watch(prepared.stack, settings, swarm, request, plan, place, old)
        if any(one.job for one in old.services):
            place.say("note: migrations are not undone by going back")
        made = await _release(place, swarm, prepared, request, watch, f"goes back to release {old.number}")
    return Shipped(made, str(watch) if watch and watch.routes else "", plan)


def now() -> str:
    """The present time, as objects of the Swarm tell it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
