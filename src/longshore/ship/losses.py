"""What of a stack does not come over to a Swarm: left out with a sentence, or refused with a place. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from longshore.model.errors import Place, ShoreError
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.ship.cells import Cell, used_beside, used_cells
from longshore.ship.facts import NO_NEW_PRIVILEGES, Facts
from longshore.ship.objects import bad_mounts
from longshore.ship.secrets import Leaving

__all__ = ["losses", "without_shell"]


def _at(place: Place | None, text: str) -> str:
    return f"{place}: {text}" if place else text


def losses(stack: Stack, facts: Facts) -> tuple[list[str], list[ShoreError]]:
    """What is left out, as sentences with places, and what is refused."""
    left_out: list[str] = []
    refused: list[ShoreError] = []
    for text, place, cell in _used(stack):
        if cell.level == "refused":
            refused.append(
                ShoreError(f"{text}: {cell.words}", hint="take it out; see docs/reference/ship.md", place=place)
            )
        else:
            left_out.append(_at(place, f"{text} is left out: {cell.words}"))
    for service in stack.services.values():
        left_out += _ports_left_out(service)
        left_out += _security_left_out(service, facts)
        left_out += _files_left_out(service, facts)
        refused += [
            *_bad_ports(service),
            *bad_mounts(service, facts),
            *_bad_links(service),
            *_without_network(service),
        ]
    return left_out, refused


def _used(stack: Stack) -> Iterator[tuple[str, Place | None, Cell]]:
    for service, key, cell in used_cells(stack):
        yield f"services.{service.name}.{key}", service.place(key), cell
    yield from used_beside(stack)


def _ports_left_out(service: Service) -> Iterator[str]:
    for port in service.ports:
        if port.host_ip:
            what = f"services.{service.name}.ports: {port.host_ip}:{port.published}:{port.target} is not published"
            yield _at(port.place, f"{what}: a Swarm publishes on every address of a node")


def _security_left_out(service: Service, facts: Facts) -> Iterator[str]:
    for option in service.security_opt:
        if not option.startswith("no-new-privileges") or facts.version < NO_NEW_PRIVILEGES:
            what = f"services.{service.name}.security_opt: {option} is left out"
            yield _at(service.place("security_opt"), f"{what}: the Swarm's API {facts.version} has no field for it")


def _files_left_out(service: Service, facts: Facts) -> Iterator[str]:
    for number, mount in enumerate(service.mounts):
        if mount.type == "bind" and not mount.read_only and facts.files.get(f"bind:{mount.source}") is not None:
            what = f"services.{service.name}.volumes: {mount.source} is left out: it can be written to"
            why = "and only this machine has it (with :ro it is shipped as a config; data belong in a volume)"
            yield _at(service.place(f"volumes.{number}", "volumes"), f"{what}, {why}")


def _bad_ports(service: Service) -> Iterator[ShoreError]:
    for port in service.ports:
        place = port.place or service.place("ports")
        if not port.host_ip and port.published and not port.published.isdigit():
            yield ShoreError(
                f"services.{service.name}.ports: a Swarm publishes no range ({port.published})",
                hint="name each port", place=place,
            )  # fmt: skip


def _bad_links(service: Service) -> Iterator[ShoreError]:
    for link in service.links:
        name, colon, alias = link.partition(":")
        if colon and alias != name:
            yield ShoreError(
                f"services.{service.name}.links: {link} gives a name that is this service's alone",
                hint=f"give {name} the alias {alias} in a network", place=service.place("links"),
            )  # fmt: skip


def _without_network(service: Service) -> Iterator[ShoreError]:
    if not service.networks and service.network_mode == "none":
        yield ShoreError(
            f"services.{service.name}.network_mode: a task without any network is not shipped",
            hint="give it a network of its own", place=service.place("network_mode"),
        )  # fmt: skip


def without_shell(stack: Stack, leaves: Mapping[str, Leaving], facts: Facts) -> Iterable[ShoreError]:
    for name, service in stack.services.items():
        if leaves[name].by_script and not facts.images[name].shell:
            secrets = ", ".join(sorted(leaves[name].by_script))
            yield ShoreError(
                f"services.{name}: its image has no shell that could export {secrets}",
                hint="let the program read files: declare them under secrets:, and name those in the environment",
                place=service.place("environment", "image"),
            )
