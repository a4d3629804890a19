"""What every messenger stands on; which of it each needs is its own business."""

from __future__ import annotations

import msgspec

from bot.clock import Clock
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.vault import Vault
from content.catalog import Catalog


class World(msgspec.Struct, frozen=True):
    settings: Settings
    database: Database
    vault: Vault
    clock: Clock
    catalog: Catalog
