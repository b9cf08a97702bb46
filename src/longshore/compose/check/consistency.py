"""What must hold in a whole project: references that exist, values that agree. Works on canonical services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from longshore.compose.types.project import Project
from longshore.model.errors import Place
from longshore.model.nearest import nearest

__all__ = ["check_consistency", "check_container_names"]

Service = Mapping[str, Any]
Fault = tuple[tuple[str | int, ...], str, str]
"""The path below the service, what is wrong, and a hint."""


def check_consistency(project: Project) -> None:
    """Collect everything in `project` that does not fit together."""
    for name, service in project.services.items():
        for check in _CHECKS:
            for path, what, hint in check(project, name, service):
                place = project.place("services", name, *path, key=not path)
                project.problems.add(_text(name, path, what), place, hint)
    for name, secret in project.secrets.items():
        if not secret.get("external") and not secret.get("file") and not secret.get("environment"):
            project.problems.add(
                f"secrets.{name} has neither a file nor an environment variable", project.place("secrets", name),
                "write file: or environment:",
            )  # fmt: skip
    _check_cycle(project)


def _text(name: str, path: tuple[str | int, ...], what: str) -> str:
    return f"{'.'.join(map(str, ('services', name, *path)))}: {what}"


def _source(_: Project, __: str, service: Service) -> Iterator[Fault]:
    if not service.get("image") and "build" not in service and "provider" not in service:
        yield (), "there is neither an image nor a build", "write image: or build:"


def _build(project: Project, _: str, service: Service) -> Iterator[Fault]:
    build = service.get("build")
    if build is None:
        return
    if build.get("dockerfile") and build.get("dockerfile_inline"):
        yield ("build", "dockerfile_inline"), "there is also a dockerfile", "keep one of the two"
    for key, context in build.get("additional_contexts", {}).items():
        if context.startswith("service:"):
            name = context.removeprefix("service:")
            other = project.services.get(name, project.disabled.get(name))
            if other is None:
                yield ("build", "additional_contexts", key), f"there is no {context}", ""
            elif "build" not in other:
                yield ("build", "additional_contexts", key), f"{context} is not built", ""
    platform, platforms = service.get("platform"), build.get("platforms")
    if platform and platforms and platform not in platforms:
        yield ("build", "platforms"), f"the service's platform {platform} is not among them", f"add {platform}"


def _networks(project: Project, _: str, service: Service) -> Iterator[Fault]:
    if service.get("network_mode") and service.get("networks"):
        yield ("network_mode",), "there are also networks", "keep one of the two"
    yield from _references(service.get("networks", ()), project.networks, "networks", "network")
    for name in service.get("networks", ()):
        if name.startswith("x-"):
            yield ("networks", name), "Compose takes a name with x- for an extension, not for a network", "rename it"
    mode = service.get("network_mode", "")
    if mode.startswith("service:") and mode.removeprefix("service:") not in project.services:
        yield ("network_mode",), f"there is no {mode}", ""


def _references(used: Any, known: Mapping[str, Any], path: str, what: str) -> Iterator[Fault]:
    for position, name in enumerate(used):
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near}?" if near else f"define it under the top-level {path}:"
            key = name if isinstance(used, Mapping) else position
            yield (path, key), f'there is no {what} "{name}"', hint


def _healthcheck(_: Project, __: str, service: Service) -> Iterator[Fault]:
    test = service.get("healthcheck", {}).get("test")
    if test and test[0] not in ("CMD", "CMD-SHELL", "NONE"):
        yield (
            ("healthcheck", "test"),
            f'a test starts with CMD, CMD-SHELL or NONE, not with "{test[0]}"',
            f"write [CMD, {', '.join(test)}]",
        )


def _depends_on(project: Project, name: str, service: Service) -> Iterator[Fault]:
    for other, dependency in service.get("depends_on", {}).items():
        if other in project.services:
            continue
        if other in project.disabled:
            if dependency["required"]:
                profiles = ", ".join(project.disabled[other].get("profiles", ()))
                yield (
                    ("depends_on", other),
                    f"{other} is left out: it has the profile {profiles}",
                    f"enable it with --profile {profiles.split(',')[0]}, or write required: false",
                )
            continue
        near = nearest(other, (s for s in (*project.services, *project.disabled) if s != name))
        yield ("depends_on", other), f'there is no service "{other}"', f"did you mean {near}?" if near else ""


def _volumes(project: Project, _: str, service: Service) -> Iterator[Fault]:
    for index, volume in enumerate(service.get("volumes", ())):
        source = volume.get("source")
        if volume.get("type") == "volume" and source and source not in project.volumes:
            near = nearest(source, project.volumes)
            hint = (
                f"did you mean {near}?"
                if near
                else (f"define it under the top-level volumes:, or write ./{source} for a folder beside the file")
            )
            yield ("volumes", index), f'there is no volume "{source}"', hint


def _files(project: Project, _: str, service: Service) -> Iterator[Fault]:
    for kind, known in (("configs", project.configs), ("secrets", project.secrets)):
        used = [use.get("source", "") for use in service.get(kind, ())]
        yield from _references(used, known, kind, kind[:-1])
    used = [use.get("source", "") for use in service.get("build", {}).get("secrets", ())]
    for path, what, hint in _references(used, project.secrets, "secrets", "secret"):
        yield ("build", *path), what, hint
    yield from _references(service.get("models", ()), project.models, "models", "model")


def _scale(_: Project, __: str, service: Service) -> Iterator[Fault]:
    scale, replicas = service.get("scale"), service.get("deploy", {}).get("replicas")
    if scale is not None and replicas is not None and scale != replicas:
        yield ("scale",), f"{scale} is not the {replicas} of deploy.replicas", "keep one of the two"
    for path, count in ((("scale",), scale), (("deploy", "replicas"), replicas)):
        if count is not None and count < 0:
            yield path, f"{count} is less than 0", ""
    count = scale if scale is not None else replicas
    if count is not None and count > 1 and service.get("container_name"):
        yield ("container_name",), f"{count} containers cannot have one name", "remove container_name"


_LIMITS = (
    ("cpus", "limits", "cpus"),
    ("mem_limit", "limits", "memory"),
    ("mem_reservation", "reservations", "memory"),
    ("pids_limit", "limits", "pids"),
)
_NONE: Mapping[str, Any] = {"cpus": 0, "memory": "0", "pids": 0}


def _limits(_: Project, __: str, service: Service) -> Iterator[Fault]:
    resources = service.get("deploy", {}).get("resources", {})
    for short, part, long in _LIMITS:
        limits = resources.get(part)
        if short in service and limits is not None and limits.get(long, _NONE[long]) != service[short]:
            other = f"deploy.resources.{part}"
            what = f"{other}.{long} is {limits[long]}" if long in limits else f"{other} does not set {long}"
            yield (short,), f"{service[short]}, but {what}", "give both the same value, or only one of them"


def _watch(_: Project, __: str, service: Service) -> Iterator[Fault]:
    for index, rule in enumerate(service.get("develop", {}).get("watch", ())):
        if not rule.get("target") and rule.get("action") not in ("rebuild", "restart"):
            yield ("develop", "watch", index), f"{rule.get('action')} needs a target", "write target: and a path"


def _mounts(_: Project, __: str, service: Service) -> Iterator[Fault]:
    known: dict[str, str] = {}
    targets = [("tmpfs", text.split(":")[0]) for text in service.get("tmpfs", ())]
    targets += [("volumes", volume.get("target", "")) for volume in service.get("volumes", ())]
    counts = {"tmpfs": 0, "volumes": 0}
    for kind, target in targets:
        index, counts[kind] = counts[kind], counts[kind] + 1
        if target in known:
            yield (kind, index), f"{target} is already mounted by {known[target]}", "remove one of the two"
        known[target] = f"{kind}.{index}"


_CHECKS = (
    _source, _build, _networks, _healthcheck, _depends_on, _volumes, _files, _scale, _limits, _watch, _mounts,
)  # fmt: skip


def _check_cycle(project: Project) -> None:
    done: set[str] = set()
    for name in sorted(project.services):
        cycle = _cycle_from(name, project.services, done)
        if cycle:
            place: Place | None = project.place("services", cycle[0], "depends_on", cycle[1])
            names = " → ".join(cycle if len(cycle) < 12 else [*cycle[:5], "…", *cycle[-5:]])
            project.problems.add(
                f"services depend on each other in a circle: {names}", place, "remove one depends_on of it"
            )
            return


def _cycle_from(start: str, services: Mapping[str, Service], done: set[str]) -> list[str]:
    """One circle that can be reached from `start`; keeps no call stack, for long chains."""
    path: list[str] = []
    open_: list[tuple[str, Iterator[str]]] = []

    def enter(name: str) -> None:
        path.append(name)
        open_.append((name, iter(sorted(services[name].get("depends_on", ())))))

    if start in done:
        return []
    enter(start)
    while open_:
        name, rest = open_[-1]
        needed = next(rest, None)
        if needed is None:
            done.add(name)
            path.pop()
            open_.pop()
        elif needed in path:
            return [*path[path.index(needed) :], needed]
        elif needed in services and needed not in done:
            enter(needed)
    return []


def check_container_names(project: Project) -> None:
    """Two services cannot give their containers one name."""
    known: dict[str, str] = {}
    for name, service in project.services.items():
        wanted = service.get("container_name")
        if wanted in known:
            project.problems.add(
                f'services.{name}.container_name: "{wanted}" is also the name of {known[wanted]}',
                project.place("services", name, "container_name"), "choose another name",
            )  # fmt: skip
        elif wanted:
            known[wanted] = name
