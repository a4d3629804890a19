"""One message of ours as one consultation message of Zalo's, by the path that this OA may use."""

from __future__ import annotations

import asyncio
import unicodedata

import msgspec
import structlog

from bot.channels.zalo_oa import errors
from bot.channels.zalo_oa.addresses import Visitor, visitor
from bot.channels.zalo_oa.api import JSON, Api, Refusal
from bot.channels.zalo_oa.limits import CHANNEL, LIMITS, TITLE
from bot.channels.zalo_oa.parse import MARK
from bot.channels.zalo_oa.pictures import Pictures
from bot.delivery.ports import Outgoing, Want
from bot.delivery.world import World
from bot.storage import channel_state

V3 = "/v3.0/oa/message/cs"
V2 = "/v2.0/oa/message"
"""For visitors who are not logged in, and for the OA of a state agency where version 3 answers -235."""

_PATH_KEY = "send_path"
_AGAIN_SECONDS = (1.0, 3.0)
"""Pauses before a send that failed with -200 is tried again."""


log = structlog.get_logger(__name__)


class _Path(msgspec.Struct, frozen=True):
    """What works here, and which setting it was found to work instead of."""

    path: str
    instead_of: str


class Sending:
    def __init__(self, world: World, api: Api) -> None:
        self._world = world
        self._api = api
        self._pictures = Pictures(world, api)
        self._path: str | None = None

    async def send(self, address: str, message: Outgoing) -> str | None:
        """The platform's id of the message. Raises SendFailed."""
        guest = visitor(address)
        if guest and message.want:
            return None  # there is no form for visitors, and the question beside it is sent already
        try:
            if message.picture:
                return await self._with_picture(address, guest, message, message.picture)
            return await self._post(address, guest, self._body(message, guest is not None))
        except Refusal as refusal:
            raise errors.refused(refusal.code, self._world.clock.now()) from refusal

    async def _with_picture(
        self, address: str, guest: Visitor | None, message: Outgoing, picture: bytes
    ) -> str | None:
        attachment = await self._pictures.attachment(picture)
        try:
            return await self._post(address, guest, _picture(message.text, attachment))
        except Refusal as refusal:
            if refusal.code != errors.ASSET_EXPIRED:
                raise
        attachment = await self._pictures.attachment(picture, anew=True)
        return await self._post(address, guest, _picture(message.text, attachment))

    async def _post(self, address: str, guest: Visitor | None, message: JSON) -> str | None:
        if guest:
            recipient = {"anonymous_id": guest.id, "conversation_id": guest.conversation}
            return await self._patiently(V2, {"recipient": recipient, "message": message})
        body = {"recipient": {"user_id": address}, "message": message}
        path = await self._known_path()
        try:
            return await self._patiently(path, body)
        except Refusal as refusal:
            if refusal.code not in errors.OTHER_PATH:
                raise
        other = V2 if path == V3 else V3
        sent = await self._patiently(other, body)
        await self._remember(other)
        return sent

    async def _patiently(self, path: str, body: JSON) -> str | None:
        for pause in _AGAIN_SECONDS:
            try:
                return _message_id(await self._api.post(path, body))
            except Refusal as refusal:
                if refusal.code != errors.SENDING_FAILED:
                    raise
            await asyncio.sleep(pause)
        return _message_id(await self._api.post(path, body))

    async def _known_path(self) -> str:
        if self._path is None:
            setting = self._world.settings.zalo_send_path
            async with self._world.database.begin() as uow:
                known = await channel_state.read(uow, self._world.vault, CHANNEL, _PATH_KEY, _Path)
            self._path = known.path if known and known.instead_of == setting else setting
        return self._path

    async def _remember(self, path: str) -> None:
        """What cannot be written is found out again: the message has gone, and is not to go twice."""
        self._path = path
        known = _Path(path, self._world.settings.zalo_send_path)
        now = self._world.clock.now()
        log.info("zalo_send_path", path=path)
        try:
            async with self._world.database.begin() as uow:
                await channel_state.write(uow, self._world.vault, CHANNEL, _PATH_KEY, known, now)
                await uow.commit()
        except Exception as error:
            log.warning("zalo_send_path_not_kept", error=type(error).__name__)

    def _body(self, message: Outgoing, plain: bool) -> JSON:
        if message.want:
            return self._request(message.text, message.want)
        text = nfc(message.text)
        if plain or not message.choices:
            return {"text": text}
        buttons = [
            {"title": nfc(choice.label)[:TITLE], "type": "oa.query.hide", "payload": MARK + choice.payload}
            for choice in message.choices[: LIMITS.choices]
        ]
        return {"text": text, "attachment": {"type": "template", "payload": {"buttons": buttons}}}

    def _request(self, text: str, want: Want) -> JSON:
        """The form for contact data; what is filled in comes as `user_submit_info`."""
        element = {
            "title": nfc(want.label)[:TITLE],
            "subtitle": nfc(text)[:500],
            "image_url": image_url(self._world.settings.public_url),
        }
        payload = {"template_type": "request_user_info", "elements": [element]}
        return {"attachment": {"type": "template", "payload": payload}}


def image_url(public_url: str | None) -> str:
    """The picture of the form, served by us; without a public address no event would reach us either."""
    return f"{(public_url or 'http://localhost').rstrip('/')}/channels/zalo-oa/contact.png"


def nfc(text: str) -> str:
    """Zalo counts characters of composed text."""
    return unicodedata.normalize("NFC", text)


def _picture(caption: str, attachment: str) -> JSON:
    """Without buttons, which one source alone has seen beside a picture: the text numbers the choices."""
    element = {"media_type": "image", "attachment_id": attachment}
    payload = {"template_type": "media", "elements": [element]}
    return {"text": nfc(caption), "attachment": {"type": "template", "payload": payload}}


def _message_id(data: JSON) -> str | None:
    found = data.get("message_id")
    return found[:200] if isinstance(found, str) else None
