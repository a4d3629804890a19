"""The anonymous session: a random address, signed, in a cookie."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets

from litestar.datastructures import Cookie

from bot.clock import Clock

LIFETIME = dt.timedelta(days=180)
_COOKIE = re.compile(r"([A-Za-z0-9_-]{43})\.([0-9]{1,6})\.([A-Za-z0-9_-]{43})")


class Sessions:
    """Signs and reads session cookies: `<address>.<day of issue>.<signature>`.

    The address is 256 random bits and is all that there is to know about a person: no account, no name.
    """

    def __init__(self, secret_key: str, clock: Clock, *, secure: bool) -> None:
        self._key = hmac.digest(secret_key.encode(), b"ntd web session 1", "sha256")
        self._clock = clock
        self._secure = secure
        self.cookie_name = "__Host-ntd_chat" if secure else "ntd_chat"

    def fresh(self) -> str:
        """A new address."""
        return secrets.token_urlsafe(32)

    def read(self, value: str | None) -> str | None:
        """The address in a cookie; None if it is forged, changed, broken or older than `LIFETIME`."""
        parts = _COOKIE.fullmatch(value or "")
        if not parts:
            return None
        address, day, signature = parts.groups()
        if not hmac.compare_digest(self._sign(address, day), signature):
            return None
        age = self._today() - int(day)
        return address if 0 <= age <= LIFETIME.days else None

    def value(self, address: str) -> str:
        day = str(self._today())
        return f"{address}.{day}.{self._sign(address, day)}"

    def cookie(self, address: str) -> Cookie:
        return Cookie(
            self.cookie_name,
            value=self.value(address),
            path="/",
            max_age=int(LIFETIME.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=self._secure,
        )

    def _sign(self, address: str, day: str) -> str:
        mac = hmac.digest(self._key, f"{address}.{day}".encode(), "sha256")
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def _today(self) -> int:
        return int(self._clock.now().timestamp()) // 86400


def event_prefix(address: str) -> str:
    """Stands before the page's own event ids, so that nobody can use up the ids of another session."""
    return hashlib.sha256(address.encode()).hexdigest()[:32] + "."
