"""People: new ones with a password, and those who come through the messenger."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import Album, User
from app.tokens import hash_password

FIRST_ALBUM = "My photos"
BOT_ALBUM = "From MAX"


def register(db: Session, username: str, display_name: str, password: str) -> User | None:
    """A new person with a first album; None when the user name is taken. Commits."""
    user = _insert(db, username=username, display_name=display_name, password_hash=hash_password(password))
    db.commit()
    return user


def _insert(db: Session, **values: object) -> User | None:
    user_id = db.scalar(insert(User).values(**values).on_conflict_do_nothing().returning(User.id))
    if user_id is None:
        return None
    db.add(Album(owner_id=user_id, title=FIRST_ALBUM))
    db.flush()
    return db.get(User, user_id)


def for_messenger(db: Session, max_user_id: int, name: str) -> User:
    """The person behind a messenger account, made on their first message. Commits."""
    known = select(User).where(User.max_user_id == max_user_id)
    user = db.scalar(known)
    if user is None:
        _insert(db, username=f"max_{max_user_id}", display_name=name[:60] or "MAX user", max_user_id=max_user_id)
        db.commit()
        user = db.scalars(known).one()
    return user


def bot_album(db: Session, user: User) -> Album:
    """Where photos sent to the bot go: private until its owner shares it. Commits."""
    found = db.scalar(select(Album).where(Album.owner_id == user.id, Album.title == BOT_ALBUM).limit(1))
    if found is None:
        found = Album(owner_id=user.id, title=BOT_ALBUM, shared=False)
        db.add(found)
        db.commit()
    return found
