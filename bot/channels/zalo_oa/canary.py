"""A signed event as Zalo would send it, for the canary."""

from __future__ import annotations

import datetime as dt

import msgspec

from bot.channels.zalo_oa.routes import PATH
from bot.channels.zalo_oa.verify import Verifier
from bot.delivery.ports import Post


def post(app_id: str, key: str, address: str, text: str, now: dt.datetime) -> Post:
    """`key`: the OA secret key."""
    stamp = str(int(now.timestamp() * 1000))
    body = msgspec.json.encode(
        {
            "app_id": app_id,
            "event_name": "user_send_text",
            "timestamp": stamp,
            "sender": {"id": address},
            "recipient": {"id": "0"},
            "message": {"msg_id": f"canary-{stamp}", "text": text},
        }
    )
    mac = Verifier(app_id, key).made(body, stamp)
    return Post(PATH, body, {"X-ZEvent-Signature": f"mac={mac}", "X-ZEvent-Timestamp": stamp})
