"""What the bot does about an update. Runs in a worker, may run twice, and does nothing twice but answer."""

import logging
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from app import accounts
from app.bot.client import Messenger
from app.bot.updates import Update, parse
from app.errors import Refused
from app.models import Photo, User
from app.sessions import make_login_link
from app.settings import Settings
from app.storage import Storage
from app.uploads import Incoming, take_in

log = logging.getLogger("gallery.bot")

PHOTO_IDS = UUID("6f1a7a3e-2d1c-4c4b-9a55-0d6f5f1e7c21")  # the name space of ids of photos that came by the bot
HELP = "Send me a photo and it lands in your album “From MAX”. Send /start for a link that signs you in."


def handle_update(db: Session, settings: Settings, storage: Storage, raw: dict[str, Any]) -> None:
    update = parse(raw)
    if update is None:
        return
    user = accounts.for_messenger(db, update.user_id, update.name)
    if update.images:
        reply = keep_photos(db, settings, storage, user, update)
    elif update.wants_login:
        link = make_login_link(db, settings, user)
        reply = f"Your way in, good once and for {settings.login_link_seconds // 60} minutes:\n{link}"
    else:
        reply = HELP
    Messenger(settings).send(update.user_id, reply)


def keep_photos(db: Session, settings: Settings, storage: Storage, user: User, update: Update) -> str:
    """Store what was sent. A photo's id follows from the message, so a second delivery finds it there."""
    kept = 0
    refused: list[str] = []
    for number, url in enumerate(update.images, start=1):
        photo_id = uuid5(PHOTO_IDS, f"{update.key}:{number}")
        try:
            if db.get(Photo, photo_id) is None:
                keep_photo(db, settings, storage, user, update, photo_id, url)
            kept += 1
        except Refused as error:
            log.warning("a photo from messenger user %s is refused: %s", update.user_id, error.detail)
            refused.append(f"Photo {number}: {error.detail}.")
    photos = "1 photo" if kept == 1 else f"{kept} photos"
    return "\n".join([f"{photos} saved to “{accounts.BOT_ALBUM}”.", *refused] if kept else refused)


def keep_photo(
    db: Session, settings: Settings, storage: Storage, user: User, update: Update, photo_id: UUID, url: str
) -> None:
    album = accounts.bot_album(db, user)
    with Messenger(settings).picture(url) as chunks:
        take_in(
            db, settings, storage, album, [Incoming(photo_id, f"{update.text[:100] or 'Photo from MAX'}.jpg", chunks)]
        )
