"""An update as Telegram would send it, for the canary."""

from __future__ import annotations

import datetime as dt

import msgspec

from bot.channels.telegram.verify import HEADER
from bot.channels.telegram.webhook import PATH
from bot.delivery.ports import Post


def post(secret: str, address: str, text: str, now: dt.datetime) -> Post:
    """`address`: the id of a private chat. Milliseconds as its number lie far above Telegram's own."""
    number, who = int(now.timestamp() * 1000), int(address)
    message = {
        "message_id": number,
        "date": int(now.timestamp()),
        "from": {"id": who, "is_bot": False, "first_name": "-"},
        "chat": {"id": who, "type": "private"},
        "text": text,
    }
    return Post(PATH, msgspec.json.encode({"update_id": number, "message": message}), {HEADER: secret})
