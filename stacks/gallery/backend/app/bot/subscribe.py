"""Tell the messenger where to send updates: `python -m app.bot.subscribe`, once, when PUBLIC_URL is set."""

import sys

from app.bot.client import Messenger, MessengerError
from app.settings import get_settings

WEBHOOK_PATH = "/api/bot/webhook"


def main() -> int:
    settings = get_settings()
    if not settings.bot_token.get_secret_value() or not settings.public_url.startswith("https://"):
        print("BOT_TOKEN and an https:// PUBLIC_URL are needed", file=sys.stderr)
        return 2
    address = settings.public_url.rstrip("/") + WEBHOOK_PATH
    try:
        Messenger(settings).subscribe(address)
    except MessengerError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"updates go to {address}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
