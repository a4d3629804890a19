"""The OA's tokens: 25 hours and three months, the second used once and replaced by each renewal (P16).

One renewal at a time among all processes: an advisory lock, held by a transaction that lasts as long as the
call. Before the call a mark is committed, after it the new pair, and only then is the pair used. Whoever is
killed in between leaves the mark: the next one waits until that call must have ended, tries the old token,
and where it is refused says so; there is no state that looks well and is not.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import suppress

import msgspec
import structlog

from bot.channels.zalo_oa import kept as state
from bot.channels.zalo_oa.errors import LOST_PERMISSION, NOT_CONNECTED
from bot.channels.zalo_oa.kept import KEY, Kept
from bot.channels.zalo_oa.limits import CHANNEL
from bot.channels.zalo_oa.oauth import LONGEST, Granted, OAuth, OAuthRefused, OAuthUnclear, OAuthUnreachable
from bot.delivery.world import World
from bot.storage import channel_state
from bot.storage.database import UnitOfWork, out_of_reach

LOOK_SECONDS = 60.0
WAIT_SECONDS = 20.0
"""A message waits no longer for a token: less than a send may take."""
PATIENCE = LONGEST + dt.timedelta(seconds=10)
REST = dt.timedelta(seconds=10)
"""Between two tries after one that brought no answer."""
REST_REFUSED = dt.timedelta(minutes=10)
SAY_AGAIN = dt.timedelta(hours=1)
"""An alarm that nobody heeds is repeated."""
_STORE_PAUSES = (0.2, 1.0, 3.0, 10.0, 30.0)

log = structlog.get_logger(__name__)


class NoToken(Exception):
    """There is no access token. `lost`: an admin of the OA must allow the app again; otherwise it passes."""

    def __init__(self, reason: str, *, lost: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lost = lost


class Tokens:
    def __init__(self, world: World, oauth: OAuth, *, patience: dt.timedelta = PATIENCE) -> None:
        """`patience`: how long another process's renewal may take before it counts as dead."""
        self._world = world
        self._oauth = oauth
        self._patience = patience
        self._last: Kept | None = None
        self._renewing: asyncio.Task[Kept] | None = None
        self._rests_until: dt.datetime | None = None
        self._said_at: dict[str, dt.datetime] = {}

    async def access(self) -> str:
        """An access token that should work. Raises NoToken."""
        if self._last is None or not self._last.usable(self._now()):
            self._last = await self.stored()
        if self._last is not None and self._last.usable(self._now()):
            return self._last.access
        return await self.renewed(self._last.access if self._last else "")

    async def renewed(self, instead_of: str) -> str:
        """A newer token than `instead_of`, by whichever process. Raises NoToken.

        The renewal goes on when the caller is cancelled: its answer may be the only copy of the new pair.
        """
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(instead_of))
            self._renewing.add_done_callback(_looked_at)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                self._last = await asyncio.shield(self._renewing)
        except TimeoutError as error:
            raise NoToken("the tokens are being renewed", lost=False) from error
        return self._last.access

    async def stored(self) -> Kept | None:
        async with self._world.database.begin() as uow:
            return await state.read(uow, self._world)

    async def adopt(self, granted: Granted) -> Kept:
        """Keeps the pair that an admin's permission brought, whatever was there before."""
        new = state.fresh(granted, self._now(), self._world.settings.zalo_refresh_token)
        async with self._world.database.begin() as uow:
            await channel_state.lock(uow, CHANNEL, KEY)
            await state.write(uow, self._world, new)
            await uow.commit()
        self._last = new
        return new

    async def run(self, stop: asyncio.Event) -> None:
        """Renews in time, and says again and again what only a person can mend, until `stop` is set."""
        while not stop.is_set():
            await self.look_after()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)

    async def look_after(self) -> None:
        """One look: renews what is due, raises the alarm where that is called for. Raises nothing."""
        try:
            kept = await self.stored()
            if kept is not None and kept.warns(self._now()):
                self._say("zalo_permission_ends", f"it ends on {kept.ends_at():%Y-%m-%d}: {LOST_PERMISSION}")
            if kept is None or kept.due(self._now()):
                await self.renewed(kept.access if kept else "")
        except NoToken as error:
            self._say("zalo_permission_lost" if error.lost else "zalo_tokens_not_renewed", error.reason)
        except Exception as error:
            if out_of_reach(error):
                log.warning("zalo_tokens_not_read", error=type(error).__name__)
            else:
                self._say("zalo_tokens_unreadable", f"{type(error).__name__}: {LOST_PERMISSION}")

    async def close(self) -> None:
        """Lets a renewal that is under way come to its end."""
        if self._renewing is not None and not self._renewing.done():
            await asyncio.wait([self._renewing], timeout=LONGEST.total_seconds())

    # --- one renewal ----------------------------------------------------------------------------------------

    async def _renew(self, instead_of: str) -> Kept:
        self._still_resting()
        found: Kept | None = None
        try:
            async with self._world.database.begin() as uow:
                await channel_state.lock(uow, CHANNEL, KEY)
                found = await self._newer(uow, instead_of)
        except Exception as error:
            if found is None:
                raise
            log.warning("zalo_tokens_lock_lost", error=type(error).__name__)  # the pair is stored already
        return found

    async def _newer(self, uow: UnitOfWork, instead_of: str) -> Kept:
        """Under the lock: what another process brought meanwhile, or what Zalo gives now."""
        kept = self._candidate(await self._settled(uow))
        if kept.access != instead_of and kept.usable(self._now()):
            return kept
        if kept.refused_at is not None and self._now() < kept.refused_at + REST_REFUSED:
            raise NoToken(_why(kept), lost=True)
        return await self._spend(kept)

    async def _settled(self, uow: UnitOfWork) -> Kept | None:
        """What is stored, once nobody can be in the middle of a renewal any more: who holds the lock may
        have lost it with the connection, and still be waiting for its answer."""
        while True:
            kept = await state.read(uow, self._world)
            if kept is None or kept.begun_at is None:
                return kept
            left = (kept.begun_at + self._patience - self._now()).total_seconds()
            if left <= 0:
                return msgspec.structs.replace(kept, begun_at=None, unclear=True)
            await asyncio.sleep(min(left, 0.5))

    def _candidate(self, kept: Kept | None) -> Kept:
        """What is stored; or the refresh token of the settings, the first time or after a refusal."""
        setting = self._world.settings.zalo_refresh_token
        if setting and (kept is None or (kept.refused_at and setting not in (kept.refresh, kept.seed))):
            return state.given(setting, self._now())
        if kept is None:
            raise NoToken(NOT_CONNECTED, lost=True)
        return kept

    async def _spend(self, kept: Kept) -> Kept:
        """Raises NoToken; the stored pair then says why."""
        begun = msgspec.structs.replace(kept, begun_at=self._now())
        await self._write(begun)
        try:
            granted = await self._oauth.refresh(kept.refresh)
        except OAuthRefused as refusal:
            refused = msgspec.structs.replace(kept, refused_at=self._now(), refused_as=str(refusal))
            await self._write(refused)
            self._say("zalo_permission_lost", _why(refused))
            raise NoToken(_why(refused), lost=True) from refusal
        except OAuthUnreachable as error:
            await self._write(kept)
            raise self._rest("the token endpoint of Zalo cannot be reached") from error
        except OAuthUnclear as error:
            await self._write(msgspec.structs.replace(kept, unclear=True))
            raise self._rest("the token endpoint of Zalo gave no answer that can be read") from error
        new = state.fresh(granted, self._now(), kept.seed)
        await self._store(new, kept.refresh)
        log.info("zalo_tokens_renewed", expires_at=new.expires_at.isoformat())
        return new

    async def _write(self, kept: Kept) -> None:
        async with self._world.database.begin() as uow:
            await state.write(uow, self._world, kept)
            await uow.commit()

    async def _store(self, new: Kept, spent: str) -> None:
        """Writes the new pair in place of the one that was spent for it, however long the database is away:
        until then this process has the only copy. A pair that an admin brought meanwhile stays."""
        tries = 0
        while True:
            try:
                async with self._world.database.begin() as uow:
                    there = await state.read(uow, self._world)
                    if there is None or there.refresh == spent:
                        await state.write(uow, self._world, new)
                        await uow.commit()
                return
            except Exception as error:
                log.error("zalo_tokens_not_stored", error=type(error).__name__, tries=tries)
            await asyncio.sleep(_STORE_PAUSES[min(tries, len(_STORE_PAUSES) - 1)])
            tries += 1

    def _still_resting(self) -> None:
        if self._rests_until is not None and self._now() < self._rests_until:
            raise NoToken("the token endpoint of Zalo did not answer a moment ago", lost=False)

    def _rest(self, reason: str) -> NoToken:
        self._rests_until = self._now() + REST
        return NoToken(reason, lost=False)

    def _say(self, event: str, words: str) -> None:
        """An alarm, at most once an hour: no token is in it."""
        now, said_at = self._now(), self._said_at.get(event)
        if said_at is None or now >= said_at + SAY_AGAIN:
            self._said_at[event] = now
            log.error(event, say=words)

    def _now(self) -> dt.datetime:
        return self._world.clock.now()


def _why(kept: Kept) -> str:
    """In plain words, for the operator."""
    lost = "; a renewal before it was cut off, so the token was probably spent" if kept.unclear else ""
    return f"{LOST_PERMISSION} ({kept.refused_as or 'Zalo refused'}{lost})"


def _looked_at(task: asyncio.Task[Kept]) -> None:
    """Its failure is told to whoever waits; where nobody does any more, it is no stray exception."""
    if not task.cancelled():
        task.exception()
