"""The three services of stacks/backend as bare processes, on free ports, in the order of the Compose file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.bare import Bare, answers_http, answers_postgres, answers_redis, free_port, specs, wait_for
from longshore.native.shared.volumes import Volumes

__all__ = ["HEALTH", "BareBackend"]

HEALTH = "/api/v1/health/"


class BareBackend:
    """Prepared by the constructor, started by `start`, which returns when the API says that it is healthy."""

    def __init__(self, folder: Path, volumes: Path, cache: str) -> None:
        of = specs(folder, "docker-compose.yml", cache)
        where = Volumes(volumes)
        self.db_port, self.redis_port, self.port = free_port(), free_port(), free_port()
        self.db = Bare(of["db"], where, env={"PGPORT": str(self.db_port)})
        self.redis = Bare(of["redis"], where, argv=[*of["redis"].argv, "--port", str(self.redis_port)])
        self.backend = Bare(
            of["backend"],
            where,
            argv=[word.replace("0.0.0.0:8000", f"127.0.0.1:{self.port}") for word in of["backend"].argv],
            env={
                "POSTGRES_HOST": "127.0.0.1",
                "POSTGRES_PORT": str(self.db_port),
                "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            },
        )
        for service in (self.db, self.redis, self.backend):
            service.prepare()

    def start(self) -> None:
        self.db.start()
        self.redis.start()
        wait_for(lambda: answers_postgres(self.db_port) and answers_redis(self.redis_port))
        self.backend.start()
        wait_for(lambda: answers_http(self.port, HEALTH))

    def stop(self) -> None:
        for service in (self.backend, self.redis, self.db):
            service.stop()


@contextmanager
def running(folder: Path, volumes: Path, cache: str) -> Iterator[BareBackend]:
    bare = BareBackend(folder, volumes, cache)
    try:
        bare.start()
        yield bare
    finally:
        bare.stop()
