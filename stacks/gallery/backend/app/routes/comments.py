"""Comments."""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import or_, select
from sqlalchemy.orm import contains_eager

from app import views
from app.db import Db
from app.deps import CurrentUser
from app.errors import not_found
from app.models import Comment, Photo
from app.schemas import CommentInput, CommentOut, Person

router = APIRouter(prefix="/api", tags=["comments"])

MOST_SHOWN = 500


def comment_out(comment: Comment, me: UUID) -> CommentOut:
    return CommentOut(
        id=comment.id,
        body=comment.body,
        author=Person.model_validate(comment.author),
        mine=comment.author_id == me,
        created_at=comment.created_at,
    )


@router.get("/photos/{photo_id}/comments")
def list_comments(photo_id: UUID, me: CurrentUser, db: Db) -> list[CommentOut]:
    views.visible_photo(db, me.id, photo_id)
    query = select(Comment).join(Comment.author).options(contains_eager(Comment.author))
    oldest_first = query.where(Comment.photo_id == photo_id).order_by(Comment.created_at, Comment.id)
    return [comment_out(comment, me.id) for comment in db.scalars(oldest_first.limit(MOST_SHOWN))]


@router.post("/photos/{photo_id}/comments", status_code=201)
def add_comment(photo_id: UUID, body: CommentInput, me: CurrentUser, db: Db) -> CommentOut:
    views.visible_photo(db, me.id, photo_id)
    comment = Comment(photo_id=photo_id, author_id=me.id, body=body.body)
    db.add(comment)
    db.commit()
    return comment_out(comment, me.id)


@router.delete("/comments/{comment_id}", status_code=204)
def delete_comment(comment_id: UUID, me: CurrentUser, db: Db) -> None:
    """By its author, or by the owner of the photo it stands under."""
    allowed = or_(Comment.author_id == me.id, Photo.owner_id == me.id)
    query = select(Comment).join(Photo, Photo.id == Comment.photo_id).where(Comment.id == comment_id, allowed)
    comment = db.scalar(query)
    if comment is None:
        raise not_found("comment of yours")
    db.delete(comment)
    db.commit()
