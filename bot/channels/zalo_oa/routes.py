"""What Zalo asks of us over HTTP: the webhook, the proof of the domain, the picture of the contact form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import structlog
from litestar import Request, Response, Router, get, post
from litestar.types import ControllerRouterHandler

from bot.channels.zalo_oa.limits import CHANNEL
from bot.channels.zalo_oa.parse import BadBody, Unsupported, parse
from bot.channels.zalo_oa.seen import Seen
from bot.channels.zalo_oa.verify import PROBE, Refused, Verifier
from bot.delivery import counted
from bot.delivery.ports import Intake, Notice, Unavailable
from bot.delivery.world import World

PATH = "/channels/zalo-oa"
CONNECTED = f"{PATH}/connected"
MOST_BYTES = 1_000_000
_CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")
_PICTURE = Path(__file__).parent / "contact.png"
_CONNECTED = (
    "Zalo sent you back with a code in the address of this page.\n"
    "Copy the whole address and paste it where `ntd zalo connect` waits for it.\n"
    "The code works once, for ten minutes. Then close this page.\n"
)

AnyRequest = Request[Any, Any, Any]

log = structlog.get_logger(__name__)


class Webhook:
    """Answers 200 only to what is done, to what was done before, and to what nobody has to act upon."""

    def __init__(self, world: World, seen: Seen, heads: frozenset[str]) -> None:
        settings = world.settings
        self.intake: Intake | None = None
        self._clock = world.clock
        self._seen = seen
        self._heads = heads
        self._said: set[str] = set()
        key = settings.zalo_oa_secret_key
        self._verifier = Verifier(settings.zalo_app_id or "", key) if key else None
        secret = settings.zalo_app_secret
        self._app_secret = Verifier(settings.zalo_app_id or "", secret) if secret and secret != key else None

    async def take(self, raw: bytes, signature: str, stamp: str) -> int:
        """The HTTP status of the answer."""
        if raw == PROBE:
            return 200
        if self._verifier is None:
            self._say("zalo_webhook_without_key", "set ZALO_OA_SECRET_KEY (console, page Webhook)")
            return 503
        try:
            signed = self._verifier.check(raw, signature, stamp, self._clock.now())
        except Refused as refused:
            self._tell_of_a_wrong_setting(raw, signature, stamp)
            counted.refused(CHANNEL, refused.reason)
            return 401
        try:
            event = parse(raw, signed.at, self._heads)
        except BadBody:
            counted.refused(CHANNEL, "body")
            return 400
        status = await self._hand_in(event)
        if status == 200:
            await self._seen.note(signed.source)
        return status

    async def _hand_in(self, event: Any) -> int:
        if isinstance(event, Unsupported):
            counted.unsupported(CHANNEL, event.event)
            return 200
        if self.intake is None:
            return 503
        try:
            if isinstance(event, Notice):
                await self.intake.notice(event)
            else:
                await self.intake.accept(event)
        except Unavailable:
            return 503
        return 200

    def _tell_of_a_wrong_setting(self, raw: bytes, signature: str, stamp: str) -> None:
        """Refused all the same; but if the app secret fits, it is Zalo and the wrong key was set."""
        if self._app_secret is None:
            return
        try:
            self._app_secret.check(raw, signature, stamp, self._clock.now())
        except Refused:
            return
        self._say("zalo_webhook_wrong_key", "events are signed with the App Secret: set it as the OA key")

    def _say(self, event: str, words: str) -> None:
        """Once per process: anybody can knock, and nobody is to fill the log."""
        if event not in self._said:
            self._said.add(event)
            log.error(event, say=words)


def routes(webhook: Webhook, verification: str | None) -> list[ControllerRouterHandler]:
    @post("/", status_code=200, opt={"exclude_from_csrf": True})
    async def take_event(request: AnyRequest) -> Response[str]:
        """Zalo's webhook: signed events, one a request, and the console's unsigned probe."""
        head = request.headers
        status = await webhook.take(
            await request.body(), head.get("X-ZEvent-Signature", ""), head.get("X-ZEvent-Timestamp", "")
        )
        return Response("", status_code=status, media_type="text/plain")

    @get("/connected", include_in_schema=False, media_type="text/plain", sync_to_thread=False)
    def connected() -> Response[str]:
        """Where an admin of the OA lands after allowing the app. Keeps nothing of the code."""
        return Response(_CONNECTED, headers={"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})

    @get("/contact.png", include_in_schema=False, media_type="image/png", sync_to_thread=False)
    def picture() -> bytes:
        return _PICTURE.read_bytes()

    found: list[ControllerRouterHandler] = [
        Router(
            PATH,
            route_handlers=[take_event, connected, picture],
            request_max_body_size=MOST_BYTES,
            tags=["zalo"],
        )
    ]
    if verification and _CODE.fullmatch(verification):
        found.append(_proof(verification))
    return found


def _proof(code: str) -> ControllerRouterHandler:
    """The file by which Zalo sees that the domain is ours."""
    page = (
        '<!doctype html><html><head><meta charset="utf-8">'
        f'<meta name="zalo-platform-site-verification" content="{code}" />'
        "<title>Zalo</title></head><body></body></html>"
    )

    @get(f"/zalo_verifier{code}.html", include_in_schema=False, media_type="text/html", sync_to_thread=False)
    def proof() -> str:
        return page

    return proof
