"""Whether a request is Zalo's: mac = SHA-256(app id + raw body + timestamp + OA secret key), no separators.

Sources disagree on which timestamp is meant, the body's field or the header's: either is accepted, as
the literal text that was signed. The mac says nothing of a repeat, so what is older than three hours is
refused (Zalo's last retry comes after one hour and fifty minutes) and the record of event ids does the rest.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from typing import Literal

import msgspec

PROBE = b"{}"
"""What the developer console posts, unsigned, when the webhook's address is saved."""

WINDOW = dt.timedelta(hours=3)

Reason = Literal["signature", "stale", "app_id"]
Source = Literal["body", "header", "both"]


class Refused(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class Signed(msgspec.Struct, frozen=True):
    """What a genuine request was signed with."""

    source: Source
    at: dt.datetime


class _Envelope(msgspec.Struct):
    timestamp: msgspec.Raw = msgspec.Raw(b"")
    app_id: msgspec.Raw = msgspec.Raw(b"")


class Verifier:
    def __init__(self, app_id: str, key: str) -> None:
        self._app_id = app_id
        self._key = key.encode()

    def check(self, raw: bytes, signature: str, stamp: str, now: dt.datetime) -> Signed:
        """`signature` and `stamp` are the values of X-ZEvent-Signature and X-ZEvent-Timestamp, empty where
        there are none. Raises Refused."""
        envelope = _envelope(raw)
        own = _literal(envelope.timestamp)
        in_body = self._matches(raw, own, signature)
        in_header = self._matches(raw, stamp.strip(), signature)
        if not in_body and not in_header:
            raise Refused("signature")
        app_id = _literal(envelope.app_id)
        if app_id and not hmac.compare_digest(app_id.encode(), self._app_id.encode()):
            raise Refused("app_id")
        at = _moment(own if in_body else stamp.strip())
        if at is None or abs(now - at) > WINDOW:
            raise Refused("stale")
        return Signed("both" if in_body and in_header else "body" if in_body else "header", at)

    def made(self, raw: bytes, stamp: str) -> str:
        """The mac of a body, in hexadecimal."""
        signed = self._app_id.encode() + raw + stamp.encode("utf-8", "replace") + self._key
        return hashlib.sha256(signed).hexdigest()

    def _matches(self, raw: bytes, stamp: str, signature: str) -> bool:
        """Always computes and compares, also for what is not there: time tells nothing."""
        made = self.made(raw, stamp)
        given = signature.strip().lower().removeprefix("mac=")
        same = hmac.compare_digest(made.encode(), given.encode("utf-8", "replace"))
        return same and bool(stamp)


def _envelope(raw: bytes) -> _Envelope:
    try:
        return msgspec.json.decode(raw, type=_Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _Envelope()


def _literal(value: msgspec.Raw) -> str:
    """The text of a string, or a number as it is written in the body (some events have one)."""
    written = bytes(value)
    if not written.startswith(b'"'):
        return written.decode("utf-8", "replace")
    try:
        return msgspec.json.decode(written, type=str)
    except msgspec.MsgspecError:
        return ""


def _moment(stamp: str) -> dt.datetime | None:
    """Milliseconds since 1970 as a moment; None for anything else."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 14):
        return None
    return dt.datetime.fromtimestamp(int(stamp) / 1000, dt.UTC)
