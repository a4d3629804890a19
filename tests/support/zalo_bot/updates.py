"""How events reach the bot: by webhook when one is set, one at a time by getUpdates otherwise."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.clock import Clock
from tests.support.zalo_bot.account import JSON, BotAccount, milliseconds
from tests.support.zalo_bot.methods import Method, Refused
from tests.support.zalo_wire.courier import OK, Courier, Delivery

PAUSES = (10.0, 60.0, 300.0)
"""That events are delivered again is known; how often is not published."""
SHORTEST_SECRET, LONGEST_SECRET = 8, 256


class Updates(Courier):
    """`shape`: real bodies are flat, the documentation shows them wrapped into `ok` and `result`.

    The address is set by the product with `setWebhook`, or by a test with `set_webhook(url, secret)`.
    """

    def __init__(self, account: BotAccount, clock: Clock) -> None:
        super().__init__(PAUSES, answer_within=5.0, ends_for_good=False)
        self.shape: Literal["flat", "wrapped"] = "flat"
        self.photo_field: Literal["photo_url", "photo"] = "photo_url"
        """Real events say `photo_url`, the documentation `photo`."""
        self.poll_scale = 1.0
        """Shortens the wait of an idle getUpdates."""
        self.secret = ""
        self.waiting: list[JSON] = []
        """Events that no getUpdates has taken."""
        self._account = account
        self._clock = clock
        self._updated_at = milliseconds(clock)
        self._arrived = asyncio.Event()
        self.table: dict[str, Method] = {
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
        }

    async def emit(self, event: JSON) -> Delivery | None:
        """None when the event waits for getUpdates."""
        if self.url is None:
            self.waiting.append(event)
            self._arrived.set()
            return None
        body = event if self.shape == "flat" else {"ok": True, "result": event}
        raw = json.dumps(body, ensure_ascii=False).encode()
        return await self.carry(event, raw, self.headers())

    def headers(self, secret: str | None = None) -> dict[str, str]:
        """Those of a delivery; with another secret, of a forged one."""
        return {
            "Content-Type": "application/json",
            "X-Bot-Api-Secret-Token": self.secret if secret is None else secret,
        }

    def set_webhook(self, url: str | None, secret: str = "") -> None:
        self.url, self.secret = url, secret
        self._updated_at = milliseconds(self._clock)

    async def _get_updates(self, given: JSON) -> JSON:
        """One event, and it is gone with the answer; 408 when none came in time."""
        if self.url is not None:
            raise Refused(400, "Bad Request: getUpdates cannot be used while a webhook is set")
        seconds = _seconds(given.get("timeout", 30)) * self.poll_scale
        try:
            async with asyncio.timeout(seconds):
                while not self.waiting:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            raise Refused(408, "Request timeout") from None
        return self.waiting.pop(0)

    async def _set_webhook(self, given: JSON) -> JSON:
        url, secret = given.get("url"), given.get("secret_token")
        schemes = ("https",) if self._account.https_only else ("https", "http")
        if not isinstance(url, str) or urlsplit(url).scheme not in schemes or not urlsplit(url).netloc:
            raise Refused(400, "Bad Request: url is invalid")
        if not isinstance(secret, str) or not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
            raise Refused(400, "Bad Request: secret_token must have 8 to 256 characters")
        self.set_webhook(url, secret)
        return self._info() | await self._verification()

    async def _delete_webhook(self, _: JSON) -> JSON:
        self.set_webhook(None)
        return self._info()

    async def _get_webhook_info(self, _: JSON) -> JSON:
        if self.url is None:
            raise Refused(404, "Not Found: no webhook")
        return self._info()

    def _info(self) -> JSON:
        return {"url": self.url or "", "updated_at": self._updated_at}

    async def _verification(self) -> JSON:
        """The address is kept even when this fails."""
        if not self._account.verifies_webhook:
            return {}
        status = await self.post(b'{"event_name":"webhook.verification"}', self.headers())
        return {"verification": {"ok": status == OK, "hint": "" if status == OK else "no 200 from the URL"}}


def _seconds(value: Any) -> float:
    """The documentation types it as a string, the example is a number."""
    try:
        return max(float(value), 0.0)
    except (TypeError, ValueError):
        raise Refused(400, "Bad Request: timeout is invalid") from None
