"""Canonical form: every short form of a service or resource in its long form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from longshore.compose.values import shortforms
from longshore.compose.values.gotext import sprint
from longshore.compose.values.problems import Problems
from longshore.compose.values.tree import Map, Path, Rules, Seq, place_of, rules, text_of

__all__ = ["canonical", "omit_empty"]

MAX_PORTS = 1 << 16

Transform = Callable[["_Canonical", Any, Path], Any]


def canonical(tree: Map, problems: Problems, *, lenient: bool) -> None:
    """Bring `tree` into canonical form, in place. `lenient`: leave what cannot be read (with no interpolation, a short
    form may hold variables)."""
    _Canonical(tree, problems, lenient).descend(tree, TRANSFORMS, ())


def omit_empty(tree: Map) -> None:
    """Drop empty entries of `dns`, which have no meaning."""
    for service in _mappings(tree.get("services")):
        servers = service.get("dns")
        if isinstance(servers, Seq):
            kept = [(item, at) for item, at in servers.pairs() if item not in (None, "")]
            service["dns"] = Seq([i for i, _ in kept], [a for _, a in kept])


def _mappings(value: Any) -> list[Map]:
    return [v for v in value.values() if isinstance(v, Map)] if isinstance(value, Map) else []


class _Canonical:
    def __init__(self, root: Map, problems: Problems, lenient: bool) -> None:
        self.root = root
        self.problems = problems
        self.lenient = lenient

    def descend(self, value: Any, node: Rules, path: Path) -> Any:
        transform: Transform | None = node.get(None)
        if transform is not None:
            value = transform(self, value, path)
        if isinstance(value, Map):
            self.mapping(value, node, path)
        elif isinstance(value, Seq) and "*" in node:
            for index, item in enumerate(value):
                value[index] = self.descend(item, node["*"], (*path, index))
        return value

    def mapping(self, value: Map, node: Rules, path: Path) -> None:
        below = node.get("*")
        for key in tuple(value):
            child = node.get(key, below)
            if child is not None:
                value[key] = self.descend(value[key], child, (*path, key))

    def fault(self, path: Path, what: str, hint: str = "") -> None:
        self.problems.add(f"{text_of(path)}: {what}", place_of(self.root, path), hint)


def _kind(value: Any) -> str:
    if isinstance(value, Map):
        return "a mapping"
    return "a list" if isinstance(value, Seq) else f'"{sprint(value)}"'


def _string_or_list(_: _Canonical, value: Any, __: Path) -> Any:
    return Seq([value]) if isinstance(value, str) else value


def _text(_: _Canonical, value: Any, __: Path) -> Any:
    return value if isinstance(value, str) else sprint(value)


def _named(key: str) -> Transform:
    """A text is the long form with that text under `key`."""

    def transform(work: _Canonical, value: Any, path: Path) -> Any:
        if isinstance(value, str):
            return Map({key: value})
        if not isinstance(value, Map):
            work.fault(path, f"{_kind(value)} is neither a text nor a mapping")
        return value

    return transform


def _key_values(work: _Canonical, value: Any, path: Path) -> Any:
    if not isinstance(value, Seq):
        return value
    made = Map()
    for index, (item, at) in enumerate(value.pairs()):
        key, equals, text = str(item).partition("=")
        if not equals:
            if work.lenient:
                return value
            work.fault((*path, index), f'"{item}" is not key=value')
            continue
        made[key], made.at[key] = text, at
    return made


def _depends_on(work: _Canonical, value: Any, path: Path) -> Any:
    if isinstance(value, Map):
        for name, dependency in value.items():
            if not isinstance(dependency, Map):
                work.fault((*path, name), f"{_kind(dependency)} is not a mapping", "give it a condition")
                continue
            dependency.setdefault("condition", "service_started")
            dependency.setdefault("required", True)
        return value
    if not isinstance(value, Seq):
        work.fault(path, f"{_kind(value)} is neither a list nor a mapping of services")
        return value
    made = Map()
    for name, at in value.pairs():
        made[str(name)], made.at[str(name)] = Map({"condition": "service_started", "required": True}), at
    return made


def _env_files(work: _Canonical, value: Any, path: Path) -> Any:
    if isinstance(value, str):
        return Seq([Map({"path": value, "required": True})])
    if not isinstance(value, Seq):
        work.fault(path, f"{_kind(value)} is neither a path nor a list of paths")
        return value
    for index, item in enumerate(value):
        if isinstance(item, str):
            value[index] = Map({"path": item, "required": True})
        elif isinstance(item, Map):
            item.setdefault("required", True)
    return value


def _gpus(work: _Canonical, value: Any, path: Path) -> Any:
    if isinstance(value, str):
        return Seq([Map({"count": "all"})])
    if not isinstance(value, Seq):
        work.fault(path, f"{_kind(value)} is neither all nor a list of devices")
    return value


def _names_to_mapping(_: _Canonical, value: Any, __: Path) -> Any:
    if not isinstance(value, Seq):
        return value
    made = Map()
    for name, at in value.pairs():
        made[str(name)], made.at[str(name)] = None, at
    return made


def _volume(work: _Canonical, value: Any, path: Path) -> Any:
    if isinstance(value, Map):
        return value
    if not isinstance(value, str):
        work.fault(path, f"{_kind(value)} is not a volume")
        return value
    try:
        made = shortforms.volume(value)
    except ValueError as error:
        if not work.lenient:
            work.fault(path, str(error), "write source:target or source:target:ro")
        return value
    made["target"] = clean_target(made.get("target", ""))
    return Map({k: Map(v) if isinstance(v, dict) else v for k, v in made.items()})


def clean_target(target: str) -> str:
    """The shortest form of a path in a container, as Go's path.Clean makes it."""
    if not target:
        return ""
    import posixpath

    cleaned = posixpath.normpath(target)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _device(work: _Canonical, value: Any, path: Path) -> Any:
    if not isinstance(value, str):
        if not isinstance(value, Map):
            work.fault(path, f"{_kind(value)} is not a device")
        return value
    try:
        return Map(shortforms.device(value, work.lenient))
    except ValueError as error:
        work.fault(path, str(error), "write source:target:rwm")
        return value


def _ports(work: _Canonical, value: Any, path: Path) -> Any:
    if not isinstance(value, Seq):
        work.fault(path, f"{_kind(value)} is not a list of ports")
        return value
    made = Seq()
    for index, (item, at) in enumerate(value.pairs()):
        if isinstance(item, Map):
            made.add(item, at)
            continue
        if isinstance(item, bool) or not isinstance(item, (str, int)):
            work.fault((*path, index), f"{_kind(item)} is not a port", 'quote it: "8080:80"')
            continue
        try:
            ports = shortforms.ports(str(item))
        except ValueError as error:
            if work.lenient:
                return value
            work.fault((*path, index), str(error), 'write "published:target", such as "8080:80"')
            continue
        for port in ports:
            made.add(Map(port), at)
        if len(made) > MAX_PORTS:
            work.fault((*path, index), f"the ranges make more than {MAX_PORTS:,} ports")
            break
    return made


def _ssh(work: _Canonical, value: Any, path: Path) -> Any:
    if not isinstance(value, Seq):
        return value
    made = Map()
    for index, (item, at) in enumerate(value.pairs()):
        key, equals, location = str(item).partition("=")
        if not equals and key != "default":
            work.fault((*path, index), f'"{item}" is not an SSH key', "write default, or id=path")
            continue
        made[key], made.at[key] = (location if equals else None), at
    return made


def _ulimit(work: _Canonical, value: Any, path: Path) -> Any:
    if isinstance(value, bool) or not isinstance(value, (Map, int)):
        work.fault(path, f"{_kind(value)} is not a limit", "write a number, or soft: and hard:")
    return value


def _maybe_external(work: _Canonical, value: Any, path: Path) -> Any:
    """`external: {name: x}` is the old way to say `external: true` and `name: x`."""
    if not isinstance(value, Map) or not isinstance(value.get("external"), Map):
        return value
    old = value["external"]
    value["external"] = True
    if "name" in old:
        where = (*path, "external")
        work.problems.warn(
            f"{text_of(path)}: external.name is deprecated; write external: true and name: {old['name']}",
            place_of(work.root, where),
        )
        if value.get("name", old["name"]) != old["name"]:
            work.fault(where, f'external.name "{old["name"]}" and name "{value["name"]}" differ', "keep only name")
        value.take("name", old)
    return value


TRANSFORMS: Rules = rules(
    {
        "services.*.build": _named("context"),
        "services.*.build.secrets.*": _named("source"),
        "services.*.build.provenance": _text,
        "services.*.build.sbom": _text,
        "services.*.build.additional_contexts": _key_values,
        "services.*.build.ssh": _ssh,
        "services.*.build.ulimits.*": _ulimit,
        "services.*.configs.*": _named("source"),
        "services.*.depends_on": _depends_on,
        "services.*.develop.watch.*.ignore": _string_or_list,
        "services.*.develop.watch.*.include": _string_or_list,
        "services.*.devices.*": _device,
        "services.*.dns": _string_or_list,
        "services.*.env_file": _env_files,
        "services.*.extends": _named("service"),
        "services.*.gpus": _gpus,
        "services.*.label_file": _string_or_list,
        "services.*.models": _names_to_mapping,
        "services.*.networks": _names_to_mapping,
        "services.*.ports": _ports,
        "services.*.secrets.*": _named("source"),
        "services.*.ulimits.*": _ulimit,
        "services.*.volumes.*": _volume,
        **{f"{kind}.*": _maybe_external for kind in ("volumes", "networks", "secrets", "configs")},
    }
)
