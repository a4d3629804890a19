"""The canary (P27): every 15 minutes an event of our own, with its platform's proof, at our own webhook of
each channel; its answer goes to one staff contact, and the platform must have taken it within a minute.

It goes the whole way of a message, over PUBLIC_URL, the proxy and the ledger; only what is answered is fixed,
so that it opens no talk, stands in no queue and counts in no figure.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import suppress

import httpx
import msgspec
import structlog
from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from bot.cases.filing import Registry
from bot.clock import VIETNAM, Clock
from bot.delivery import ledger
from bot.delivery.ports import Channel, HasCanary, Inbound, Intake, Notice, Outgoing, Receipt, Unavailable
from bot.dialogue import contacts, events
from bot.dialogue.events import Became
from bot.storage import tables
from bot.storage.addresses import address_hash
from bot.storage.database import Database, UnitOfWork, out_of_reach
from bot.storage.leases import Lease
from bot.storage.tables import canaries, deliveries

SAYS = "ntd canary"
EVERY = dt.timedelta(minutes=15)
WITHIN = 60.0
"""Seconds from the event to the platform's receipt of the answer."""
_LOOK_SECONDS, _ASK_SECONDS, _HTTP_SECONDS = 30.0, 0.5, 10.0
_LEASE_SECONDS = 2 * WITHIN

log = structlog.get_logger(__name__)


class Came(msgspec.Struct, frozen=True):
    """How the last canary of a channel came through; `fault` is None where it did."""

    channel: str
    at: dt.datetime
    took_ms: int | None
    fault: str | None
    failures: int


async def results(uow: UnitOfWork) -> list[Came]:
    rows = await uow.execute(select(canaries).order_by(canaries.c.channel))
    return [Came(**row._mapping) for row in rows.all()]


class CanaryIntake:
    """Before the intake of a channel: answers its canary, hands on all else."""

    def __init__(
        self,
        inner: Intake,
        address: str | None,
        database: Database,
        registry: Registry,
        clock: Clock,
        send_now: Callable[[int], None],
    ) -> None:
        self._inner = inner
        self._address = address
        self._database = database
        self._registry = registry
        self._clock = clock
        self._send_now = send_now

    async def accept(self, inbound: Inbound) -> Receipt:
        """Raises Unavailable, for a canary also where the spool would take it: then something is wrong."""
        if self._address is None or inbound.address != self._address or inbound.text != SAYS:
            return await self._inner.accept(inbound)
        try:
            return await self._answer(inbound)
        except Exception as error:
            if out_of_reach(error):
                raise Unavailable("the database cannot be reached") from error
            raise

    async def notice(self, notice: Notice) -> Receipt:
        return await self._inner.notice(notice)

    async def _answer(self, inbound: Inbound) -> Receipt:
        now, vault = self._clock.now(), self._registry.vault
        async with self._database.begin() as uow:
            if not await events.record(uow, inbound.channel, inbound.event_id, now, Became.CANARY):
                return Receipt.REPEATED
            contact = await contacts.meet(uow, vault, inbound, now)
            at = now.astimezone(VIETNAM).strftime("%H:%M")
            said = self._registry.catalog.say(contact.profile.language, "talk.canary", at=at)
            await ledger.to_contact(
                uow,
                vault,
                contact_id=contact.id,
                channel=inbound.channel,
                kind="reply",
                message=Outgoing(said),
                limits=self._registry.limits[inbound.channel],
                now=now,
            )
            await uow.commit()
        self._send_now(contact.id)
        return Receipt.DONE


class Canary:
    """Sends them. Any number of workers run it; one of them does it."""

    def __init__(
        self,
        public_url: str | None,
        database: Database,
        registry: Registry,
        clock: Clock,
        channels: Mapping[str, Channel],
    ) -> None:
        """Without `public_url` there are none: a platform could not reach us either."""
        self._url = public_url
        self._database = database
        self._registry = registry
        self._clock = clock
        self._channels = {name: one for name, one in channels.items() if isinstance(one, HasCanary)}
        self._lease = Lease(database, clock, "canary", _LEASE_SECONDS)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. Raises nothing."""
        while self._url is not None and not stop.is_set():
            try:
                await self.run_due()
            except Exception as error:
                log.warning("canary_not_sent", error=type(error).__name__, exc_info=not out_of_reach(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)

    async def run_due(self) -> list[Came]:
        """Those whose time it is."""
        if not await self._lease.take():
            return []
        async with self._database.begin() as uow:
            last = {came.channel: came for came in await results(uow)}
        now, came = self._clock.now(), []
        for name, channel in self._channels.items():
            address = channel.canary_address()
            if address is not None and (name not in last or now - last[name].at >= EVERY):
                came.append(await self._one(name, channel, address, last.get(name)))
        return came

    async def _one(self, name: str, channel: HasCanary, address: str, last: Came | None) -> Came:
        began, loop = self._clock.now(), asyncio.get_running_loop()
        before, start = await self._newest(name, address), loop.time()
        fault = await self._post(channel, address, began)
        if fault is None:
            fault = await self._taken(name, address, before, start + WITHIN)
        took = None if fault else round((loop.time() - start) * 1000)
        failures = 0 if fault is None else (last.failures if last else 0) + 1
        came = Came(name, began, took, fault, failures)
        await self._write(came)
        (log.info if fault is None else log.error)("canary", channel=name, took_ms=took, fault=fault)
        return came

    async def _post(self, channel: HasCanary, address: str, now: dt.datetime) -> str | None:
        """What was wrong with the answer of our webhook."""
        post = channel.canary(address, SAYS, now)
        try:
            async with httpx.AsyncClient(timeout=_HTTP_SECONDS, trust_env=False) as client:
                answer = await client.post(
                    f"{(self._url or '').rstrip('/')}{post.path}", content=post.body, headers=post.headers
                )
        except httpx.HTTPError as error:
            return f"our own address does not answer: {type(error).__name__}"
        return None if answer.status_code == 200 else f"our own address answers {answer.status_code}"

    async def _taken(self, name: str, address: str, before: int, until: float) -> str | None:
        """What became of the answer, if it was not taken in time."""
        while asyncio.get_running_loop().time() < until:
            async with self._database.begin() as uow:
                row = (await uow.execute(self._answers(name, address, before))).first()
            if row is not None and row.state == "sent":
                return None
            if row is not None and row.state != "queued":
                return f"the answer ended as {row.state}: {row.reason}"
            await asyncio.sleep(_ASK_SECONDS)
        return f"the answer was not out after {WITHIN:.0f} s"

    async def _newest(self, name: str, address: str) -> int:
        async with self._database.begin() as uow:
            row = (await uow.execute(self._answers(name, address, 0))).first()
        return row.id if row else 0

    def _answers(self, name: str, address: str, after: int) -> Select[tuple[int, str, str | None]]:
        """Newest first."""
        digest = address_hash(self._registry.vault, name, address)
        people = tables.contacts
        return (
            select(deliveries.c.id, deliveries.c.state, deliveries.c.reason)
            .join(people, people.c.id == deliveries.c.contact_id)
            .where(people.c.channel == name, people.c.address_hash == digest, deliveries.c.id > after)
            .order_by(deliveries.c.id.desc())
            .limit(1)
        )

    async def _write(self, came: Came) -> None:
        row = msgspec.structs.asdict(came)
        statement = insert(canaries).values(row)
        changed = {key: value for key, value in row.items() if key != "channel"}
        async with self._database.begin() as uow:
            await uow.execute(statement.on_conflict_do_update(index_elements=["channel"], set_=changed))
            await uow.commit()
