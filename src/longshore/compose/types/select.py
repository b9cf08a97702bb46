"""Which services count: profiles, services named on the command line and what they need, and the resources that are
still used then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from longshore.compose.types.project import Project
from longshore.model.errors import ShoreError, unknown_service

__all__ = ["apply_profiles", "dependency_order", "drop_unused", "select_services"]


def apply_profiles(project: Project, profiles: Sequence[str]) -> None:
    """Disable the services that belong to other profiles only."""
    every = {**project.services, **project.disabled}
    project.profiles = tuple(profiles)
    order = project.tree.get("services") or every
    enabled = {n for n, service in every.items() if _has_profile(service, profiles)}
    project.services = {n: every[n] for n in order if n in enabled}
    project.disabled = {n: every[n] for n in order if n not in enabled}


def _has_profile(service: Mapping[str, Any], profiles: Sequence[str]) -> bool:
    own = service.get("profiles")
    return not own or any(p == "*" or p in own for p in profiles)


def select_services(project: Project, names: Sequence[str]) -> None:
    """Keep the named services, with their profiles enabled, and all they need. No names: everything stays."""
    if not names:
        return
    profiles = list(project.profiles)
    for name in names:
        if name not in project.services:
            profiles += project.disabled.get(name, {}).get("profiles", ())
    apply_profiles(project, profiles)
    wanted = _closure(project, names)
    for name in tuple(project.services):
        if name not in wanted:
            project.disabled[name] = project.services.pop(name)
    for service in project.services.values():
        needs = service.get("depends_on")
        if needs:
            kept = {n: d for n, d in needs.items() if n in wanted}
            service["depends_on"] = kept
            if not kept:
                del service["depends_on"]


def _closure(project: Project, names: Iterable[str]) -> set[str]:
    wanted: set[str] = set()
    waiting: list[tuple[str, bool]] = [(name, True) for name in names]
    while waiting:
        pattern, required = waiting.pop()
        matched = _matching(project, pattern)
        if not matched and required and pattern in project.disabled:
            raise _left_out(project, pattern)
        if not matched and required:
            raise unknown_service(pattern, (*project.services, *project.disabled))
        for name in matched:
            if name not in wanted:
                wanted.add(name)
                needs = project.services[name].get("depends_on", {})
                waiting += [(other, bool(needs[other].get("required"))) for other in needs]
    return wanted


def _left_out(project: Project, name: str) -> ShoreError:
    """For a service that something needs and whose profile nobody has enabled."""
    profiles = " or ".join(project.disabled[name].get("profiles", ()))
    needing = next(n for n, service in project.services.items() if name in service.get("depends_on", {}))
    what = f"{needing} needs {name}, which is left out: it has the profile {profiles}"
    first = project.disabled[name]["profiles"][0]
    return ShoreError(what, hint=f"enable it with --profile {first}")


def _matching(project: Project, pattern: str) -> list[str]:
    if pattern in project.services:
        return [pattern]
    if not any(char in pattern for char in "*?["):
        return []
    from fnmatch import fnmatchcase

    return [name for name in project.services if fnmatchcase(name, pattern)]


def drop_unused(project: Project) -> None:
    """Drop the networks, volumes, secrets, configs and models that no enabled service uses."""
    used: dict[str, set[str]] = {kind: set() for kind in ("networks", "volumes", "secrets", "configs", "models")}
    for service in project.services.values():
        used["networks"].update(service.get("networks", ()))
        used["models"].update(service.get("models", ()))
        used["volumes"].update(v.get("source", "") for v in service.get("volumes", ()) if v.get("type") == "volume")
        used["configs"].update(c.get("source", "") for c in service.get("configs", ()))
        for secret in (*service.get("secrets", ()), *service.get("build", {}).get("secrets", ())):
            used["secrets"].add(secret.get("source", ""))
    for base in _image_bases(project):
        used["secrets"].update(secret.get("source", "") for secret in base["build"].get("secrets", ()))
    for kind, names in used.items():
        setattr(project, kind, {k: v for k, v in getattr(project, kind).items() if k in names})


def _image_bases(project: Project) -> Iterator[Mapping[str, Any]]:
    """The services left out whose images are built all the same: a build of another begins from them."""
    waiting = list(project.services.values())
    seen: set[str] = set()
    while waiting:
        contexts = waiting.pop().get("build", {}).get("additional_contexts", {})
        for context in contexts.values():
            name = context.removeprefix("service:")
            if name != context and name not in seen and "build" in project.disabled.get(name, {}):
                seen.add(name)
                waiting.append(project.disabled[name])
                yield project.disabled[name]


def dependency_order(project: Project) -> list[str]:
    """The services by name, each after those it needs."""
    done: dict[str, None] = {}
    entered: set[str] = set()
    for start in sorted(project.services):
        waiting = [(start, False)]
        while waiting:
            name, ready = waiting.pop()
            if ready:
                done[name] = None
                continue
            if name in entered or name not in project.services:
                continue
            entered.add(name)
            needs = sorted(project.services[name].get("depends_on", ()), reverse=True)
            waiting += [(name, True), *((needed, False) for needed in needs)]
    return list(done)
