"""Whether a request comes from the platform: a secret that we told it and that it sends with every event."""

from __future__ import annotations

import hmac

from bot.settings import Settings
from bot.storage.vault import Vault

HEADER = "X-Bot-Api-Secret-Token"


def secret(settings: Settings, vault: Vault) -> str:
    """The configured one, or one that every process with the same keys and token comes to by itself."""
    made = vault.digest("zalo-bot-webhook", settings.zalo_bot_token or "").hex()
    return settings.zalo_bot_webhook_secret or made


def is_genuine(given: str | None, expected: str) -> bool:
    """In constant time."""
    return hmac.compare_digest((given or "").encode(), expected.encode())
