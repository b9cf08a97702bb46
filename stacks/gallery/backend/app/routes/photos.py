"""Photos: list, search, upload, change, delete, like."""

from collections.abc import Iterator
from typing import Annotated, BinaryIO, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile

from app import jobs, views
from app.db import Db
from app.deps import Config, CurrentUser, Files
from app.errors import Refused
from app.models import Like, Photo
from app.schemas import Liked, PhotoChange, PhotoOut, PhotoPage
from app.uploads import CHUNK, Incoming, take_in

router = APIRouter(prefix="/api/photos", tags=["photos"])


@router.get("")
def list_photos(
    me: CurrentUser,
    db: Db,
    settings: Config,
    scope: Literal["all", "mine", "liked"] = "all",
    album: UUID | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 40,
) -> PhotoPage:
    return views.photo_page(db, settings, me.id, scope=scope, album=album, text=q, cursor=cursor, limit=limit)


@router.post(
    "",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["album_id", "files"],
                        "properties": {
                            "album_id": {"type": "string", "format": "uuid"},
                            "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        },
                    }
                }
            },
        }
    },
)
async def upload(request: Request, me: CurrentUser, db: Db, settings: Config, storage: Files) -> list[PhotoOut]:
    """Several files at once: all are kept, or none. The form is read here and not by the framework,
    which would call a full disk a bad request."""
    async with request.form(max_files=settings.max_files, max_fields=4) as form:
        album_id, files = _form(form)
        incoming = [Incoming(uuid4(), file.filename, _chunks(file.file)) for file in files]
        return await run_in_threadpool(_store, db, settings, storage, me.id, album_id, incoming)


def _form(form: FormData) -> tuple[UUID, list[UploadFile]]:
    files = [value for value in form.getlist("files") if isinstance(value, UploadFile)]
    if not files:
        raise Refused(422, "invalid", "files: at least one file is needed")
    try:
        return UUID(str(form.get("album_id"))), files
    except ValueError:
        raise Refused(422, "invalid", "album_id: not an id") from None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _store(
    db: Session, settings: Config, storage: Files, me: UUID, album_id: UUID, files: list[Incoming]
) -> list[PhotoOut]:
    album = views.own_album(db, me, album_id)
    photos = take_in(db, settings, storage, album, files)
    return views.photos_by_id(db, settings, me, [photo.id for photo in photos])


@router.get("/{photo_id}")
def get_photo(photo_id: UUID, me: CurrentUser, db: Db, settings: Config) -> PhotoOut:
    return views.photo(db, settings, me.id, photo_id)


@router.patch("/{photo_id}")
def change_photo(photo_id: UUID, body: PhotoChange, me: CurrentUser, db: Db, settings: Config) -> PhotoOut:
    photo = views.own_photo(db, me.id, photo_id)
    if body.title is not None:
        photo.title = body.title
    if body.album_id is not None:
        photo.album_id = views.own_album(db, me.id, body.album_id).id
    db.commit()
    return views.photo(db, settings, me.id, photo_id)


@router.delete("/{photo_id}", status_code=204)
def delete_photo(photo_id: UUID, me: CurrentUser, db: Db) -> None:
    views.own_photo(db, me.id, photo_id)
    db.execute(delete(Photo).where(Photo.id == photo_id))
    jobs.add(db, "remove", photo_id=str(photo_id))
    db.commit()
    jobs.wake.set()


@router.put("/{photo_id}/like")
def like(photo_id: UUID, me: CurrentUser, db: Db) -> Liked:
    """Liking twice is liking."""
    views.visible_photo(db, me.id, photo_id)
    db.execute(insert(Like).values(photo_id=photo_id, user_id=me.id).on_conflict_do_nothing())
    db.commit()
    return _liked(db, photo_id, True)


@router.delete("/{photo_id}/like")
def unlike(photo_id: UUID, me: CurrentUser, db: Db) -> Liked:
    views.visible_photo(db, me.id, photo_id)
    db.execute(delete(Like).where(Like.photo_id == photo_id, Like.user_id == me.id))
    db.commit()
    return _liked(db, photo_id, False)


def _liked(db: Session, photo_id: UUID, liked: bool) -> Liked:
    count = db.scalar(select(func.count()).where(Like.photo_id == photo_id)) or 0
    return Liked(likes=count, liked=liked)
