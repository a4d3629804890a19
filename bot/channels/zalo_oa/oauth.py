"""OAuth v4 of an OA: the permission page, the exchange of its code, the renewal of tokens.

A failure has a form of its own (`error`, `error_name`, ...) and may come with HTTP 200; its numbers are not
published. So an answer counts as tokens only if both are in it, and as a refusal only if it says so.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import secrets
import string
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from bot.settings import Settings

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
LONGEST = dt.timedelta(seconds=30)
"""No call takes longer, each of its parts within TIMEOUT."""

_VERIFIER = string.ascii_letters + string.digits
_SHORTEST_LIFE = 3600.0  # seconds, where the answer does not tell it


class Granted(msgspec.Struct, frozen=True):
    access: str
    refresh: str
    lives: dt.timedelta
    """The access token; the refresh token lives three months and is used once."""


class OAuthRefused(Exception):
    """Zalo said no. `name` is its own short word for why."""

    def __init__(self, code: int, name: str) -> None:
        super().__init__(f"Zalo refused: {code} {name}".strip())
        self.code = code
        self.name = name


class OAuthUnreachable(Exception):
    """Nothing was asked: the tokens are as they were."""


class OAuthUnclear(Exception):
    """It was asked, and what became of it is not known: the refresh token may be spent."""


class OAuth:
    def __init__(self, settings: Settings) -> None:
        self._url = settings.zalo_oauth_url.rstrip("/")
        self._app_id = settings.zalo_app_id or ""
        self._secret = settings.zalo_app_secret or ""
        self._http = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False)

    def permission_link(self, back_to: str, state: str, challenge: str | None) -> str:
        """The page on which an admin of the OA allows the app."""
        query = {"app_id": self._app_id, "redirect_uri": back_to, "state": state}
        if challenge:
            query["code_challenge"] = challenge
        return f"{self._url}/v4/oa/permission?{urlencode(query)}"

    async def exchange(self, code: str, verifier: str | None) -> Granted:
        """The code works once, for ten minutes. Raises OAuthRefused, OAuthUnreachable, OAuthUnclear."""
        form = {"code": code, "grant_type": "authorization_code"}
        return await self._ask(form | ({"code_verifier": verifier} if verifier else {}))

    async def refresh(self, token: str) -> Granted:
        """Spends the token. Raises OAuthRefused, OAuthUnreachable, OAuthUnclear."""
        return await self._ask({"refresh_token": token, "grant_type": "refresh_token"})

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, form: dict[str, str]) -> Granted:
        try:
            async with asyncio.timeout(LONGEST.total_seconds()):
                answer = await self._http.post(
                    f"{self._url}/v4/oa/access_token",
                    data=form | {"app_id": self._app_id},
                    headers={"secret_key": self._secret},
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise OAuthUnreachable from error
        except (httpx.TransportError, TimeoutError) as error:
            raise OAuthUnclear from error
        return _read(answer.content)


def verifier() -> str:
    """43 letters and digits, as Zalo's own PKCE has it."""
    return "".join(secrets.choice(_VERIFIER) for _ in range(43))


def challenge(of: str) -> str:
    digest = hashlib.sha256(of.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _read(body: bytes) -> Granted:
    try:
        told: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise OAuthUnclear from None
    if not isinstance(told, dict):
        raise OAuthUnclear
    access, refresh = told.get("access_token"), told.get("refresh_token")
    if isinstance(access, str) and isinstance(refresh, str) and access and refresh:
        return Granted(access, refresh, _life(told.get("expires_in")))
    if access or not (told.get("error") or told.get("error_name")):
        raise OAuthUnclear
    code = told.get("error")
    name = "".join(c for c in str(told.get("error_name", "")) if c.isascii() and c.isprintable())
    raise OAuthRefused(code if isinstance(code, int) else 0, name[:60])


def _life(told: object) -> dt.timedelta:
    """Seconds, as a string or as a number."""
    try:
        seconds = float(told)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        seconds = _SHORTEST_LIFE
    return dt.timedelta(seconds=seconds if 0 < seconds < 1e8 else _SHORTEST_LIFE)
