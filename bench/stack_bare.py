"""The development form of a stack as bare processes, in a network of their own, where every name is 127.0.0.1.

    unshare --net python bench/stack_bare.py FOLDER FILE VOLUMES CACHE        (an ordinary user: unshare -r --net)

Says "prepared" when all roots are made, begins at the line "go", says "ready" when the last service can be used, and
ends all when its input ends. Services start as soon as what they depend on is ready, as Compose has it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.bare import POLL_SECONDS, Bare, answers_http, answers_postgres, answers_redis, ask, specs
from longshore.compose.load import LoadOptions, load
from longshore.model.record import replace
from longshore.model.stack import Stack
from longshore.native.image.providers.mongo import PING
from longshore.native.shared.spec import ContainerSpec, MountSpec
from longshore.native.shared.volumes import Volumes

__all__: list[str] = []

LONGEST = 120.0


@dataclass(frozen=True)
class Way:
    """How a service is asked whether it is ready: the first of these that is given. What is changed so that two
    services can listen at one address: `words` of the command, and `env`."""

    http: tuple[int, str] = (0, "")
    server: Callable[[], bool] | None = None
    file: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)


def answers_mongo() -> bool:
    return bool(ask(27017, PING.encode("latin-1")))


MONGO, REDIS, POSTGRES = Way(server=answers_mongo), Way(server=lambda: answers_redis(6379)), Way(
    server=lambda: answers_postgres(5432)
)  # fmt: skip
WAYS: Mapping[str, Mapping[str, Way]] = {
    "accounts": {
        "mongo": MONGO, "redis": REDIS,
        "auth_service": Way((8000, "/health")),
        "user_service": Way((8001, "/health"), words={"8000": "8001"}),
        "celery_worker": Way(file="/tmp/worker-alive", env={"USER_SERVICE_URL": "http://user_service:8001"}),
        "celery_beat": Way(file="/tmp/beat-alive"),
        "mail": Way((8025, "/health")),
        "flower": Way((5555, "/healthcheck")),
        "frontend": Way((5173, "/"), env={"USER_TARGET": "http://user_service:8001"}),
    },
    "shop": {
        "postgres": POSTGRES, "redis": REDIS,
        "backend": Way((8000, "/api/v1/health/")),
        "frontend": Way((3000, "/healthz")),
        "nginx": Way((80, "/nginx-health")),
    },
    "systech-aidd": {
        "prepare": Way(),
        "api": Way((8000, "/health")),
        "bot": Way(file="/app/data/bot.alive"),
        "frontend": Way((3000, "/")),
        "telegram": Way((8081, "/health")),
    },
}  # fmt: skip
"""By the project's name. A service without a way is one that ends."""


def _written(etc: Mapping[str, str]) -> tuple[MountSpec, ...]:
    """Files of /etc for every service. (An nginx that is to ask the name server does not start without one.)"""
    folder = Path(tempfile.mkdtemp(prefix="bare-"))
    for name, text in etc.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    return tuple(MountSpec("bind", f"/etc/{name}", str(folder / name)) for name in etc)


class BareStack:
    """Prepared by the constructor; `start` returns when all can be used."""

    def __init__(self, folder: Path, file: str, volumes: Path, cache: str) -> None:
        self.stack: Stack = load(LoadOptions(files=[str(folder / file)]))
        self.ways, where = WAYS[self.stack.name], Volumes(volumes)
        hosts = "".join(f"127.0.0.1 {name}\n" for name in ("localhost", *self.stack.services))
        self.etc = _written({"hosts": hosts, "resolv.conf": "nameserver 127.0.0.1\n"})
        self.services = {
            name: Bare(self._spec(name, spec), where, env=self.ways[name].env)
            for name, spec in specs(folder, file, cache).items()
        }
        for service in self.services.values():
            service.prepare()

    def _spec(self, name: str, spec: ContainerSpec) -> ContainerSpec:
        argv = tuple(self.ways[name].words.get(word, word) for word in spec.argv)
        return replace(spec, argv=argv, mounts=(*spec.mounts, *self.etc))

    def start(self) -> None:
        """What can start is started, what is ready is noted, until everything is."""
        self.began, end = time.time(), time.monotonic() + LONGEST
        started: set[str] = set()
        ready: set[str] = set()
        while ready != set(self.services):
            for name, service in self.services.items():
                needs = self.stack.services[name].depends_on
                if name not in started and all(one in (ready if self._waits(name, one) else started) for one in needs):
                    service.start()
                    started.add(name)
            ready |= {name for name in started - ready if self._is_ready(name)}
            assert time.monotonic() < end, f"not ready in time: {', '.join(set(self.services) - ready)}"
            time.sleep(POLL_SECONDS)

    def _waits(self, name: str, other: str) -> bool:
        return self.stack.services[name].depends_on[other].condition != "service_started"

    def _is_ready(self, name: str) -> bool:
        way, service = self.ways[name], self.services[name]
        if way.http[0]:
            return answers_http(*way.http)
        if way.server:
            return way.server()
        if way.file:
            path = Path(f"/proc/{service.pid}/root{way.file}")
            return path.exists() and path.stat().st_mtime >= self.began
        return service.ended()

    def stop(self) -> None:
        for service in reversed(self.services.values()):
            service.stop()


def main(folder: str, file: str, volumes: str, cache: str) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    bare = BareStack(Path(folder), file, Path(volumes), cache)
    try:
        print("prepared", flush=True)
        assert sys.stdin.readline() == "go\n"
        bare.start()
        print("ready", flush=True)
        sys.stdin.read()
    finally:
        bare.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
