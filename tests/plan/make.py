"""Small stacks and observations for the plan's tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longshore.model.service import Dependency, Mount, NetworkUse, Service
from longshore.model.stack import Network, Stack, Volume
from longshore.state.fingerprint import FINGERPRINT_LABEL, fingerprint
from longshore.state.observed import Container, Observed, ObservedNetwork, ObservedVolume


def service(name: str, needs: Mapping[str, Dependency] | None = None, **fields: Any) -> Service:
    raw = fields.pop("raw", {"image": f"{name}:1"})
    return Service(
        name=name,
        image=f"{name}:1",
        depends_on=needs or {},
        networks={"default": NetworkUse("default")},
        raw=raw,
        config_hash=f"hash of {raw}",
        **fields,
    )


def healthy(name: str, **fields: Any) -> dict[str, Dependency]:
    return {name: Dependency(name, "service_healthy", **fields)}


def stack(*services: Service, disabled: tuple[Service, ...] = ()) -> Stack:
    volumes = {m.source for s in services for m in s.mounts}
    return Stack(
        name="demo",
        working_dir="/demo",
        services={s.name: s for s in services},
        disabled={s.name: s for s in disabled},
        networks={"default": Network("default", "demo_default")},
        volumes={key: Volume(key, f"demo_{key}") for key in sorted(volumes)},
    )


def data(source: str) -> tuple[Mount, ...]:
    return (Mount("volume", "/data", source),)


def running(one: Service, number: int = 1, **fields: Any) -> Container:
    name = f"demo-{one.name}-{number}"
    values: dict[str, Any] = {
        "state": "running",
        "health": "healthy" if fields.get("state", "running") == "running" else "",
        "config_hash": one.config_hash,
        "labels": {FINGERPRINT_LABEL: fingerprint(one)},
        "networks": {"demo_default": "10.0.0.2"},
    }
    return Container(id=name, name=name, service=one.name, number=number, **(values | fields))


def observed(*containers: Container, volumes: tuple[str, ...] = ()) -> Observed:
    return Observed(
        "demo",
        containers,
        (ObservedNetwork("demo_default", "default"),),
        tuple(ObservedVolume(f"demo_{key}", key, "demo") for key in volumes),
    )
