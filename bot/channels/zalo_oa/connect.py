"""Connecting an OA, step by step: what `ntd zalo connect` asks of Zalo and keeps."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qs, urlsplit

import msgspec

from bot.channels.zalo_oa import errors, oauth
from bot.channels.zalo_oa.api import Api, Refusal
from bot.channels.zalo_oa.limits import CHANNEL
from bot.channels.zalo_oa.oauth import OAuth, OAuthRefused, OAuthUnclear, OAuthUnreachable
from bot.channels.zalo_oa.profile import STATE_AGENCY, Profile, profile
from bot.channels.zalo_oa.routes import CONNECTED, PATH
from bot.channels.zalo_oa.tokens import Tokens
from bot.delivery.ports import SendFailed
from bot.delivery.world import World
from bot.storage import channel_state

_KEY = "connecting"
EVENTS = (
    "user_send_text, user_send_image, user_send_gif, user_send_link, user_send_audio, user_send_video, "
    "user_send_sticker, user_send_location, user_send_business_card, user_send_file, user_submit_info, "
    "follow, unfollow, user_click_chatnow, user_withdraw, oa_send_text; anonymous_send_* for a chat widget"
)


class ConnectError(Exception):
    """One sentence for the operator."""


class _Begun(msgspec.Struct, frozen=True):
    """Kept between the link and its code, which another run of the command may bring."""

    state: str
    verifier: str | None


class Connection:
    def __init__(self, world: World) -> None:
        self._world = world
        self._oauth = OAuth(world.settings)
        self._tokens = Tokens(world, self._oauth)
        self._api = Api(world.settings, self._tokens)

    async def link(self, back_to: str | None) -> str:
        """The page that an admin of the OA has to open. Raises ConnectError."""
        settings = self._world.settings
        for name, value in {
            "ZALO_APP_ID": settings.zalo_app_id,
            "ZALO_APP_SECRET": settings.zalo_app_secret,
        }.items():
            if not value:
                raise ConnectError(f"Set {name} first (developers.zalo.me, the page of your application).")
        if back_to is None and not settings.public_url:
            raise ConnectError(
                "Set PUBLIC_URL, or say with --back-to which address Zalo may send you back to."
            )
        begun = _Begun(secrets.token_urlsafe(16), oauth.verifier() if settings.zalo_pkce else None)
        await self._keep(begun)
        challenge = oauth.challenge(begun.verifier) if begun.verifier else None
        return self._oauth.permission_link(back_to or self.address(CONNECTED), begun.state, challenge)

    async def finish(self, pasted: str) -> None:
        """Exchanges the code and keeps the tokens. Raises ConnectError."""
        begun = await self._begun()
        code = _code(pasted, begun.state)
        try:
            granted = await self._oauth.exchange(code, begun.verifier)
        except OAuthRefused as refusal:
            raise ConnectError(f"{refusal}. A code works once and for ten minutes: begin anew.") from refusal
        except (OAuthUnreachable, OAuthUnclear) as error:
            raise ConnectError("Zalo gave no answer that can be read: begin anew.") from error
        await self._tokens.adopt(granted)

    async def describe(self) -> Profile:
        """The OA that is connected now. Raises ConnectError."""
        try:
            return await profile(self._api)
        except Refusal as refusal:
            reason = errors.refused(refusal.code, self._world.clock.now()).reason
            raise ConnectError(f"The tokens are kept, but {reason}.") from refusal
        except SendFailed as failure:
            raise ConnectError(f"The tokens are kept, but {failure.reason}.") from failure

    def address(self, path: str = PATH) -> str:
        return f"{(self._world.settings.public_url or '').rstrip('/')}{path}"

    def advice(self, oa: Profile) -> list[str]:
        """What remains to be done by hand, one sentence each."""
        left = [
            f"In the console, page Webhook: set the address {self.address()} and save it.",
            f"There, tick these events: {EVENTS}.",
            "There, switch the syntax filter off: it lets only texts through that begin with #.",
            "There, copy the OA Secret Key into ZALO_OA_SECRET_KEY; it is not the App Secret.",
            "Write something to the OA, then run `ntd doctor --live`.",
        ]
        if oa.type == STATE_AGENCY:
            left.append(
                "This is the OA of a state agency: where sending answers -235 the other path is tried and "
                "remembered; ZALO_SEND_PATH=/v2.0/oa/message says so from the start. Ask Zalo which calls it "
                "may use (docs/channels/zalo-oa.md)."
            )
        return left

    async def close(self) -> None:
        await self._tokens.close()
        await self._oauth.close()
        await self._api.close()

    async def _keep(self, begun: _Begun) -> None:
        world = self._world
        async with world.database.begin() as uow:
            await channel_state.write(uow, world.vault, CHANNEL, _KEY, begun, world.clock.now())
            await uow.commit()

    async def _begun(self) -> _Begun:
        async with self._world.database.begin() as uow:
            begun = await channel_state.read(uow, self._world.vault, CHANNEL, _KEY, _Begun)
        if begun is None:
            raise ConnectError("Run `ntd zalo connect` without a code first: it prints the link.")
        return begun


def _code(pasted: str, state: str) -> str:
    """From the address of the page that Zalo sent the admin to, or the code alone."""
    pasted = pasted.strip()
    if "code=" not in pasted:
        if not pasted or "/" in pasted or " " in pasted:
            raise ConnectError("There is no code in this: paste the whole address of the page.")
        return pasted
    query = parse_qs(urlsplit(pasted).query if "?" in pasted else pasted)
    code = query.get("code", [""])[0]
    if not code:
        raise ConnectError("There is no code in this address: paste the whole address of the page.")
    if query.get("state", [state])[0] != state:
        raise ConnectError("This address belongs to an earlier attempt: open the link that was printed last.")
    return code
