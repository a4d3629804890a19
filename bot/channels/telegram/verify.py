"""Whether a request comes from Telegram: it brings the secret that was told to it with the webhook."""

from __future__ import annotations

import hmac

from bot.settings import Settings
from bot.storage.vault import Vault

HEADER = "X-Telegram-Bot-Api-Secret-Token"


def secret(settings: Settings, vault: Vault) -> str:
    """The setting, or one that every process derives alike from keys and token. 1-256 of A-Za-z0-9_-."""
    if settings.telegram_webhook_secret:
        return settings.telegram_webhook_secret
    return vault.digest("telegram_webhook", settings.telegram_bot_token or "").hex()


def is_genuine(given: str | None, expected: str) -> bool:
    """Compares in constant time."""
    return given is not None and hmac.compare_digest(given.encode(), expected.encode())
