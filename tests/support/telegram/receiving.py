"""The methods by which a bot says how it wants its updates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.support.telegram.webhook import Address
from tests.support.telegram.wire import Json, Parameters, bad_request

if TYPE_CHECKING:
    from tests.support.telegram.methods import Method
    from tests.support.telegram.server import TelegramEmulator

PORTS = (443, 80, 88, 8443)


def _note_allowed(telegram: TelegramEmulator, given: Parameters) -> None:
    """Left out, the setting stays; an empty list is everything usual."""
    if not given.text("allowed_updates"):
        return
    wanted = given.nested("allowed_updates", "allowed updates")
    if not isinstance(wanted, list):
        raise bad_request("expected an Array of String as allowed updates")
    telegram.updates.allowed = [str(kind) for kind in wanted]


async def get_updates(telegram: TelegramEmulator, given: Parameters) -> list[Json]:
    _note_allowed(telegram, given)
    return await telegram.updates.poll(
        given.integer("offset"), given.integer("limit", 100), float(given.integer("timeout"))
    )


async def set_webhook(telegram: TelegramEmulator, given: Parameters) -> Any:
    url = given.text("url")
    if not url:
        return await delete_webhook(telegram, given)
    _check_url(url)
    secret = given.text("secret_token")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    _note_allowed(telegram, given)
    _drop(telegram, given)
    connections = min(max(given.integer("max_connections", 40), 1), 100)
    wanted = Address(url, secret, connections, "certificate" in given.files)
    if telegram.webhook.address == wanted:
        return telegram.described("Webhook is already set")
    await telegram.webhook.set(wanted)
    return telegram.described("Webhook was set")


def _check_url(url: str) -> None:
    """https and four ports, but plain http to this machine: the bot under test has no certificate."""
    if len(url) > 2048:
        raise bad_request("bad webhook: URL is too long")
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if not parts.hostname:
        raise bad_request("invalid webhook URL specified")
    if parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}:
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _drop(telegram: TelegramEmulator, given: Parameters) -> None:
    if given.flag("drop_pending_updates"):
        telegram.updates.pending = {}


async def delete_webhook(telegram: TelegramEmulator, given: Parameters) -> Any:
    _drop(telegram, given)
    if telegram.webhook.address is None:
        return telegram.described("Webhook is already deleted")
    await telegram.webhook.set(None)
    return telegram.described("Webhook was deleted")


async def get_webhook_info(telegram: TelegramEmulator, given: Parameters) -> Json:
    return telegram.webhook.info()


METHODS: dict[str, Method] = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
