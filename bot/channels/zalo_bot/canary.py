"""An event as the Zalo Bot Platform would send it, for the canary."""

from __future__ import annotations

import datetime as dt

import msgspec

from bot.channels.zalo_bot.verify import HEADER
from bot.channels.zalo_bot.webhook import PATH
from bot.delivery.ports import Post


def post(secret: str, address: str, text: str, now: dt.datetime) -> Post:
    milliseconds = int(now.timestamp() * 1000)
    message = {
        "message_id": f"canary-{milliseconds}",
        "date": milliseconds,
        "from": {"id": address, "display_name": "-", "is_bot": False},
        "chat": {"id": address, "chat_type": "PRIVATE"},
        "text": text,
    }
    body = msgspec.json.encode({"event_name": "message.text.received", "message": message})
    return Post(PATH, body, {HEADER: secret})
