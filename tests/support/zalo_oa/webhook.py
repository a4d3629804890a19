"""The webhook of an app: signed bytes, five retries, then switched off.

    oa.webhook.url = ".../channels/zalo-oa"
    await oa.webhook.emit(event)                    # signed, as the platform would
    await oa.webhook.probe()                        # the console's unsigned `{}`; the status of the answer
    await oa.webhook.post(raw, oa.webhook.sign(raw, timestamp))     # anything forged

For holding, repeating and doubling events see `Courier`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Literal

from tests.support.zalo_oa.account import JSON, Account
from tests.support.zalo_wire.courier import Courier, Delivery

PAUSES = (30.0, 300.0, 900.0, 1800.0, 3600.0)
SKEW = 7  # milliseconds between the two timestamps where they differ


def encode(event: JSON) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def encode_escaped(event: JSON) -> bytes:
    """The same event in other bytes: \\u escapes, escaped slashes, spaces. Re-serialising breaks its mac."""
    return json.dumps(event, ensure_ascii=True, indent=1).replace("/", "\\/").encode()


class Webhook(Courier):
    """`timestamp_from`: which timestamp the mac is made of (the sources disagree). `both`: they are equal."""

    def __init__(self, account: Account) -> None:
        super().__init__(PAUSES, answer_within=2.0, retry_header="num_retry")
        self.timestamp_from: Literal["both", "body", "header"] = "both"
        self.encode: Callable[[JSON], bytes] = encode
        self.only_hash = False
        """The console's syntax filter: only texts that begin with # are delivered."""
        self.unsubscribed: set[str] = set()
        """Names of events that are not ticked in the console."""
        self._account = account

    async def emit(self, event: JSON, extra: dict[str, str] | None = None) -> Delivery | None:
        """None when the console does not let the event through."""
        name = event["event_name"]
        if name in self.unsubscribed:
            return None
        if self.only_hash and name == "user_send_text" and not event["message"]["text"].startswith("#"):
            return None
        raw = self.encode(event)
        return await self.carry(event, raw, self.sign(raw, str(event["timestamp"])) | (extra or {}))

    def sign(
        self, raw: bytes, timestamp: str, key: str | None = None, app_id: str | None = None
    ) -> dict[str, str]:
        """Headers of a delivery of `raw`; `timestamp` is that of the body."""
        header = timestamp if self.timestamp_from == "both" else str(int(timestamp) + SKEW)
        used = timestamp if self.timestamp_from == "body" else header
        secret = self._account.oa_secret_key if key is None else key
        signed = (app_id or self._account.app_id).encode() + raw + used.encode() + secret.encode()
        return {
            "Content-Type": "application/json",
            "X-ZEvent-Signature": f"mac={hashlib.sha256(signed).hexdigest()}",
            "X-ZEvent-Timestamp": header,
        }

    async def probe(self) -> int | None:
        """What the console sends on "save": the address is kept only if this is 200."""
        return await self.post(b"{}", {"Content-Type": "application/json"})

    def events(self, name: str) -> list[dict[str, Any]]:
        return [delivery.event for delivery in self.deliveries if delivery.event["event_name"] == name]
