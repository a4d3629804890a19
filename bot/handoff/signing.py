"""Standard Webhooks: who receives one can tell that it is from us, whole, and not from long ago."""

from __future__ import annotations

import base64
import hmac
import secrets as random
from collections.abc import Sequence

from bot.cases.directory import SECRET_PREFIX, secret_bytes


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(random.token_bytes(32)).decode()


def signature(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature for each secret, so that the receiver may know either
    while they are exchanged. Raises ValueError for something that is no secret."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    found = []
    for secret in secrets:
        key = secret_bytes(secret)
        if key is None:
            raise ValueError("a secret of a webhook is none")
        found.append("v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode())
    return " ".join(found)
