"""OAuth v4 of an OA: codes used once, refresh tokens used once, both tokens die with their successor.

The exact numbers of most failures are not published: only their form is (`error`, `error_name`,
`error_reason`, `error_description`), and a product that reads the numbers reads too much.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import itertools
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from bot.clock import Clock
from tests.support.zalo_oa.account import Account

CODE_LIVES = dt.timedelta(minutes=10)
ACCESS_LIVES = dt.timedelta(seconds=90_000)
REFRESH_LIVES = dt.timedelta(days=90)
VERIFIER_LENGTH = 43


@dataclass(frozen=True)
class Pair:
    access: str
    refresh: str


@dataclass(frozen=True)
class Code:
    until: dt.datetime
    challenge: str | None


class Failed(Exception):
    def __init__(self, code: int, name: str, reason: str) -> None:
        self.body = {"error": code, "error_name": name, "error_reason": reason, "error_description": reason}
        super().__init__(reason)


class OAuth:
    """`issue()` hands out a pair by hand, as the console's API Explorer does."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self.require_pkce = False
        self.numeric_expiry = False
        self.failure_status = 200
        self.dead_token_code = -220
        """What a call with a replaced or expired access token answers; an unknown one answers -216."""
        self.pair: Pair | None = None
        self.refreshes = 0
        self._account = account
        self._clock = clock
        self._numbers = itertools.count(1)
        self._codes: dict[str, Code] = {}
        self._access_until: dict[str, dt.datetime] = {}
        self._refresh_until: dict[str, dt.datetime] = {}

    def issue(self) -> Pair:
        """A new pair; the one before is dead from now on."""
        number = next(self._numbers)
        now = self._clock.now()
        if self.pair is not None:
            self._access_until[self.pair.access] = now
            self._refresh_until.pop(self.pair.refresh, None)
        self.pair = Pair(f"access-{number:04d}-{'a' * 40}", f"refresh-{number:04d}-{'r' * 40}")
        self._access_until[self.pair.access] = now + ACCESS_LIVES
        self._refresh_until[self.pair.refresh] = now + REFRESH_LIVES
        return self.pair

    def expire_access(self) -> None:
        """The access token ends before its time; the refresh token lives."""
        if self.pair is not None:
            self._access_until[self.pair.access] = self._clock.now()

    def revoke(self) -> None:
        """The OA's admin took the permission back: no token works."""
        self.expire_access()
        self._refresh_until.clear()

    def judge(self, access_token: str | None) -> int:
        """0, or the error code of a call with this token."""
        until = self._access_until.get(access_token or "")
        if until is None:
            return -216
        return 0 if self._clock.now() < until else self.dead_token_code

    def permit(self, code_challenge: str | None = None) -> str:
        """A code, as if the admin had just pressed "allow"."""
        code = f"code-{next(self._numbers):04d}-{'c' * 40}"
        self._codes[code] = Code(self._clock.now() + CODE_LIVES, code_challenge)
        return code

    async def permission_page(self, request: web.Request) -> web.Response:
        """The admin allows at once: straight back to the product."""
        query = request.query
        target = query.get("redirect_uri", "")
        known = self._account.redirect_uris
        if query.get("app_id") != self._account.app_id:
            return self._failure(Failed(-14001, "invalid app id", "app_id is invalid"))
        if not target.startswith(("http://", "https://")) or (known and target not in known):
            return self._failure(Failed(-14003, "invalid redirect uri", "redirect_uri is invalid"))
        challenge = query.get("code_challenge")
        if self.require_pkce and not challenge:
            return self._failure(Failed(-14003, "invalid parameter", "code_challenge is required"))
        back = {"code": self.permit(challenge), "oa_id": self._account.oa_id}
        if "state" in query:
            back["state"] = query["state"]
        joint = "&" if "?" in target else "?"
        raise web.HTTPFound(f"{target}{joint}{urlencode(back)}")

    async def token_endpoint(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        try:
            pair = self._exchange(request, form)
        except Failed as failed:
            return self._failure(failed)
        seconds = int(ACCESS_LIVES.total_seconds())
        lives: int | str = seconds if self.numeric_expiry else str(seconds)
        return web.json_response(
            {"access_token": pair.access, "refresh_token": pair.refresh, "expires_in": lives}
        )

    def _exchange(self, request: web.Request, form: dict[str, str]) -> Pair:
        if request.content_type != "application/x-www-form-urlencoded":
            raise Failed(-14003, "invalid parameter", "a form is expected")
        if form.get("app_id") != self._account.app_id:
            raise Failed(-14001, "invalid app id", "app_id is invalid")
        if request.headers.get("secret_key") != self._account.app_secret:
            raise Failed(-14004, "invalid secret key", "secret_key is invalid")
        match form.get("grant_type"):
            case "authorization_code":
                self._spend_code(form)
            case "refresh_token":
                self._spend_refresh(form)
            case _:
                raise Failed(-14003, "invalid parameter", "grant_type is invalid")
        return self.issue()

    def _spend_code(self, form: dict[str, str]) -> None:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or self._clock.now() >= code.until:
            raise Failed(-14019, "invalid code", "authorization code is invalid, used or expired")
        if code.challenge is None:
            return
        verifier = form.get("code_verifier", "")
        digest = hashlib.sha256(verifier.encode()).digest()
        expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        plain = len(verifier) == VERIFIER_LENGTH and verifier.isascii() and verifier.isalnum()
        if not plain or expected != code.challenge:
            raise Failed(-14020, "invalid code verifier", "code_verifier does not match code_challenge")

    def _spend_refresh(self, form: dict[str, str]) -> None:
        until = self._refresh_until.pop(form.get("refresh_token", ""), None)
        if until is None or self._clock.now() >= until:
            raise Failed(-14014, "invalid refresh token", "refresh token is invalid, used or expired")
        self.refreshes += 1

    def failure(self, code: int, reason: str) -> web.Response:
        """-14002 app not active, -14012 and -14024 ownership of the OA, -14029 app not approved, ..."""
        return self._failure(Failed(code, "ordered by a test", reason or "ordered by a test"))

    def _failure(self, failed: Failed) -> web.Response:
        return web.json_response(failed.body, status=self.failure_status)
