"""Taking in pictures: from a browser or from the bot, the same checks and the same road."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app import images, jobs
from app.errors import Refused
from app.models import Album, Photo
from app.settings import Settings
from app.storage import Storage, shown_name, title_of

CHUNK = 256 * 1024


@dataclass(frozen=True)
class Incoming:
    """One file as it comes in: the name its sender gave it, and its content piece by piece."""

    photo_id: UUID
    name: str | None
    chunks: Iterable[bytes]


def capped(chunks: Iterable[bytes], name: str, limit: int) -> Iterable[bytes]:
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        if seen > limit:
            raise Refused(413, "too_large", f"{name} is larger than {limit // (1024 * 1024)} MB")
        yield chunk


def take_in(db: Session, settings: Settings, storage: Storage, album: Album, files: Iterable[Incoming]) -> list[Photo]:
    """Store files and queue their thumbnails: all of them, or none and an error. Commits."""
    stored: list[UUID] = []
    photos: list[Photo] = []
    db.commit()  # no transaction is held open while files are written and judged
    try:
        for file in files:
            name = shown_name(file.name)
            length = storage.receive(file.photo_id, capped(file.chunks, name, settings.max_file_bytes))
            stored.append(file.photo_id)
            facts = images.inspect(storage.incoming(file.photo_id), name, settings.max_pixels)
            photos.append(_row(album, file.photo_id, name, length, facts))
        db.add_all(photos)
        db.flush()
        for photo in photos:
            jobs.add(db, "photo", photo_id=str(photo.id))
        db.commit()
    except BaseException:
        db.rollback()
        for photo_id in stored:
            storage.drop_incoming(photo_id)
        raise
    jobs.wake.set()
    return photos


def _row(album: Album, photo_id: UUID, name: str, length: int, facts: images.Facts) -> Photo:
    return Photo(
        id=photo_id,
        album_id=album.id,
        owner_id=album.owner_id,
        title=title_of(name),
        format=facts.format,
        bytes=length,
        width=facts.width,
        height=facts.height,
        colour=facts.colour,
        taken_at=facts.taken_at,
    )
