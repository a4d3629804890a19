"""Puts the ways out of a hand-off together."""

from __future__ import annotations

import ssl

from bot.cases.filing import Registry
from bot.clock import Clock
from bot.handoff.destinations import Destinations
from bot.handoff.mail import Mail
from bot.handoff.parcel import masking
from bot.handoff.send import Carrier
from bot.handoff.slip import SlipMaker
from bot.handoff.webhook import Webhook
from bot.handoff.worker import HandoffWorker
from bot.storage.database import Database
from nlu.pipeline import Pipeline


def slip_maker(registry: Registry) -> SlipMaker:
    return SlipMaker(registry.catalog, registry.settings.plan_numbers, registry.settings.data_dir)


def worker(
    registry: Registry,
    database: Database,
    clock: Clock,
    pipeline: Pipeline,
    tls: ssl.SSLContext | None = None,
) -> HandoffWorker:
    """`tls`: what is trusted besides the machine's own authorities, for mail and webhooks."""
    return HandoffWorker(database, registry, clock, carriers(registry, tls), masking(pipeline, clock))


def carriers(registry: Registry, tls: ssl.SSLContext | None = None) -> dict[str, Carrier]:
    """By way."""
    settings = registry.settings
    destinations = Destinations(settings.handoff_networks, https_only=settings.env == "production")
    return {
        "email": Mail(settings, registry.catalog, slip_maker(registry), tls),
        "webhook": Webhook(destinations, tls),
    }
