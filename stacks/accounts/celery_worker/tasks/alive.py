"""Signs of life for the health checks: files that are written as long as the broker is reached (worker), or the clock
goes on (beat)."""

from pathlib import Path
from typing import Any

from celery.beat import PersistentScheduler
from celery.signals import heartbeat_sent, worker_ready, worker_shutdown

__all__ = ["EVERY_SECONDS", "Scheduler"]

WORKER = Path("/tmp/worker-alive")
BEAT = Path("/tmp/beat-alive")
EVERY_SECONDS = 5


@worker_ready.connect
@heartbeat_sent.connect
def touch(**_: Any) -> None:
    WORKER.write_text("alive")


@worker_shutdown.connect
def gone(**_: Any) -> None:
    WORKER.unlink(missing_ok=True)


class Scheduler(PersistentScheduler):
    """Celery's own, which tells that it goes on."""

    def tick(self, *args: Any, **options: Any) -> Any:
        BEAT.write_text("alive")
        return super().tick(*args, **options)
