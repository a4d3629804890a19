"""Fetches the files that came with an event but still lie with the platform, whose links soon expire.

Each has a row of its own, written in the turn's transaction; the process that committed fetches at once, and
what it could not fetch any worker takes up, with a lease, until it is there or given up. A person whose file
is lost is told, so that they can send it again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

import msgspec
import structlog
from cryptography.fernet import InvalidToken
from sqlalchemy import delete, insert, select, text, update

from bot.cases import evidence
from bot.cases.evidence import EvidenceStore, NotEvidence
from bot.cases.filing import Registry
from bot.cases.photos import codes_in
from bot.clock import Clock
from bot.delivery import ledger, transcript
from bot.delivery.ports import FetchFailed, Limits, Media, Outgoing
from bot.delivery.transcript import Line
from bot.storage.database import Database, UnitOfWork, out_of_reach
from bot.storage.tables import contacts, fetches
from nlu.suspicious.report import Seen

FETCH_SECONDS = 60.0
LEASE = dt.timedelta(seconds=FETCH_SECONDS + 30)
PAUSES = (2, 10, 60, 300, 900)
"""Seconds before the second, third ... try. After the last one the file is lost: links live for an hour."""

MAX_ATTEMPTS = 30
"""Of tries that say nothing of the file: our disk is full, or every process that tried it died."""

_PARALLEL = 4
_IDLE_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Source(Protocol):
    """What fetching needs of a channel."""

    async def fetch(self, reference: str, limit: int) -> bytes: ...


class PhotoReader(Protocol):
    """Whoever answers a photo that shows a barcode or a QR code."""

    async def photo_came(
        self, uow: UnitOfWork, contact_id: int, evidence_id: str, codes: tuple[Seen, ...]
    ) -> None:
        """In the transaction that keeps the photo; the contact's row is locked."""
        ...


class Fetch(msgspec.Struct, frozen=True):
    evidence_id: str
    channel: str
    contact_id: int
    attempts: int
    """This one included."""


class Fetcher:
    def __init__(
        self,
        database: Database,
        registry: Registry,
        store: EvidenceStore,
        clock: Clock,
        sources: Mapping[str, Source],
    ) -> None:
        self._database = database
        self._registry = registry
        self._store = store
        self._clock = clock
        self._sources = sources
        self.photo_reader: PhotoReader | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def fetch_soon(self, contact_id: int) -> None:
        """Fetches what waits for one contact, in the background: for after a commit."""
        task = asyncio.ensure_future(self._quietly(contact_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run_due(self) -> int:
        """Fetches what is due now; returns how many tries that were."""
        tries = 0
        while claimed := await self._claim(None):
            tries += len(claimed)
            await asyncio.gather(*(self._fetch(*fetch) for fetch in claimed))
        return tries

    async def run_forever(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._quietly(None)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _IDLE_SECONDS)
        await self.drain()

    async def drain(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _quietly(self, contact_id: int | None) -> None:
        """The rows stay: a failure here delays and loses nothing."""
        try:
            while claimed := await self._claim(contact_id):
                await asyncio.gather(*(self._fetch(*fetch) for fetch in claimed))
        except Exception as error:
            log.warning("fetch_interrupted", error=type(error).__name__, exc_info=not out_of_reach(error))

    async def _claim(self, contact_id: int | None) -> list[tuple[Fetch, str]]:
        """Each with its reference."""
        now = self._clock.now()
        values = {
            "now": now,
            "lease": now + LEASE,
            "limit": _PARALLEL,
            "contact_id": contact_id,
            "channels": list(self._sources),
        }
        async with self._database.begin() as uow:
            rows = (await uow.execute(_CLAIM, values)).all()
            await uow.commit()
        claimed = []
        for row in rows:
            fetch = Fetch(row.evidence_id, row.channel, row.contact_id, row.attempts)
            try:
                claimed.append((fetch, self._registry.vault.open(row.reference_sealed, str)))
            except (InvalidToken, msgspec.MsgspecError):
                await self._failed(fetch, FetchFailed("its reference cannot be decrypted", retry=False))
        return claimed

    async def _fetch(self, fetch: Fetch, reference: str) -> None:
        """Whatever goes wrong, and in whichever way, is noted on the row."""
        try:
            data = await self._bytes(fetch, reference)
        except FetchFailed as failure:
            await self._failed(fetch, failure)
            return
        try:
            await self._keep(fetch, data)
        except OSError as error:
            if out_of_reach(error) and not await self._database.ready():
                raise
            log.error("evidence_not_written", evidence=fetch.evidence_id, error=type(error).__name__)
            await self._failed(
                fetch, FetchFailed("the disk does not take it", retry=True), tries=MAX_ATTEMPTS
            )

    async def _bytes(self, fetch: Fetch, reference: str) -> bytes:
        if fetch.attempts > MAX_ATTEMPTS:
            raise FetchFailed("no process that tried it lived to say why", retry=False)
        limit = most(self._registry, self._registry.limits[fetch.channel])
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                return await self._sources[fetch.channel].fetch(reference, limit)
        except FetchFailed:
            raise
        except TimeoutError as error:
            raise FetchFailed("no answer in time", retry=True) from error
        except Exception as error:
            log.exception("fetch_broke", channel=fetch.channel, evidence=fetch.evidence_id)
            raise FetchFailed(f"an error of our own: {type(error).__name__}", retry=True) from error

    async def _keep(self, fetch: Fetch, data: bytes) -> None:
        codes = await codes_in(data)
        async with self._database.begin() as uow:
            await _lock_contact(uow, fetch)
            if not await _still_ours(uow, fetch):
                return
            try:
                if len(data) > most(self._registry, self._registry.limits[fetch.channel]):
                    raise NotEvidence("larger than it may be")
                await self._store.fulfil(uow, fetch.evidence_id, data)
                if self.photo_reader is not None:
                    await self.photo_reader.photo_came(uow, fetch.contact_id, fetch.evidence_id, codes)
            except NotEvidence:
                await self._lose(uow, fetch, "form.photo_refused")
            await _end(uow, fetch)
            await uow.commit()

    async def _failed(self, fetch: Fetch, failure: FetchFailed, tries: int = len(PAUSES)) -> None:
        """Another try later, after up to `tries` of them; or the file is lost."""
        again = failure.retry and fetch.attempts <= tries
        log.warning(
            "fetch_failed",
            channel=fetch.channel,
            evidence=fetch.evidence_id,
            reason=failure.reason,
            attempts=fetch.attempts,
            again=again,
        )
        async with self._database.begin() as uow:
            if not await _still_ours(uow, fetch):
                return
            if again:
                pause = PAUSES[min(fetch.attempts, len(PAUSES)) - 1]
                due = self._clock.now() + dt.timedelta(seconds=pause)
                values = {"due_at": due, "leased_until": None, "reason": failure.reason}
                row = fetches.c.evidence_id == fetch.evidence_id
                await uow.execute(update(fetches).where(row).values(**values))
            else:
                await self._lose(uow, fetch, "form.media_lost")
                await _end(uow, fetch)
            await uow.commit()

    async def _lose(self, uow: UnitOfWork, fetch: Fetch, key: str) -> None:
        """Marks the file as lost and tells the person why, in their language."""
        await evidence.lose(uow, fetch.evidence_id)
        registry, now = self._registry, self._clock.now()
        query = select(contacts.c.language, contacts.c.stopped).where(contacts.c.id == fetch.contact_id)
        person = (await uow.execute(query)).one()
        if person.stopped:
            return
        megabytes = most(registry, registry.limits[fetch.channel]) // 1_000_000
        told = registry.catalog.say(person.language, key, megabytes=megabytes)
        await transcript.add(
            uow, registry.vault, contact_id=fetch.contact_id, author="bot", line=Line(text=told), at=now
        )
        await ledger.to_contact(
            uow,
            registry.vault,
            contact_id=fetch.contact_id,
            channel=fetch.channel,
            kind="answer",
            message=Outgoing(told),
            limits=registry.limits[fetch.channel],
            now=now,
        )


def most(registry: Registry, limits: Limits) -> int:
    """Bytes of the largest file that is taken from the channel: its own limit, or the operator's."""
    return min(limits.media_bytes, registry.settings.media_max_mb * 1_000_000)


async def queue(
    uow: UnitOfWork, registry: Registry, evidence_id: str, contact_id: int, channel: str, media: Media,
    now: dt.datetime,
) -> None:  # fmt: skip
    """Writes the row of an awaited file, in the transaction of the event that brought it."""
    row: dict[str, Any] = {
        "evidence_id": evidence_id,
        "channel": channel,
        "contact_id": contact_id,
        "reference_sealed": registry.vault.seal(media.reference),
        "due_at": now,
    }
    await uow.execute(insert(fetches), row)


async def _still_ours(uow: UnitOfWork, fetch: Fetch) -> bool:
    """No other process took it up meanwhile, and the person has not had it deleted. Locks the row."""
    query = select(fetches.c.attempts).where(fetches.c.evidence_id == fetch.evidence_id).with_for_update()
    return (await uow.execute(query)).scalar_one_or_none() == fetch.attempts


async def _lock_contact(uow: UnitOfWork, fetch: Fetch) -> None:
    """Before the row of the fetch, as in a turn: two that wait for each other would both lose."""
    await uow.execute(select(contacts.c.id).where(contacts.c.id == fetch.contact_id).with_for_update())


async def _end(uow: UnitOfWork, fetch: Fetch) -> None:
    await uow.execute(delete(fetches).where(fetches.c.evidence_id == fetch.evidence_id))


_CLAIM = text(
    """
    WITH due AS MATERIALIZED (
        SELECT evidence_id FROM fetches
        WHERE due_at <= :now AND (leased_until IS NULL OR leased_until <= :now) AND channel = ANY(:channels)
          AND (CAST(:contact_id AS bigint) IS NULL OR contact_id = :contact_id)
        ORDER BY due_at
        LIMIT :limit
        FOR UPDATE SKIP LOCKED)
    UPDATE fetches SET leased_until = :lease, attempts = attempts + 1
    FROM due WHERE fetches.evidence_id = due.evidence_id
    RETURNING fetches.evidence_id, channel, contact_id, reference_sealed, attempts
    """
)
