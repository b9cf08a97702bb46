"""What a file leaves unsaid: the default network, implied dependencies, names of resources, values of variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longshore.compose.types.canonical import clean_target
from longshore.compose.values.gotext import sprint
from longshore.compose.values.tree import Map, Seq

__all__ = ["normalize"]

_NAMESPACES = ("network_mode", "ipc", "pid", "uts", "cgroup")


def normalize(tree: Map, environment: Mapping[str, str]) -> None:
    """Complete a canonical model, in place."""
    services = tree.get("services")
    services = services if isinstance(services, Map) else Map()
    _networks(tree, services)
    for service in services.values():
        if isinstance(service, Map):
            _service(service, environment)
    for kind in ("networks", "volumes", "configs", "secrets"):
        _names(tree, kind)


def _networks(tree: Map, services: Map) -> None:
    uses_default = False
    for service in services.values():
        if not isinstance(service, Map) or "provider" in service or "network_mode" in service:
            continue
        if not service.get("networks"):
            service["networks"] = Map({"default": None})
        uses_default = uses_default or "default" in service["networks"]
    networks = tree.get("networks")
    if uses_default and (networks is None or "default" not in networks):
        if not isinstance(networks, Map):
            tree["networks"] = networks = Map()
        networks["default"] = None


def _service(service: Map, environment: Mapping[str, str]) -> None:
    if service.get("pull_policy") == "if_not_present":
        service["pull_policy"] = "missing"
    build = service.get("build")
    if isinstance(build, Map):
        _build(build, environment)
    if "environment" in service:
        service["environment"] = _resolved(service["environment"], environment, keep=True)
    dependencies = _dependencies(service)
    if dependencies:
        service["depends_on"] = dependencies
    for volume in service.get("volumes") or ():
        if isinstance(volume, Map) and isinstance(volume.get("target"), str):
            volume["target"] = clean_target(volume["target"]) or "."


def _build(build: Map, environment: Mapping[str, str]) -> None:
    if build.get("context") is None:
        build["context"] = "."
    if build.get("dockerfile") is None and build.get("dockerfile_inline") is None:
        build["dockerfile"] = "Dockerfile"
    if "args" in build:
        build["args"] = _resolved(build["args"], environment, keep=False)


def _resolved(value: Any, environment: Mapping[str, str], *, keep: bool) -> Any:
    """Names without a value get that of the environment; those without one there stay only with `keep`."""
    if isinstance(value, Map):
        for name in tuple(value):
            if value[name] is None:
                if name in environment:
                    value[name] = environment[name]
                elif not keep:
                    del value[name]
        return value
    if not isinstance(value, Seq):
        return value
    made = Seq()
    for item, at in value.pairs():
        if isinstance(item, str) and "=" not in item:
            if item in environment:
                made.add(f"{item}={environment[item]}", at)
            elif keep:
                made.add(item, at)
        else:
            made.add(item, at)
    return made


def _dependencies(service: Map) -> Map:
    """`depends_on` with what links, shared namespaces and volumes_from imply."""
    found = service.get("depends_on")
    made: Map = found if isinstance(found, Map) else Map()
    for link in service.get("links") or ():
        parts = link.split(":")
        _imply(made, parts[0] if len(parts) == 2 else link, restart=True)
    for namespace in _NAMESPACES:
        mode = service.get(namespace)
        if isinstance(mode, str) and mode.startswith("service:"):
            _imply(made, mode.removeprefix("service:"), restart=True)
    for source in service.get("volumes_from") or ():
        if not source.startswith("container:"):
            _imply(made, source.split(":")[0], restart=False)
    return made


def _imply(dependencies: Map, name: str, *, restart: bool) -> None:
    if name not in dependencies:
        dependencies[name] = Map({"condition": "service_started", "restart": restart, "required": True})


def _names(tree: Map, kind: str) -> None:
    """A resource without a name is called after its key: alone when external, else after the project."""
    resources = tree.get(kind)
    if not isinstance(resources, Map):
        return
    for key, resource in resources.items():
        if resource is None:
            resource = resources[key] = Map()
        if isinstance(resource, Map) and resource.get("name") is None:
            external = sprint(resource.get("external")).lower() in ("true", "1", "t")
            resource["name"] = key if external else f"{tree['name']}_{key}"
