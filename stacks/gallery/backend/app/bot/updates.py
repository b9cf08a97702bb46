"""What the messenger sends, reduced to what the bot acts on. Pure.

Shapes: the MAX Bot API's Update object (dev.max.ru/docs-api/objects/Update).
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Update:
    """A person wrote to the bot, or pressed its start button."""

    key: str
    """Names the update, the same when it is delivered again."""
    user_id: int
    name: str
    text: str
    images: tuple[str, ...]

    @property
    def wants_login(self) -> bool:
        return self.text.split(maxsplit=1)[:1] == ["/start"]


def parse(raw: dict[str, Any]) -> Update | None:
    """None for what the bot has no business with: groups, other bots, other kinds of update, broken shapes."""
    try:
        match raw.get("update_type"):
            case "bot_started":
                return _started(raw)
            case "message_created":
                return _message(raw["message"])
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    return None


def _started(raw: dict[str, Any]) -> Update:
    user = raw["user"]
    return Update(
        f"started:{int(user['user_id'])}:{int(raw['timestamp'])}", int(user["user_id"]), _name(user), "/start", ()
    )


def _message(message: dict[str, Any]) -> Update | None:
    sender, body = message["sender"], message["body"]
    if sender.get("is_bot") or message["recipient"].get("chat_type") != "dialog":
        return None
    attached = body.get("attachments") or []
    images = tuple(str(item["payload"]["url"]) for item in attached if item.get("type") == "image")
    return Update(
        f"message:{body['mid']}", int(sender["user_id"]), _name(sender), str(body.get("text") or "").strip(), images
    )


def _name(user: dict[str, Any]) -> str:
    full = f"{user.get('first_name') or ''} {user.get('last_name') or ''}".strip()
    return full or str(user.get("name") or "")
