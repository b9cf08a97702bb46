"""Albums."""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import delete, select

from app import jobs, views
from app.db import Db
from app.deps import Config, CurrentUser
from app.models import Album, Photo
from app.schemas import AlbumChange, AlbumInput, AlbumOut

router = APIRouter(prefix="/api/albums", tags=["albums"])


@router.get("")
def list_albums(me: CurrentUser, db: Db, settings: Config) -> list[AlbumOut]:
    return views.albums(db, settings, me.id)


@router.post("", status_code=201)
def create_album(body: AlbumInput, me: CurrentUser, db: Db, settings: Config) -> AlbumOut:
    album = Album(owner_id=me.id, title=body.title, shared=body.shared)
    db.add(album)
    db.commit()
    return views.album(db, settings, me.id, album.id)


@router.get("/{album_id}")
def get_album(album_id: UUID, me: CurrentUser, db: Db, settings: Config) -> AlbumOut:
    return views.album(db, settings, me.id, album_id)


@router.patch("/{album_id}")
def change_album(album_id: UUID, body: AlbumChange, me: CurrentUser, db: Db, settings: Config) -> AlbumOut:
    album = views.own_album(db, me.id, album_id)
    if body.title is not None:
        album.title = body.title
    if body.shared is not None:
        album.shared = body.shared
    db.commit()
    return views.album(db, settings, me.id, album_id)


@router.delete("/{album_id}", status_code=204)
def delete_album(album_id: UUID, me: CurrentUser, db: Db) -> None:
    """With its photos. The rows go now; the files are a job, so that none is left behind."""
    album = views.own_album(db, me.id, album_id)
    for photo_id in db.scalars(select(Photo.id).where(Photo.album_id == album.id).with_for_update()):
        jobs.add(db, "remove", photo_id=str(photo_id))
    db.execute(delete(Album).where(Album.id == album.id))
    db.commit()
    jobs.wake.set()
