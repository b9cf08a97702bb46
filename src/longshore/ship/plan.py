"""What a release does, step by step with its causes, from what is wanted and what the Swarm has. Pure; its text is
`--dry-run`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Literal

from longshore.model.errors import ShoreError
from longshore.model.record import record, replace
from longshore.model.service import EMPTY
from longshore.model.stack import FileObject, Network, Stack
from longshore.ship.facts import Ship, Wanted
from longshore.ship.routes import PROXY, Piece

__all__ = ["FINGERPRINT", "Existing", "Kind", "Plan", "Present", "Step", "changes", "make_plan", "missing",
           "refuse_interruptions", "stamped"]  # fmt: skip

FINGERPRINT = "io.longshore.spec"
"""The label of a service by which a later release knows that nothing has changed."""
Kind = Literal["pull everywhere", "create network", "create secret", "create config", "run job", "create service",
               "update service", "reload proxy"]  # fmt: skip
MOST_CHANGES = 4
LAST = 1 << 16
"""The wave after all others."""


@record
class Existing:
    """A service as the Swarm has it. `done` of a job: its last run was a success."""

    id: str
    spec: Mapping[str, Any]
    done: bool = True

    @property
    def fingerprint(self) -> str:
        return str((self.spec.get("Labels") or {}).get(FINGERPRINT, ""))


@record
class Present:
    """What the Swarm has of a project, by name; `secrets` and `configs` of everybody, for they may be external.
    `piece`: what the proxy does for it."""

    services: Mapping[str, Existing] = EMPTY
    networks: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    configs: frozenset[str] = frozenset()
    piece: Piece | None = None


@record
class Step:
    """One operation. `subject` is the name that people see; `interrupts` says why it stops answering meanwhile."""

    kind: Kind
    subject: str
    cause: str
    wave: int = 0
    interrupts: str = ""

    def __str__(self) -> str:
        return f"{self.kind:<16}  {self.subject}  ({self.cause})"


@record
class Plan:
    """All steps in their order. `orphans` are services of the project that the file does not have; they stay."""

    steps: tuple[Step, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    orphans: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))

    def of(self, *kinds: Kind) -> Iterator[Step]:
        return (step for step in self.steps if step.kind in kinds)


def missing(stack: Stack, present: Present) -> Iterator[ShoreError]:
    """One error for each network, secret and config that the file says is there already, and the Swarm has not."""
    services = stack.services.values()
    used = {
        "network": {use.network for one in services for use in one.networks.values()},
        "secret": {use.source for one in services for use in one.secrets},
        "config": {use.source for one in services for use in one.configs},
    }
    declared: tuple[tuple[str, Mapping[str, Network | FileObject], frozenset[str], str], ...] = (
        ("network", stack.networks, present.networks, "docker network create --driver overlay {}"),
        ("secret", stack.secrets, present.secrets, "docker secret create {} FILE"),
        ("config", stack.configs, present.configs, "docker config create {} FILE"),
    )
    for kind, table, there, make in declared:
        for key, one in table.items():
            if one.external and key in used[kind] and one.name not in there:
                hint = f"make it: {make.format(one.name)}; or take external: true out"
                yield ShoreError(f"{kind}s.{key}: the Swarm has no {kind} {one.name}", hint=hint, place=one.place)


def stamped(one: Wanted) -> Wanted:
    """With its fingerprint as a label."""
    labels = {name: value for name, value in one.spec["Labels"].items() if name != FINGERPRINT}
    text = json.dumps({**one.spec, "Labels": labels}, sort_keys=True, default=dict)
    labels[FINGERPRINT] = sha256(text.encode()).hexdigest()[:16]
    return replace(one, spec={**one.spec, "Labels": labels})


def make_plan(ship: Ship, present: Present, *, everywhere: bool, jobs: bool = True) -> Plan:
    """The steps of a release. `everywhere`: the Swarm has several nodes or a registry, and each node gets new images
    before anything changes; without `jobs` none runs again (going back undoes no migration)."""
    wanted = tuple(map(stamped, ship.services))
    moving = [step for one in wanted if not one.job and (step := _service(one, present.services.get(one.name)))]
    if jobs:
        moving += [
            step for one in wanted if one.job and (step := _job(one, present.services.get(one.name), bool(moving)))
        ]
    moving.sort(key=lambda step: step.wave)
    names = {one.name for one in wanted}
    orphans = tuple(sorted(set(present.services) - names))
    moving += _routes(ship.piece, present.piece)
    if not moving:
        return Plan((), wanted, orphans)
    before = [*_missing(ship, present), *(_images(wanted, present) if everywhere else ())]
    return Plan((*before, *moving), wanted, orphans)


def _routes(piece: Piece | None, there: Piece | None) -> list[Step]:
    """The last step: what is routed runs then."""
    if piece is None or piece == there or not (piece or there):
        return []
    new, old = {str(one): one for one in piece.routes}, {str(one): one for one in (there.routes if there else ())}
    changed = [name for name in {**new, **old} if new.get(name) != old.get(name)]
    cause = f"routes {', '.join(changed)}" if changed else "how it answers has changed"
    return [Step("reload proxy", PROXY, cause, LAST)]


def _service(one: Wanted, existing: Existing | None) -> Step | None:
    if existing is None:
        return Step("create service", one.service, _news(one), one.wave)
    if existing.fingerprint == one.spec["Labels"][FINGERPRINT]:
        return None
    if ("Replicated" in one.spec["Mode"]) != ("Replicated" in existing.spec.get("Mode", {})):
        raise ShoreError(
            f"{one.service}: a Swarm does not change a service's mode", hint=f"docker service rm {one.name}"
        )
    interrupts = one.rule.interrupts if one.rule else ""
    cause = f"{changes(existing.spec, one.spec)} changed; {_pace(one)}"
    return Step("update service", one.service, cause, one.wave, interrupts)


def _news(one: Wanted) -> str:
    return "is not there" if one.replicas == 1 else f"is not there; {one.replicas} replicas"


def _pace(one: Wanted) -> str:
    """How it changes, and the least time that this takes."""
    if one.rule is None:
        return ""
    batches = -(-one.replicas // one.rule.parallelism) if one.rule.parallelism else 1
    return f"{one.rule.order}, at least {one.rule.monitor + batches:.0f} s"


def _job(one: Wanted, existing: Existing | None, others: bool) -> Step | None:
    """A one-shot runs again with every release, and before it what depends on it does not change."""
    if existing is None:
        return Step("run job", one.service, "has not run", one.wave)
    if existing.fingerprint != one.spec["Labels"][FINGERPRINT]:
        return Step("run job", one.service, f"{changes(existing.spec, one.spec)} changed", one.wave)
    if not existing.done:
        return Step("run job", one.service, "its last run failed", one.wave)
    return Step("run job", one.service, "before what needs it", one.wave) if others else None


def _missing(ship: Ship, present: Present) -> Iterator[Step]:
    for name in ship.networks:
        if name not in present.networks:
            yield Step("create network", name, "is not there")
    for one in ship.stored:
        there = present.secrets if one.kind == "secret" else present.configs
        if one.name not in there:
            yield Step("create secret" if one.kind == "secret" else "create config", one.name, "its content is new")


def _images(wanted: tuple[Wanted, ...], present: Present) -> Iterator[Step]:
    known = {_image(existing.spec) for existing in present.services.values()}
    for image in dict.fromkeys(_image(one.spec) for one in wanted):
        if image not in known:
            yield Step("pull everywhere", image, "before anything changes")


def _image(spec: Mapping[str, Any]) -> str:
    return str(spec["TaskTemplate"]["ContainerSpec"]["Image"])


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What differs between two specs, in words; names of variables, never their values."""
    found = [*dict.fromkeys(_changes(_plain(old), _plain(new)))]
    more = f" and {len(found) - MOST_CHANGES} more" if len(found) > MOST_CHANGES else ""
    return ", ".join(found[:MOST_CHANGES]) + more or "the spec"


def _plain(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a spec that people know, with what a Swarm adds left out."""
    task = dict(spec.get("TaskTemplate") or {})
    container = dict(task.pop("ContainerSpec", {}))
    for name in ("Secrets", "Configs"):
        refs = container.get(name) or ()
        container[name] = {ref["File"]["Name"]: ref[f"{name[:-1]}Name"] for ref in refs if ref.get("File")}
    container["Env"] = dict(entry.partition("=")[::2] for entry in container.get("Env") or ())
    container.pop("Isolation", None)
    rest = {name: value for name, value in spec.items() if name in ("Mode", "EndpointSpec", "UpdateConfig")}
    return {**container, **{name: task.get(name) for name in ("Resources", "Placement", "LogDriver")}, **rest}


_MAPPED = {"Env": "environment", "Secrets": "secret", "Configs": "config"}


def _changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    for name in [*new, *(key for key in old if key not in new)]:
        before, after = old.get(name), new.get(name)
        if (before or None) == (after or None) or (name in ("EndpointSpec", "UpdateConfig") and _within(after, before)):
            continue
        if name in _MAPPED and isinstance(after, dict):
            keys = [key for key in {**(before or {}), **after} if (before or {}).get(key) != after.get(key)]
            yield from (f"{_MAPPED[name]} {key.rpartition('/')[2]}" for key in keys)
        else:
            yield name[0].lower() + name[1:]


def _within(part: Any, whole: Any) -> bool:
    """Whether everything that one says the other says too; a Swarm fills in what was left out."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(_within(value, whole.get(key)) for key, value in part.items() if value not in (0, 0.0))
    return bool(part == whole)


def refuse_interruptions(plan: Plan, allowed: frozenset[str]) -> None:
    """Raise for every service that would not answer for a while, unless its name was given."""
    found = [step for step in plan.of("update service") if step.interrupts and step.subject not in allowed]
    if found:
        words = "; ".join(f"{step.subject} would stop for a while: {step.interrupts}" for step in found)
        flags = " ".join(f"--allow-interruption {step.subject}" for step in found)
        raise ShoreError(words, hint=f"nothing was changed; if it may: shore ship {flags}")
