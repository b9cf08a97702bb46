"""Stacks and what their services do, by name, for the command line's tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from longshore.engine.base import Engine
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import Build, Dependency, Mount, NetworkUse, Port, Service
from longshore.model.stack import Network, Stack, Volume
from tests.cli.stage import Act, StageEngine

CHECK = HealthCheck(("CMD", "true"), interval=10.0)


@dataclass
class Only:
    """The one engine there is."""

    engine: StageEngine

    def open(self, name: str) -> Engine:
        return self.engine

    def reachable(self, name: str) -> bool:
        return name == self.engine.name


@dataclass
class Scene:
    stack: Stack
    engine: StageEngine = field(default_factory=StageEngine)


def service(name: str, *needs: str, condition: str = "service_healthy", **fields: object) -> Service:
    values = {
        "image": f"{name}:1",
        "networks": {"default": NetworkUse("default")},
        "depends_on": {n: Dependency(n, condition) for n in needs},  # type: ignore[arg-type]
        "raw": {"image": f"{name}:1"},
        "config_hash": f"hash of {name}",
        **fields,
    }
    return Service(name, **values)  # type: ignore[arg-type]


def stack(*services: Service, name: str = "demo") -> Stack:
    volumes = {m.source for s in services for m in s.mounts if m.type == "volume" and m.source}
    return Stack(
        name=name,
        working_dir="/demo",
        services={s.name: s for s in services},
        networks={"default": Network("default", f"{name}_default")},
        volumes={key: Volume(key, f"{name}_{key}") for key in sorted(volumes)},
    )


def gallery() -> Scene:
    """Four services in a chain, as UX.md draws them."""
    made = stack(
        service("db", healthcheck=CHECK, mounts=(Mount("volume", "/var/lib/postgresql/data", "postgres_data"),),
                ports=(Port(5432, "5432", "127.0.0.1"),), annotations={"runs": "postgres 16.2"}),
        service("backend", "db", healthcheck=CHECK, build=Build("/demo/backend"), annotations={"runs": "uvicorn"}),
        service("frontend", "backend", healthcheck=CHECK, annotations={"runs": "vite 7.1"}),
        service("nginx", "frontend", ports=(Port(80, "8080", "127.0.0.1"),), annotations={"runs": "nginx 1.22"}),
    )  # fmt: skip
    acts = {
        "db": Act(healthy=0.02, lines=("database system is ready to accept connections",)),
        "backend": Act(healthy=0.03, lines=("Uvicorn running on http://0.0.0.0:8000",)),
        "frontend": Act(healthy=0.02, lines=("VITE ready",)),
        "nginx": Act(lines=("start worker processes",)),
    }
    return Scene(made, StageEngine(acts))


def broken() -> Scene:
    """The back end cannot sign in to its database."""
    scene = gallery()
    error = 'sqlalchemy.exc.OperationalError: password authentication failed for user "app_user"'
    scene.engine.acts = {
        **scene.engine.acts,
        "backend": Act(ends=0.02, exit_code=1, lines=("starting", "connecting to db", error)),
    }
    return scene


def one_shot() -> Scene:
    """A migration that ends with 0 before the application starts."""
    made = stack(service("migrate"), service("app", "migrate", condition="service_completed_successfully"))
    return Scene(made, StageEngine({"migrate": Act(ends=0.01, lines=("migrated",)), "app": Act(lines=("serving",))}))


def workers() -> Scene:
    """One service ends by itself with 3, the other runs for ever."""
    made = stack(service("job"), service("web"))
    return Scene(made, StageEngine({"job": Act(ends=0.05, exit_code=3, lines=("done",)), "web": Act(lines=("up",))}))


def deaf() -> Scene:
    """A service that does not listen to its stop signal."""
    return Scene(stack(service("web")), StageEngine({"web": Act(lines=("up",), deaf=True)}))


def slow_start() -> Scene:
    """The database never gets healthy."""
    made = stack(service("db", healthcheck=CHECK), service("backend", "db"))
    return Scene(made, StageEngine({"db": Act(healthy=3600, lines=("still at it",))}))


SCENES: dict[str, Callable[[], Scene]] = {
    "gallery": gallery,
    "broken": broken,
    "one_shot": one_shot,
    "workers": workers,
    "deaf": deaf,
    "slow_start": slow_start,
}
