"""The background workers: threads that take jobs off the queue, and keep house."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from app import images, jobs
from app.bot.handlers import handle_update
from app.errors import Refused, is_disk_full, is_outage
from app.jobs import Claimed
from app.models import Attempt, BotUpdate, Job, LoginLink, Photo
from app.models import Session as SignIn
from app.settings import Settings
from app.storage import Storage

log = logging.getLogger("gallery.worker")

IDLE_SECONDS = 5.0  # how soon a job that another process queued, or one that was postponed, is seen
HOUSEKEEPING_SECONDS = 600.0
STRAY_SECONDS = 3600.0
STOP_SECONDS = 20.0


class Workers:
    """Start and stop them with the application."""

    def __init__(self, engine: Engine, settings: Settings, storage: Storage) -> None:
        self.sessions = sessionmaker(engine, expire_on_commit=False)
        self.settings = settings
        self.storage = storage
        self.stopping = threading.Event()
        self.kinds: dict[str, Callable[[Session, Claimed], None]] = {
            "photo": self.make_photo,
            "remove": self.remove_photo,
            "bot_update": self.bot_update,
        }
        self.threads = [
            threading.Thread(target=self.run, args=(number == 0,), name=f"worker-{number}", daemon=True)
            for number in range(settings.worker_threads)
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Let each finish the job it is at. A job cut off all the same is taken up again when its lease ends."""
        self.stopping.set()
        jobs.wake.set()
        until = time.monotonic() + STOP_SECONDS
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))

    def run(self, keeps_house: bool) -> None:
        next_round = time.monotonic() if keeps_house else float("inf")
        while not self.stopping.is_set():
            try:
                if time.monotonic() >= next_round:
                    self.keep_house()
                    next_round = time.monotonic() + HOUSEKEEPING_SECONDS
                if self.work_once():
                    continue
            except Exception as error:
                self.report(error)
                self.stopping.wait(1.0)
                continue
            jobs.wake.wait(IDLE_SECONDS)
            if not self.stopping.is_set():  # else the other threads would miss it
                jobs.wake.clear()

    def report(self, error: Exception) -> None:
        if is_outage(error):
            log.warning("the worker waits for the database (%s)", type(error).__name__)
        else:
            log.error("the worker met an unexpected error", exc_info=error)

    def work_once(self) -> bool:
        """Do one job, if one is due."""
        with self.sessions() as db:
            job = jobs.claim(db)
            if job is None:
                return False
            try:
                self.kinds[job.kind](db, job)
            except Exception as error:
                db.rollback()
                self.failed(db, job, error)
            else:
                jobs.done(db, job)
        return True

    def failed(self, db: Session, job: Claimed, error: Exception) -> None:
        if is_outage(error):
            raise error  # the lease runs out by itself
        name = f"{job.kind} job {job.id}"
        if is_disk_full(error):
            log.error("%s waits: the upload volume is full", name)
            jobs.postpone(db, job, "no space", counts=False)
        elif isinstance(error, Refused) or job.last_try:
            trace = not isinstance(error, Refused)
            log.error("%s is given up after %d tries: %s", name, job.attempts, error, exc_info=trace)
            self.give_up(db, job)
        else:
            log.warning("%s failed (try %d), again later: %s: %s", name, job.attempts, type(error).__name__, error)
            jobs.postpone(db, job, f"{type(error).__name__}: {error}")

    def give_up(self, db: Session, job: Claimed) -> None:
        if job.kind == "photo":
            db.execute(update(Photo).where(Photo.id == UUID(job.payload["photo_id"])).values(status="failed"))
        jobs.done(db, job)

    def make_photo(self, db: Session, job: Claimed) -> None:
        """The clean original and the thumbnails of an upload."""
        photo_id = UUID(job.payload["photo_id"])
        title = db.scalar(select(Photo.title).where(Photo.id == photo_id, Photo.status == "processing"))
        db.commit()  # no transaction is held open while pixels are worked on
        if title is None:
            return  # deleted in the meantime, or done by a try that was cut off after its commit
        source = self.storage.incoming(photo_id)
        if source.exists():
            self.storage.publish(photo_id, lambda into: images.render(source, title, self.settings.max_pixels, into))
        elif not self.storage.photo_dir(photo_id).exists():
            raise Refused(410, "gone", "the uploaded file is not there any more")
        db.execute(update(Photo).where(Photo.id == photo_id).values(status="ready"))
        db.commit()
        self.storage.drop_incoming(photo_id)

    def remove_photo(self, _: Session, job: Claimed) -> None:
        self.storage.remove(UUID(job.payload["photo_id"]))

    def bot_update(self, db: Session, job: Claimed) -> None:
        handle_update(db, self.settings, self.storage, job.payload)

    def keep_house(self) -> None:
        """Delete what has had its time: attempts, links, sessions, delivered updates, files of broken-off uploads."""
        with self.sessions() as db:
            now = func.now()
            db.execute(delete(Attempt).where(Attempt.at < now - timedelta(days=1)))
            db.execute(delete(LoginLink).where(LoginLink.expires_at < now - timedelta(days=1)))
            db.execute(delete(SignIn).where(or_(SignIn.expires_at < now, SignIn.revoked_at < now - timedelta(days=30))))
            db.execute(delete(BotUpdate).where(BotUpdate.received_at < now - timedelta(days=7)))
            db.commit()
            for path in self.storage.strays(time.time() - STRAY_SECONDS):
                if path.suffix == ".part" or not self.is_wanted(db, path.name):
                    path.unlink(missing_ok=True)

    @staticmethod
    def is_wanted(db: Session, photo_id: str) -> bool:
        wanted = exists().where(Job.kind == "photo", Job.payload["photo_id"].astext == photo_id)
        return bool(db.scalar(select(wanted)))
