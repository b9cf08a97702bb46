"""What the native engine would do with a stack, said before anything starts: one line per service for its image, one
per attribute that deviates or is refused. What an attribute means in general stands in model/support.py; here is what
it depends on: the machine, and the value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from longshore.engine.base import Survey, SurveyLine
from longshore.model.record import record
from longshore.model.reference import image_name
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.model.support import used_attributes
from longshore.native.command import several
from longshore.native.command.machine import Machine, blocked_by, road_of
from longshore.native.kernel.capabilities import NUMBERS

if TYPE_CHECKING:
    from longshore.native.image.store.images import ImageStore

__all__ = ["survey"]

Level = Literal["exact", "deviates", "refused"]
Rule = Callable[[Service, Machine], bool]
"""Whether an attribute that the table calls different is exact for this service on this machine."""

_NO_GROUPS = "no control groups are writable here"
_NETWORK_SYSCTLS = ("net.",)
_PROFILES = ("no-new-privileges", "seccomp:unconfined", "seccomp=unconfined", "apparmor", "label")


def _always(service: Service, machine: Machine) -> bool:
    del service, machine
    return True


def _kept_limits(service: Service, machine: Machine) -> bool:
    del service
    return machine.control_groups > 0


def _capabilities(service: Service, machine: Machine) -> bool:
    names = {name.upper().removeprefix("CAP_") for name in service.cap_add}
    return machine.root and names <= {*NUMBERS, "ALL"} - {"SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO"}


def _sysctls(service: Service, machine: Machine) -> bool:
    return machine.root or all(name.startswith(_NETWORK_SYSCTLS) for name in service.sysctls)


def _security(service: Service, machine: Machine) -> bool:
    del machine
    return all(option.startswith(_PROFILES) for option in service.security_opt)


def _log_driver(service: Service, machine: Machine) -> bool:
    del machine
    return service.logging.driver in ("", "json-file", "local", "none")


def _own_mode(name: str) -> Rule:
    return lambda service, machine: getattr(service, name) in ("", "private", "shareable")


_EXACT_WHEN: Mapping[str, Rule] = {
    "image": _always,  # its own line says what runs
    "annotations": _always,
    "group_add": lambda service, machine: machine.root or several.wants_several(service),
    "healthcheck.start_interval": _always,
    "logging.driver": _log_driver,
    "logging.options": _log_driver,
    "post_start.*.privileged": lambda service, machine: machine.root,
    "pre_stop.*.privileged": lambda service, machine: machine.root,
    "networks.*.mac_address": _always,
    "networks.*.interface_name": _always,
    "networks.*.gw_priority": _always,
    "mac_address": _always,
    "volumes.*.bind.propagation": _always,
    "volumes.*.bind.recursive": _always,
    "volumes.*.bind.selinux": _always,
    "cap_add": _capabilities,
    "security_opt": _security,
    "sysctls": _sysctls,
    "mem_limit": _kept_limits,
    "mem_reservation": _kept_limits,
    "memswap_limit": _kept_limits,
    "cpus": _kept_limits,
    "cpu_shares": _kept_limits,
    "pids_limit": _kept_limits,
    "deploy.resources.limits.cpus": _kept_limits,
    "deploy.resources.limits.memory": _kept_limits,
    "deploy.resources.limits.pids": _kept_limits,
    "deploy.resources.reservations.memory": _always,
    "deploy.resources.reservations.cpus": _always,
    "ipc": _own_mode("ipc"),
    "pid": _own_mode("pid"),
    "uts": _own_mode("uts"),
    "cgroup": _own_mode("cgroup"),
    "userns_mode": _always,
}

_LIMITS = {
    "mem_limit": "not enforced for the service as a whole: each of its processes is limited instead",
    "cpus": "not enforced",
    "cpu_shares": "not enforced",
    "pids_limit": "enforced by an rlimit",
}
_LIMITS |= {
    "deploy.resources.limits.memory": _LIMITS["mem_limit"],
    "deploy.resources.limits.cpus": _LIMITS["cpus"],
    "deploy.resources.limits.pids": _LIMITS["pids_limit"],
}

_REFUSED = ("provider", "models", "volumes.*.image", "use_api_socket")
"""Without these a service cannot do what it is for."""


def survey(
    stack: Stack, images: ImageStore, machine: Machine, images_of: Callable[[Service], ImageStore] | None = None
) -> Survey:
    """`images_of`: the store for a service, where that depends on what it asks for."""
    lines: list[SurveyLine] = []
    made = _Made.by(stack)
    for service in stack.services.values():
        lines += _image(service, images_of(service) if images_of else images, made)
        lines += _ids(service)
        lines += _attributes(service, machine)
        lines += _networks(stack, service)
        lines += _files(stack, service)
        lines += _name_server(service)
        if machine.overlay == "tmpfs":
            text = "changes in its file system last until it stops: no overlay on the state directory here"
            lines.append(SurveyLine(service.name, "root", "deviates", text, "keep data on volumes"))
    return Survey("native", tuple(lines), blocked_by(machine), road_of(machine))


@record
class _Made:
    """What the services of the stack build: `makers` says who builds the image of that name, which may be the one that
    it has where the file gives none."""

    makers: Mapping[str, str]

    @classmethod
    def by(cls, stack: Stack) -> _Made:
        builders = [service for service in stack.services.values() if service.build]
        makers: dict[str, str] = {}
        for service in builders:
            makers.setdefault(image_name(stack.name, service), service.name)
        return cls(makers)


def _image(service: Service, images: ImageStore, made: _Made) -> Iterator[SurveyLine]:
    place = service.place("build", "image")
    if service.build:
        from longshore.native.image.build.survey import survey_build

        lines = tuple(survey_build(images, service.build, built=made.makers))
        if not lines:
            yield SurveyLine(service.name, "build", "exact", "built from its Dockerfile", place=place)
        for line in lines:
            yield SurveyLine(service.name, "build", line.level, line.text, line.todo, line.place or place)
        return
    if service.image in made.makers:
        text = f"the image that {made.makers[service.image]} builds"
        yield SurveyLine(service.name, "image", "exact", text, place=place)
        return
    found = images.survey(service.image)
    yield SurveyLine(service.name, "image", found.level, found.text, found.todo, service.place("image"))


def _attributes(service: Service, machine: Machine) -> Iterator[SurveyLine]:
    told: list[str] = []
    for attribute, path in used_attributes(_without_build(service.raw), "services.*"):
        support = attribute.native
        key = attribute.path.removeprefix("services.*.")
        if support.level == "yes" or support.swarm or key.startswith("build"):
            continue
        if any(path.startswith(f"{parent}.") for parent in told) or _exact(key, service, machine):
            continue
        told.append(path)
        level: Level = "refused" if key in _REFUSED else "deviates"
        words = f"{_LIMITS[key]} ({_NO_GROUPS})" if key in _LIMITS else support.words
        todo = "leave it out, or use --engine docker"
        yield SurveyLine(service.name, path, level, words, todo, service.place(path, path.split(".")[0]))


def _exact(key: str, service: Service, machine: Machine) -> bool:
    rule = _EXACT_WHEN.get(key)
    return rule is not None and rule(service, machine)


def _ids(service: Service) -> Iterator[SurveyLine]:
    for wrong in several.problems(service):
        yield SurveyLine(service.name, "x-longshore.ids", "refused", wrong.what, wrong.hint, wrong.place)


def _without_build(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key != "build"}


def _networks(stack: Stack, service: Service) -> Iterator[SurveyLine]:
    for use in service.networks.values():
        network = stack.networks.get(use.network)
        if network is None:
            continue
        if network.external:
            text = f"network {network.name} is this project's own here: other projects are not on it"
            yield SurveyLine(service.name, "networks", "deviates", text, "use --engine docker", network.place)
        if network.enable_ipv6:
            text = f"network {network.key} has IPv4 only"
            yield SurveyLine(service.name, "networks", "deviates", text, "leave out enable_ipv6", network.place)
        if network.driver not in ("", "bridge"):
            text = f"network {network.key} is a bridge, not {network.driver}"
            yield SurveyLine(service.name, "networks", "deviates", text, "use --engine docker", network.place)


def _files(stack: Stack, service: Service) -> Iterator[SurveyLine]:
    for kind, uses, table in (("secret", service.secrets, stack.secrets), ("config", service.configs, stack.configs)):
        for use in uses:
            entry = table.get(use.source)
            if entry and entry.external:
                text = f"{kind} {use.source} is external: there is no store of {kind}s here"
                todo = "give it by file: or environment:"
                yield SurveyLine(service.name, f"{kind}s", "refused", text, todo, entry.place)


def _name_server(service: Service) -> Iterator[SurveyLine]:
    """A service that wants port 53 for itself meets the container's own name server there."""
    wanted = {str(port.target) for port in service.ports} | {entry.split("/")[0] for entry in service.expose}
    if "53" in wanted and service.networks:
        text = "port 53 is free on its own address only: 127.0.0.11:53 is its name server"
        todo = "have it listen on its own address instead of every address"
        yield SurveyLine(service.name, "ports", "deviates", text, todo, service.place("ports"))
