"""Reading photos and albums as one person may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, contains_eager

from app import media, paging
from app.errors import not_found
from app.images import THUMBNAILS
from app.models import Album, Comment, Like, Photo, User
from app.schemas import AlbumOut, Person, PhotoOut, PhotoPage
from app.search import prefix_query
from app.settings import Settings


def may_see(me: UUID) -> ColumnElement[bool]:
    """Albums one may look into: shared ones and one's own."""
    return or_(Album.shared, Album.owner_id == me)


def _photos(me: UUID) -> Select[Any]:
    """Every photo `me` may see, with its counts."""
    likes = select(func.count()).where(Like.photo_id == Photo.id).correlate(Photo).scalar_subquery()
    liked = exists().where(Like.photo_id == Photo.id, Like.user_id == me).correlate(Photo)
    comments = select(func.count()).where(Comment.photo_id == Photo.id).correlate(Photo).scalar_subquery()
    ready = or_(Photo.status == "ready", Photo.owner_id == me)
    return (
        select(Photo, likes.label("likes"), liked.label("liked"), comments.label("comments"))
        .join(Photo.album)
        .join(Photo.owner)
        .options(contains_eager(Photo.album), contains_eager(Photo.owner))
        .where(may_see(me), ready)
    )


def photo_out(settings: Settings, me: UUID, row: Row[Any]) -> PhotoOut:
    photo: Photo = row.Photo
    variants = (*THUMBNAILS, "original") if photo.status == "ready" else ()
    return PhotoOut(
        id=photo.id,
        album_id=photo.album_id,
        album_title=photo.album.title,
        title=photo.title,
        owner=Person.model_validate(photo.owner),
        mine=photo.owner_id == me,
        width=photo.width,
        height=photo.height,
        colour=photo.colour,
        status=photo.status,
        taken_at=photo.taken_at,
        created_at=photo.created_at,
        likes=row.likes,
        liked=row.liked,
        comments=row.comments,
        urls={variant: media.sign(settings, photo.id, variant) for variant in variants},
    )


def photo(db: Session, settings: Settings, me: UUID, photo_id: UUID) -> PhotoOut:
    row = db.execute(_photos(me).where(Photo.id == photo_id)).one_or_none()
    if row is None:
        raise not_found("photo")
    return photo_out(settings, me, row)


def photos_by_id(db: Session, settings: Settings, me: UUID, ids: Sequence[UUID]) -> list[PhotoOut]:
    """In the order of `ids`."""
    rows = {row.Photo.id: row for row in db.execute(_photos(me).where(Photo.id.in_(ids)))}
    return [photo_out(settings, me, rows[photo_id]) for photo_id in ids if photo_id in rows]


def _matches(text: str) -> ColumnElement[bool] | None:
    query = prefix_query(text)
    if query is None:
        return None
    tsquery = func.to_tsquery("simple", query)
    by_owner = func.to_tsvector("simple", User.display_name + " " + User.username).op("@@")(tsquery)
    return or_(Photo.search.op("@@")(tsquery), Album.search.op("@@")(tsquery), by_owner)


def photo_page(
    db: Session,
    settings: Settings,
    me: UUID,
    *,
    scope: str,
    album: UUID | None,
    text: str,
    cursor: str | None,
    limit: int,
) -> PhotoPage:
    """Newest first. `scope` is all, mine or liked."""
    query = _photos(me)
    if scope == "mine":
        query = query.where(Photo.owner_id == me)
    elif scope == "liked":
        query = query.where(exists().where(and_(Like.photo_id == Photo.id, Like.user_id == me)))
    if album is not None:
        query = query.where(Photo.album_id == album)
    if (matches := _matches(text)) is not None:
        query = query.where(matches)
    if cursor:
        query = query.where(tuple_(Photo.created_at, Photo.id) < paging.decode(cursor))
    rows = db.execute(query.order_by(Photo.created_at.desc(), Photo.id.desc()).limit(limit + 1)).all()
    items = [photo_out(settings, me, row) for row in rows[:limit]]
    more = len(rows) > limit
    return PhotoPage(items=items, next=paging.encode(items[-1].created_at, items[-1].id) if more else None)


def _albums(me: UUID) -> Select[Any]:
    ready = and_(Photo.album_id == Album.id, Photo.status == "ready")
    count = select(func.count()).where(ready).correlate(Album).scalar_subquery()
    newest = select(Photo.id).where(ready).order_by(Photo.created_at.desc(), Photo.id.desc()).limit(1)
    cover = newest.correlate(Album).scalar_subquery()
    return (
        select(Album, count.label("photos"), Photo.id.label("cover_id"), Photo.colour.label("cover_colour"))
        .join(Album.owner)
        .outerjoin(Photo, Photo.id == cover)
        .options(contains_eager(Album.owner))
        .where(may_see(me))
    )


def album_out(settings: Settings, me: UUID, row: Row[Any]) -> AlbumOut:
    album: Album = row.Album
    return AlbumOut(
        id=album.id,
        title=album.title,
        shared=album.shared,
        owner=Person.model_validate(album.owner),
        mine=album.owner_id == me,
        photos=row.photos,
        cover=media.sign(settings, row.cover_id, "medium") if row.cover_id else None,
        cover_colour=row.cover_colour,
        created_at=album.created_at,
    )


def albums(db: Session, settings: Settings, me: UUID) -> list[AlbumOut]:
    """One's own first, then what others share; an empty album of somebody else is not worth showing."""
    rows = db.execute(_albums(me).order_by((Album.owner_id == me).desc(), Album.created_at.desc(), Album.id).limit(500))
    return [album_out(settings, me, row) for row in rows if row.photos or row.Album.owner_id == me]


def album(db: Session, settings: Settings, me: UUID, album_id: UUID) -> AlbumOut:
    row = db.execute(_albums(me).where(Album.id == album_id)).one_or_none()
    if row is None:
        raise not_found("album")
    return album_out(settings, me, row)


def own_album(db: Session, me: UUID, album_id: UUID) -> Album:
    """For changes: only the owner's."""
    found = db.scalar(select(Album).where(Album.id == album_id, Album.owner_id == me))
    if found is None:
        raise not_found("album of yours")
    return found


def own_photo(db: Session, me: UUID, photo_id: UUID) -> Photo:
    found = db.scalar(select(Photo).where(Photo.id == photo_id, Photo.owner_id == me))
    if found is None:
        raise not_found("photo of yours")
    return found


def visible_photo(db: Session, me: UUID, photo_id: UUID) -> UUID:
    """The id of a photo one may like and comment on."""
    found = db.scalar(select(Photo.id).join(Photo.album).where(Photo.id == photo_id, may_see(me)))
    if found is None:
        raise not_found("photo")
    return found
