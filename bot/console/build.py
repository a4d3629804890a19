"""Puts the console together."""

from __future__ import annotations

import hmac
from typing import Protocol
from urllib.parse import urlsplit

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from bot.cases.filing import Registry
from bot.clock import Clock
from bot.console import (
    account,
    answers,
    case,
    clockwork,
    files,
    intake,
    labels,
    letters,
    listings,
    morning,
    officers,
    overview,
    plan,
    press,
    queue,
    review,
    ways,
)
from bot.console.desk import Desk
from bot.console.gate import Needs, OwnPages, Sessions, own_password, read_form, signed_in
from bot.console.pages import Pages
from bot.dialogue.letters import Letters
from bot.health.alarms import Alarms
from bot.learning.model import LiveModel
from bot.listings.live import LiveListings
from bot.officers.permissions import Permission
from bot.storage.database import Database, UnitOfWork
from bot.storage.listen import Listener
from nlu.pipeline import Pipeline

LARGEST_FORM = 100_000  # bytes


class Evidence(Protocol):
    async def read(self, uow: UnitOfWork, evidence_id: str) -> tuple[str, bytes] | None:
        """Content type and bytes; None where there is no such file any more."""
        ...


class Product(Protocol):
    """What the console takes from the composition root."""

    @property
    def registry(self) -> Registry: ...
    @property
    def database(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def listener(self) -> Listener: ...
    @property
    def evidence(self) -> Evidence: ...
    @property
    def pipeline(self) -> Pipeline: ...
    @property
    def live_model(self) -> LiveModel: ...
    @property
    def live_listings(self) -> LiveListings: ...
    @property
    def letters(self) -> Letters: ...
    @property
    def alarms(self) -> Alarms: ...
    @property
    def secret_key(self) -> str: ...


def build(product: Product) -> list[ControllerRouterHandler]:
    """The routes below `/console`, with their own sessions, error pages and defence against forged requests.

    The secret key may change: open forms are then refused once, nobody is signed out. The listener must be
    running for live updates; without it pages look for news every minute. Failed sign-ins are counted by the
    request's client address, so the server must see through its proxies.
    """
    settings = product.registry.settings

    async def read_evidence(evidence_id: str) -> tuple[str, bytes] | None:
        async with product.database.begin() as uow:
            return await product.evidence.read(uow, evidence_id)

    desk = Desk(
        registry=product.registry,
        database=product.database,
        clock=product.clock,
        listener=product.listener,
        read_evidence=read_evidence,
        pages=Pages(product.registry.catalog, settings.plan_numbers),
        pipeline=product.pipeline,
        live_model=product.live_model,
        live_listings=product.live_listings,
        letters=product.letters,
        alarms=product.alarms,
        csrf_key=hmac.digest(product.secret_key.encode(), b"ntd console csrf 1", "sha256"),
        public_host=urlsplit(settings.public_url).netloc.lower() if settings.public_url else None,
        secure=bool(settings.public_url and settings.public_url.startswith("https://")),
    )
    return [_router(desk)]


def _router(desk: Desk) -> Router:
    inside = Router(
        path="/",
        guards=[signed_in, own_password],
        route_handlers=[
            account.home,
            *_needing(Permission.QUEUE_READ, *queue.HANDLERS, *morning.HANDLERS),
            *_needing(Permission.CASE_READ, *case.READS, *ways.READS, *clockwork.READS),
            *_needing(Permission.CASE_WORK, *case.CHANGES, *ways.CHANGES, *clockwork.CHANGES),
            *_needing(Permission.CASE_WORK, labels.wrong_topic),
            *_needing(Permission.CASE_FILE, *intake.HANDLERS),
            *_needing(Permission.REVIEWS_LABEL, *labels.HANDLERS),
            *_needing(Permission.OFFICERS_MANAGE, *officers.HANDLERS),
            *_needing(Permission.QUEUES_COUNT, overview.show),
            *_needing(Permission.DEAD_LETTERS_READ, letters.show),
            *_needing(Permission.DEAD_LETTERS_WORK, *letters.CHANGES),
            *_needing(Permission.LISTINGS_MANAGE, *listings.HANDLERS),
            *_needing(Permission.PLAN_READ, plan.show_plan),
            *_needing(Permission.CONTENT_READ, press.show_press, review.show_review),
            account.receipt,
        ],
    )
    return Router(
        path="/console",
        route_handlers=[*account.DOORS, inside, files.static_file, files.nothing_here],
        guards=[OwnPages(desk.public_host)],
        middleware=[lambda app: Sessions(app, desk)],
        dependencies={
            "desk": Provide(lambda: desk, sync_to_thread=False),
            "form": Provide(read_form),
        },
        exception_handlers=answers.handlers(desk),
        after_request=answers.secured,
        request_max_body_size=LARGEST_FORM,
        include_in_schema=False,
        opt={"exclude_from_csrf": True},
    )


def _needing(permission: Permission, *route_handlers: object) -> list[Router]:
    return [Router(path="/", guards=[Needs(permission)], route_handlers=list(route_handlers))]  # type: ignore[arg-type]
