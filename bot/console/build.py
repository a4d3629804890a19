"""Puts the console together."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from litestar import Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from bot.cases.filing import Registry
from bot.clock import Clock
from bot.console import account, answers, case, files, intake, officers, overview, queue
from bot.console.desk import ClientAddress, Desk, ReadEvidence
from bot.console.gate import Needs, OwnPages, Sessions, own_password, read_form, signed_in
from bot.console.pages import Pages
from bot.officers.permissions import Permission
from bot.storage.database import Database
from bot.storage.listen import Listener

LARGEST_FORM = 100_000  # bytes


def build(
    registry: Registry,
    *,
    database: Database,
    clock: Clock,
    listener: Listener,
    secret_key: str,
    read_evidence: ReadEvidence,
    client_address: ClientAddress,
) -> Router:
    """The router of `/console`, with its own sessions, error pages and protection against forged requests.

    `secret_key` may change: open forms are then refused once, nobody is signed out. `client_address` gives
    the address by which failed sign-ins are counted. The listener must be running for live updates; without
    it pages look for news every minute.
    """
    settings = registry.settings
    desk = Desk(
        registry=registry,
        database=database,
        clock=clock,
        listener=listener,
        read_evidence=read_evidence,
        client_address=client_address,
        pages=Pages(registry.catalog, settings.plan_numbers),
        csrf_key=hmac.digest(secret_key.encode(), b"ntd console csrf 1", "sha256"),
        public_host=urlsplit(settings.public_url).netloc.lower() if settings.public_url else None,
        secure=bool(settings.public_url and settings.public_url.startswith("https://")),
    )
    return _router(desk)


def _router(desk: Desk) -> Router:
    inside = Router(
        path="/",
        guards=[signed_in, own_password],
        route_handlers=[
            account.home,
            *_needing(Permission.QUEUE_READ, *queue.HANDLERS),
            *_needing(Permission.CASE_READ, *case.READS),
            *_needing(Permission.CASE_WORK, *case.CHANGES),
            *_needing(Permission.CASE_FILE, *intake.HANDLERS),
            *_needing(Permission.OFFICERS_MANAGE, *officers.HANDLERS),
            *_needing(Permission.QUEUES_COUNT, overview.show),
            *_needing(Permission.DEAD_LETTERS_READ, overview.show_dead),
            account.receipt,
        ],
    )
    return Router(
        path="/console",
        route_handlers=[*account.DOORS, inside, files.static_file, files.nothing_here],
        guards=[OwnPages(desk.public_host)],
        middleware=[DefineMiddleware(Sessions, desk=desk)],
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
