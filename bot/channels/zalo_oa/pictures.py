"""Pictures that we send: uploaded once, known again by their content while the upload lives."""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec
import structlog

from bot.channels.zalo_oa.api import Api
from bot.channels.zalo_oa.limits import CHANNEL
from bot.delivery.world import World
from bot.storage import channel_state

LIVES = dt.timedelta(days=6)
"""Zalo keeps an upload seven days; the last one is left out, for a message may wait."""

log = structlog.get_logger(__name__)


class _Uploaded(msgspec.Struct, frozen=True):
    attachment: str
    at: dt.datetime


class Pictures:
    def __init__(self, world: World, api: Api) -> None:
        self._world = world
        self._api = api

    async def attachment(self, picture: bytes, *, anew: bool = False) -> str:
        """Its attachment id. `anew`: what is known has expired before its time. Raises as `Api` does."""
        key = f"asset:{hashlib.sha256(picture).hexdigest()[:32]}"
        if not anew:
            known = await self._known(key)
            if known is not None:
                return known
        made = _Uploaded(await self._api.upload_image(picture), self._world.clock.now())
        await self._keep(key, made)
        return made.attachment

    async def _known(self, key: str) -> str | None:
        async with self._world.database.begin() as uow:
            found = await channel_state.read(uow, self._world.vault, CHANNEL, key, _Uploaded)
        fresh = found is not None and self._world.clock.now() < found.at + LIVES
        return found.attachment if found is not None and fresh else None

    async def _keep(self, key: str, made: _Uploaded) -> None:
        """What cannot be kept is uploaded again next time."""
        try:
            async with self._world.database.begin() as uow:
                await channel_state.write(uow, self._world.vault, CHANNEL, key, made, made.at)
                await uow.commit()
        except Exception as error:
            log.warning("zalo_picture_not_kept", error=type(error).__name__)
