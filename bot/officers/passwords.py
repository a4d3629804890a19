"""Passwords: argon2id, one-time passwords, and which ones are refused."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from nlu.steps.fold import fold

MIN_LENGTH = 10
MAX_LENGTH = 200
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without the letters and digits that look alike when they are read out or written on paper."""

_HASHER = PasswordHasher()  # argon2id with the parameters of RFC 9106 for small memory: 64 MiB, 3 passes
_WORKERS = ThreadPoolExecutor(2, "passwords")
"""Each check takes 64 MiB and about 50 ms of a core: no more than two at once, the others wait."""


def one_time() -> str:
    """A password to be typed once, 70 bits: `K7QP-M3XA-9RTE-2H`."""
    raw = "".join(secrets.choice(_ALPHABET) for _ in range(14))
    return "-".join(raw[i : i + 4] for i in range(0, len(raw), 4))


async def hashed(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_WORKERS, _HASHER.hash, password)


async def fits(password_hash: str | None, password: str) -> bool:
    """Without a hash (no such account) it takes as long as with one, so that logins cannot be guessed."""
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(_WORKERS, _fits, password_hash or _nobody(), password)
    return right and password_hash is not None


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_hex(16))


def weakness(password: str, *, login: str, name: str) -> str | None:
    """Key of the sentence (`content/messages/vi/console.yml`) that says why the password is refused."""
    folded = fold(password)
    own = [word for word in [fold(login), *fold(name).split()] if len(word) >= 4]
    if len(password) < MIN_LENGTH:
        return "console.password_short"
    if len(password) > MAX_LENGTH:
        return "console.password_long"
    if len(set(folded)) < 5 or password.isdigit():
        return "console.password_plain"
    if any(word in folded for word in own):
        return "console.password_own_name"
    return None
