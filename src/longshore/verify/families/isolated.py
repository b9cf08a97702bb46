"""Isolated: services of one network find each other and no others; what is not published is not to be reached, and no
database is published to everybody; an internal network has no way out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from longshore.doctor.silence import lived_with
from longshore.flow.processes import processes_of, snapshot
from longshore.model.servers import server_of
from longshore.model.service import Port, Service
from longshore.model.stack import Stack
from longshore.verify.check import Check, Subject, holds, short, skipped
from longshore.verify.hosts import hosts_named, neighbours
from longshore.verify.inside import connect_script, got_there, listening, resolve_script, resolved
from longshore.verify.live import Address, Live, cannot
from longshore.verify.machine import beyond_here, holders, outside_addresses
from longshore.verify.result import Criterion, Evidence, Family, Seen

__all__ = ["criteria"]

PUBLISHED = "compose.database-published"


def criteria(subject: Subject) -> tuple[Check, ...]:
    stack = subject.stack
    return (
        *(check for service in subject.lasting for check in _names(stack, service)),
        *(check for service in subject.lasting for check in _database(stack, service)),
        *(_unpublished(service) for service in subject.lasting if not _on_the_host(service)),
        *(_all_published(service) for service in subject.lasting if _on_the_host(service)),
        *(check for service in subject.lasting for check in _no_way_out(stack, service)),
    )


def _on_the_host(service: Service) -> bool:
    return service.network_mode == "host"


# Names.


def _names(stack: Stack, service: Service) -> Iterator[Check]:
    if not service.networks:
        return
    near, far = neighbours(stack, service)
    work_on = {name for name, one in service.depends_on.items() if one.condition != "service_completed_successfully"}
    needed = {*hosts_named(stack, service), *work_on} & {*near, *far}  # one that has ended need not be reached
    if near or needed:
        criterion = Criterion(
            f"isolated.finds.{service.name}",
            Family.ISOLATED,
            f"{service.name} finds by name the services that it works with",
            "look the names up from inside the service",
            "put both on one network",
            service.name,
        )
        names = frozenset({*near, *needed})
        alone = tuple(sorted(needed & far))
        if alone:
            yield Check(criterion, partial(_cannot_find, alone))
        else:
            yield Check(criterion, partial(_try_finds, service.name, names), needs=(service.name,))
    hidden = far - needed
    if hidden:
        criterion = Criterion(
            f"isolated.apart.{service.name}",
            Family.ISOLATED,
            f"{service.name} does not see services that share no network with it",
            "look their names up from inside the service",
            "take it off the networks that it has no business on",
            service.name,
        )
        yield Check(criterion, partial(_try_apart, service.name, hidden), needs=(service.name,))


async def _cannot_find(names: tuple[str, ...], live: Live) -> Seen:
    """Known without a look: the engine keeps networks apart, and a service that cannot find what it needs may not run
    at all."""
    del live
    return short(f"a network shared with {', '.join(names)}", "there is none")


async def _try_finds(service: str, names: frozenset[str], live: Live) -> Seen:
    running = list(await live.settled(sorted(names)))
    found = await _look_up(live, service, running)
    if found is None:
        return skipped(f"the image of {service} has no program to look names up with")
    unknown = [name for name in running if not found.get(name)]
    expected = f"addresses for {', '.join(running)}"
    if unknown:
        return short(expected, f"not found: {', '.join(unknown)}", evidence=_found(found))
    return holds(expected, "all found", evidence=_found(found))


async def _try_apart(service: str, names: frozenset[str], live: Live) -> Seen:
    found = await _look_up(live, service, sorted(names))
    if found is None:
        return skipped(f"the image of {service} has no program to look names up with")
    seen = [name for name, there in found.items() if there]
    expected = f"no address for {', '.join(sorted(names))}"
    if seen:
        return short(expected, f"found: {', '.join(seen)}", evidence=_found(found))
    return holds(expected, "none found", evidence=_found(found))


async def _look_up(live: Live, service: str, names: list[str]) -> dict[str, bool] | None:
    answer = await live.execute(service, "sh", "-c", resolve_script(names), limit=10 + 6 * len(names))
    if answer.code in (126, 127) and not answer.out:
        return None
    found = resolved(answer.out)
    if found is not None and len(found) != len(names):
        raise cannot(f"names could not be looked up: {answer.text or 'no word'}")
    return dict(found) if found is not None else None


def _found(found: dict[str, bool]) -> tuple[Evidence, ...]:
    lines = [f"{name}: {'found' if there else 'not found'}" for name, there in found.items()]
    return (Evidence("names looked up inside", "\n".join(lines)),)


# From outside.


def _database(stack: Stack, service: Service) -> Iterator[Check]:
    server = server_of(service)
    ports = [port for port in service.ports if port.protocol == "tcp"]
    if not server or not ports:
        return
    criterion = Criterion(
        f"isolated.database.{service.name}",
        Family.ISOLATED,
        f"the {server} of {service.name} is not open to other machines",
        "connect to its published port at every address of this machine but localhost",
        f'publish it to this machine alone: "127.0.0.1:{ports[0].published or ports[0].target}:{ports[0].target}"',
        service.name,
    )
    yield Check(
        criterion,
        partial(_try_database, service.name, ports, lived_with(stack, service.name, PUBLISHED)),
        needs=(service.name,),
    )


async def _try_database(service: str, ports: list[Port], why: str, live: Live) -> Seen:
    expected = "no connection at any address but localhost"
    lines: list[str] = []
    reached: list[str] = []
    for port in ports:
        address = await live.address(service, port.target)
        for host in (*outside_addresses(), "127.0.0.2"):
            ok, words = await _reaches(Address(host, address.port, ""))
            lines.append(f"{host}:{address.port}  {words}")
            if ok:
                reached.append(f"{host}:{address.port}")
        if address.bound == "::":  # IPv6 has one local address alone, so that no other can be tried
            ok, words = await _reaches(address)
            lines.append(f"[::]:{address.port}  {words}")
            reached += [f"[::]:{address.port}"] if ok else []
    evidence = (Evidence("tried from outside", "\n".join(lines)),)
    if reached and why:
        return skipped(why)
    if reached:
        return short(expected, f"it takes connections at {', '.join(reached)}", evidence=evidence)
    return holds(expected, "refused everywhere", evidence=evidence)


async def _reaches(address: Address) -> tuple[bool, str]:
    """Whether a connection is made, at all: a relay that closes it at once was reached as well."""
    try:
        async with asyncio.timeout(3.0):
            _, writer = await asyncio.open_connection(address.host, address.port)
    except TimeoutError:
        return False, "no answer"
    except OSError as error:
        return False, (error.strerror or str(error)).lower()
    writer.close()
    return True, "connected"


def _only_published(service: Service, method: str, advice: str) -> Criterion:
    return Criterion(
        f"isolated.unpublished.{service.name}",
        Family.ISOLATED,
        f"no port of {service.name} that is not published is open on this machine",
        method,
        advice,
        service.name,
    )


def _unpublished(service: Service) -> Check:
    criterion = _only_published(
        service,
        "find the ports on which it listens, and connect to those at the addresses of this machine",
        "publish only what others are to reach",
    )
    return Check(criterion, partial(_try_unpublished, service), needs=(service.name,))


async def _try_unpublished(service: Service, live: Live) -> Seen:
    answer = await live.execute(service.name, "cat", "/proc/net/tcp", "/proc/net/tcp6")
    if answer.code in (126, 127):
        return skipped(f"the image of {service.name} has no cat to read its list of sockets with")
    there = listening(answer.out)
    observed = await live.observed()
    published = {port.published for one in observed.of(service.name) for port in one.ports}
    targets = {port.target for one in observed.of(service.name) for port in one.ports}
    others = {port.published for one in observed.containers for port in one.ports}
    hidden = sorted(there - targets - published)
    if not hidden:
        return holds("only published ports", f"it listens on {_list(there) or 'no port'}, all published")
    lines: list[str] = []
    reached: list[str] = []
    for port in hidden:
        if port in others or port in live.taken_before:
            lines.append(f"{port}  somebody else has it on this machine")
            continue
        for host in ("127.0.0.1", *outside_addresses()):
            ok, words = await _reaches(Address(host, port, ""))
            if ok and await _of_others(live, port):
                ok, words = False, "somebody else has it on this machine"
            lines.append(f"{host}:{port}  {words}")
            reached += [f"{host}:{port}"] if ok else []
    evidence = (Evidence("tried from outside", "\n".join(lines)),)
    expected = f"no connection to {_list(hidden)}"
    if reached and not live.fresh:
        return skipped(f"{', '.join(reached)} answers, and may be anybody's: --fresh knows what was open before")
    if reached:
        return short(expected, f"connected to {', '.join(reached)}", evidence=evidence)
    return holds(expected, "refused everywhere", evidence=evidence)


async def _of_others(live: Live, port: int) -> bool:
    """Whether those who listen on this port of the machine are known, and none is of this project: neither a process of
    its services, nor one whose command line names it or the address of one of its containers."""
    containers = (await live.observed()).containers
    marks = (live.stack.name, *(address for one in containers for address in one.networks.values() if address))
    own = {process.pid for one in containers if one.pid for process in processes_of(one, snapshot())}
    found = holders(port)
    return bool(found) and not any(pid in own or _named(pid, marks) for pid in found)


def _named(pid: int, marks: tuple[str, ...]) -> bool:
    try:
        words = Path("/proc", str(pid), "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return True
    return any(mark in words for mark in marks)


def _list(ports: frozenset[int] | list[int]) -> str:
    return ", ".join(map(str, sorted(ports)))


def _all_published(service: Service) -> Check:
    criterion = _only_published(
        service,
        "read which network it is on",
        "give it a network of the stack in place of the machine's (network_mode: host), and publish what is needed",
    )
    return Check(criterion, partial(_try_all_published, service.name), needs=(service.name,))


async def _try_all_published(service: str, live: Live) -> Seen:
    answer = await live.execute(service, "cat", "/proc/net/tcp", "/proc/net/tcp6")
    pids = [process.pid for process in await live.processes(service)]
    there = sorted(listening(answer.out))
    evidence = (Evidence("ports open on this machine's network", _list(there)),)
    seen = f"it is on the machine's own network (processes {', '.join(map(str, pids))}): every port of it is open"
    return short("a network of its own", seen, evidence=evidence)


# Internal networks.


def _no_way_out(stack: Stack, service: Service) -> Iterator[Check]:
    used = [stack.networks[key] for key in service.networks if key in stack.networks]
    if not used or not all(network.internal for network in used):
        return
    criterion = Criterion(
        f"isolated.internal.{service.name}",
        Family.ISOLATED,
        f"{service.name} has no way out of its internal network",
        "connect from inside to an address beyond this machine that answers the machine itself",
        "the engine does not keep the network shut: report it",
        service.name,
    )
    yield Check(criterion, partial(_try_way_out, service.name), needs=(service.name,))


async def _try_way_out(service: str, live: Live) -> Seen:
    there = await beyond_here()
    if there is None:
        return skipped("nothing beyond this machine answers that could be tried")
    host, port = there
    answer = await live.execute(service, "sh", "-c", connect_script(host, port))
    reached = got_there(answer.text) if answer.code not in (126, 127) else None
    if reached is None:
        return skipped(f"the image of {service} has no program to make a connection with")
    expected = f"no answer from {host}:{port}, which answers this machine"
    evidence = (Evidence("tried inside", answer.text),)
    return short(expected, "it answers", evidence=evidence) if reached else holds(expected, "none", evidence=evidence)
