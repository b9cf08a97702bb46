"""The worker's application: `celery -A tasks worker` and `celery -A tasks beat`.

A task is acknowledged when it is done: one whose worker is killed is done again by another. So every task is safe to do
twice, and a worker that is told to stop finishes what it does (Celery's warm shutdown, on SIGTERM).
"""

from celery import Celery

from backend.shared import logs
from tasks import alive
from tasks.settings import get_settings

__all__ = ["app"]

configured = get_settings()
app = Celery(
    "accounts",
    broker=configured.redis_url.get_secret_value(),
    backend=configured.redis_url.get_secret_value(),
    include=["tasks.mail", "tasks.cleaning"],
)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_concurrency=2,
    worker_hijack_root_logger=False,
    worker_send_task_events=True,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": configured.visibility_seconds},
    result_expires=3600,
    timezone="UTC",
    beat_schedule_filename="/tmp/beat-schedule",
    beat_max_loop_interval=alive.EVERY_SECONDS,
    beat_scheduler="tasks.alive:Scheduler",
    beat_schedule={
        "clean-up": {
            "task": "cleaning.clean_up",
            "schedule": configured.clean_up_seconds,
            # What waits for a worker that is away longer than this is left out: the next one does it all.
            "options": {"expires": configured.clean_up_seconds},
        }
    },
)
logs.set_up(configured.log_level)
