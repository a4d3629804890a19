"""How a contact's address on its channel is found without being kept in clear."""

from __future__ import annotations

from bot.storage.vault import Vault


def address_hash(vault: Vault, channel: str, address: str) -> bytes:
    """The value of `contacts.address_hash`."""
    return vault.digest("address", f"{channel} {address}")
