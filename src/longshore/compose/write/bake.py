"""The builds of a project as a file for `docker buildx bake`, as `docker compose build --print` writes it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from longshore.compose.types.project import Project
from longshore.compose.write.render import json_text
from longshore.model.labels import of_image
from longshore.model.record import record
from longshore.model.variables import valued

__all__ = ["BakeOptions", "bake_text", "build_dependencies"]

SERVICE = "service:"


@record
class BakeOptions:
    """What the command line adds: `args` with their values, `ssh` as (id, path) pairs; `check` asks for the build
    checks in place of images."""

    args: Mapping[str, str | None]
    ssh: tuple[tuple[str, str], ...] = ()
    pull: bool = False
    push: bool = False
    no_cache: bool = False
    check: bool = False


def build_dependencies(project: Project, names: Iterable[str]) -> tuple[str, ...]:
    """The services of that name, and those whose images their builds take files from."""
    found: dict[str, None] = {}
    left = list(names)
    while left:
        name = left.pop(0)
        if name in found:
            continue
        found[name] = None
        contexts = (project.services[name].get("build") or {}).get("additional_contexts") or {}
        left += [value.removeprefix(SERVICE) for value in contexts.values() if value.startswith(SERVICE)]
    return tuple(found)


def bake_text(project: Project, group: Iterable[str], targets: Iterable[str], options: BakeOptions) -> str:
    """The file: all `targets`, and the group of those that are built. Services without a build are left out."""
    built = [name for name in group if project.services[name].get("build")]
    if not built:
        return ""
    made = {
        _target_name(name): _target(project, name, options)
        for name in sorted(targets) if project.services[name].get("build")
    }  # fmt: skip
    default = {"targets": [_target_name(name) for name in built]}
    return json_text({"group": {"default": default}, "target": dict(sorted(made.items()))}) + "\n"


def _target_name(service: str) -> str:
    return service.replace(".", "_")


def _target(project: Project, name: str, options: BakeOptions) -> dict[str, Any]:
    """One build, keys in bake's order; what is not said is left out."""
    service = project.services[name]
    build: dict[str, Any] = service["build"]
    target = {
        "context": build.get("context"),
        "contexts": _contexts(build),
        "dockerfile": _dockerfile(build),
        "dockerfile-inline": _kept_from_bake(build.get("dockerfile_inline") or ""),
        "args": _args(project, build, options),
        "labels": _labels(project, name, build),
        "tags": [*build.get("tags", ()), project.image_of(name)],
        "cache-from": build.get("cache_from"),
        "cache-to": build.get("cache_to"),
        "target": build.get("target"),
        "secret": _secrets(project, build),
        "ssh": [f"{key}={path}" for key, path in (*build.get("ssh", ()), *options.ssh)],
        "platforms": build.get("platforms"),
        "pull": build.get("pull") or options.pull,
        "no-cache": build.get("no_cache") or options.no_cache,
        "network": build.get("network"),
        "shm-size": build.get("shm_size"),
        "ulimits": [_ulimit(key, value) for key, value in (build.get("ulimits") or {}).items()],
        "call": "lint" if options.check else "",
        "entitlements": [*build.get("entitlements", ()), *["security.insecure"] * bool(build.get("privileged"))],
        "extra-hosts": _extra_hosts(build),
        "output": [] if options.check else [_output(service, build, options)],
        "attest": [*_attested("provenance", build), *_attested("sbom", build)],
    }
    return {key: value for key, value in target.items() if value}


def _contexts(build: dict[str, Any]) -> dict[str, str]:
    contexts: dict[str, str] = build.get("additional_contexts") or {}
    return {
        key: f"target:{_target_name(value.removeprefix(SERVICE))}" if value.startswith(SERVICE) else value
        for key, value in sorted(contexts.items())
    }


def _dockerfile(build: dict[str, Any]) -> str:
    """Its path, links in the folder followed; as it is where the context is remote."""
    name = str(build.get("dockerfile") or "")
    context = str(build.get("context") or "")
    if not name or "://" in context or context.startswith("git@"):
        return name
    path = os.path.normpath(os.path.join(context, name))
    folder = os.path.dirname(path)
    return os.path.join(os.path.realpath(folder), os.path.basename(path)) if os.path.isdir(folder) else path


def _kept_from_bake(text: str) -> str:
    """Bake replaces variables itself."""
    return text.replace("${", "$${")


def _args(project: Project, build: dict[str, Any], options: BakeOptions) -> dict[str, str]:
    given: dict[str, str | None] = {**(build.get("args") or {}), **options.args}
    return {name: _kept_from_bake(value) for name, value in sorted(valued(given, project.environment).items())}


def _labels(project: Project, name: str, build: dict[str, Any]) -> dict[str, str]:
    return dict(sorted({**(build.get("labels") or {}), **of_image(project.name, name)}.items()))


def _secrets(project: Project, build: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for secret in build.get("secrets") or ():
        known = project.secrets.get(secret["source"]) or {}
        name = secret.get("target") or secret["source"]
        if known.get("environment"):
            found.append(f"id={name},type=env,env={known['environment']}")
        elif known.get("file"):
            found.append(f"id={name},type=file,src={known['file']}")
    return found


def _ulimit(name: str, value: Any) -> str:
    return f"{name}={value['soft']}:{value['hard']}" if isinstance(value, dict) else f"{name}={value}"


def _extra_hosts(build: dict[str, Any]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for entry in build.get("extra_hosts") or ():
        name, _, address = entry.partition("=")
        found.setdefault(name, []).append(address)
    return {name: ",".join(addresses) for name, addresses in sorted(found.items())}


def _output(service: dict[str, Any], build: dict[str, Any], options: BakeOptions) -> str:
    push = options.push and bool(service.get("image"))
    if len(build.get("platforms") or ()) > 1:
        return f"type=image,push={str(push).lower()}"
    return "type=registry" if push else "type=docker"


def _attested(kind: str, build: dict[str, Any]) -> list[str]:
    value = build.get(kind)
    if value in (None, "", "false"):
        return []
    return [f"type={kind}" if value == "true" else f"type={kind},{value}"]
