"""The web channel on a real server and database, with an intake of its own that writes lines and answers."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from socket import socket
from typing import Any

import httpx
import uvicorn
from litestar import Litestar
from sqlalchemy import func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from bot.channels.web.channel import WebChannel
from bot.clock import MovableClock
from bot.delivery import transcript
from bot.delivery.ports import Inbound, Notice, Outgoing, OutgoingChoice, Receipt, Unavailable
from bot.delivery.transcript import Line
from bot.settings import Settings
from bot.storage.addresses import address_hash
from bot.storage.database import Database, UnitOfWork
from bot.storage.listen import Listener
from bot.storage.tables import contacts, evidence, inbound_events, messages
from bot.storage.vault import Vault
from content import catalog

KEY = "bm90LWEtc2VjcmV0LW9ubHktZm9yLXRlc3RzLW9rISE="
CATALOG = catalog.load()

Answers = Callable[[Inbound], Sequence[Line]]


def echo(inbound: Inbound) -> Sequence[Line]:
    if inbound.uploads:
        return [Line(f"Đã nhận {len(inbound.uploads)} tệp.")]
    return [Line(f"Bạn viết: {inbound.text}", (OutgoingChoice("Có", "yes"), OutgoingChoice("Không", "no")))]


class Scribe:
    """An intake that keeps what it gets and answers by a function."""

    def __init__(self, database: Database, vault: Vault, clock: MovableClock) -> None:
        self.received: list[Inbound] = []
        self.answers: Answers = echo
        self.away = False
        self.files: dict[str, tuple[str, bytes]] = {}
        self.channel: WebChannel | None = None
        self._database, self._vault, self._clock = database, vault, clock

    async def accept(self, inbound: Inbound) -> Receipt:
        if self.away:
            raise Unavailable
        async with self._database.begin() as uow:
            if not await self._fresh(uow, inbound):
                return Receipt.REPEATED
            self.received.append(inbound)
            contact = await self._contact(uow, inbound.address)
            await self._write(uow, contact, inbound)
            await uow.commit()
        assert self.channel
        await self.channel.send(inbound.address, Outgoing("…"), 1)
        return Receipt.DONE

    async def notice(self, notice: Notice) -> Receipt:
        """Never called: the web chat has no account that a person could close."""
        raise AssertionError(notice)

    async def officer_says(self, address: str, text: str, sender: str) -> None:
        async with self._database.begin() as uow:
            contact = await self._contact(uow, address)
            line = Line(text, sender=sender)
            await transcript.add(
                uow, self._vault, contact_id=contact, author="officer", line=line, at=self._clock.now()
            )
            await uow.commit()
        assert self.channel
        await self.channel.send(address, Outgoing(text, sender=sender), 2)

    async def read_evidence(self, evidence_id: str) -> tuple[str, bytes] | None:
        return self.files.get(evidence_id)

    async def _fresh(self, uow: UnitOfWork, inbound: Inbound) -> bool:
        row = {"channel": "web", "event_id": inbound.event_id, "received_at": inbound.at}
        statement = upsert(inbound_events).on_conflict_do_nothing().returning(inbound_events.c.event_id)
        return (await uow.execute(statement, row)).first() is not None

    async def _contact(self, uow: UnitOfWork, address: str) -> int:
        row = {
            "channel": "web",
            "address_hash": address_hash(self._vault, "web", address),
            "address_sealed": self._vault.seal(address),
            "language": "vi",
            "created_at": self._clock.now(),
            "last_seen_at": self._clock.now(),
        }
        statement = upsert(contacts).on_conflict_do_update(
            index_elements=["channel", "address_hash"], set_={"last_seen_at": self._clock.now()}
        )
        return int((await uow.execute(statement.returning(contacts.c.id), row)).scalar_one())

    async def _write(self, uow: UnitOfWork, contact: int, inbound: Inbound) -> None:
        ids = tuple([await self._keep(uow, contact, upload.data) for upload in inbound.uploads])
        said = Line(inbound.text, attachments=ids, chosen=inbound.payload is not None)
        await transcript.add(
            uow,
            self._vault,
            contact_id=contact,
            author="consumer",
            line=said,
            at=inbound.at,
            event_id=inbound.event_id,
        )
        for line in self.answers(inbound):
            await transcript.add(
                uow, self._vault, contact_id=contact, author="bot", line=line, at=self._clock.now()
            )

    async def _keep(self, uow: UnitOfWork, contact: int, data: bytes) -> str:
        content_type = "application/pdf" if data.startswith(b"%PDF") else "image/png"
        evidence_id = uuid.uuid4().hex
        self.files[evidence_id] = (content_type, data)
        row = {
            "id": evidence_id,
            "contact_id": contact,
            "content_type": content_type,
            "size": len(data),
            "sha256": hashlib.sha256(data).digest(),
            "at": self._clock.now(),
        }
        await uow.execute(insert(evidence), row)
        return evidence_id


class Stand:
    def __init__(self, database_url: str, **settings: Any) -> None:
        self.clock = MovableClock()
        self.vault = Vault((KEY,))
        self.database = Database(database_url, pool_size=4)
        self.listener = Listener(database_url)
        self.scribe = Scribe(self.database, self.vault, self.clock)
        self.channel = WebChannel(
            Settings(**settings),
            secret_key="only-for-tests",
            database=self.database,
            vault=self.vault,
            listener=self.listener,
            clock=self.clock,
            catalog=CATALOG,
            read_evidence=self.scribe.read_evidence,
        )
        self.scribe.channel = self.channel
        self.channel.connect(self.scribe)
        self.url = ""

    async def count(self) -> dict[str, int]:
        """Rows of every table that a message leaves something in."""
        tables = (contacts, messages, inbound_events, evidence)
        async with self.database.begin() as uow:
            return {
                table.name: (await uow.execute(select(func.count()).select_from(table))).scalar_one()
                for table in tables
            }

    @asynccontextmanager
    async def visitor(self, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        """A browser's session, as far as HTTP goes: it has opened the page."""
        headers = {"X-Ntd-Chat": "1"} | options.pop("headers", {})
        async with httpx.AsyncClient(base_url=self.url, headers=headers, **options) as client:
            (await client.get("/")).raise_for_status()
            yield client


class _Server(uvicorn.Server):
    """Stops as the product does: first the open streams, then the wait for open requests."""

    def __init__(self, config: uvicorn.Config, listener: Listener) -> None:
        super().__init__(config)
        self._listener = listener

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        self._listener.end_streams()
        await super().shutdown(sockets)


@asynccontextmanager
async def serving(database_url: str, **settings: Any) -> AsyncIterator[Stand]:
    stand = Stand(database_url, **settings)
    app = Litestar(route_handlers=stand.channel.routes(), openapi_config=None)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off")
    server = _Server(config, stand.listener)
    stand.listener.start()
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    stand.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield stand
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)
        await stand.listener.close()
        await stand.database.close()


def message(text: str = "thuoc gia", **more: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "text": text} | more


def address_of(client: httpx.AsyncClient) -> str:
    return client.cookies["ntd_chat"].split(".")[0]
