"""A desk whose agencies have addresses, and what stands there: a real SMTP server, a real HTTP receiver."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from pypdf import PdfReader
from sqlalchemy import select

from bot.app import LIMITS
from bot.cases.directory import Directory, Reach
from bot.cases.filing import Registry
from bot.clock import MovableClock
from bot.handoff import build
from bot.handoff.signing import new_secret
from bot.handoff.worker import HandoffWorker
from bot.settings import Settings
from bot.storage.tables import handoff_ways, handoffs
from nlu.pipeline import build as build_pipeline
from tests.bot.cases.desk import CATALOG, PROVINCE, Desk

SECRET = new_secret()
PIPELINE = build_pipeline(CATALOG, None)


class Mailbox:
    """Keeps what it is given, or refuses it with `refuses`, such as "550 5.1.1 no such user"."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuses: str | None = None
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"


@asynccontextmanager
async def mailbox(**options: Any) -> AsyncIterator[Mailbox]:
    """`options` of aiosmtpd's SMTP: `tls_context`, `authenticator` and the like."""
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, loop=loop, **options), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


def slip_text(letter: EmailMessage) -> str:
    (attachment,) = letter.iter_attachments()
    return pdf_text(attachment.get_content())


def pdf_text(pdf: bytes) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.split())


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """An agency's system. Answers with the next of `answers`: a status and headers."""

    requests: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    status: Callable[[str], int] = field(default=lambda path: 204)
    """By the path of the request, where `answers` has none."""
    hangs: bool = False
    port: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.requests.append(Received(scope["path"], headers, body))
        while self.hangs:  # noqa: ASYNC110 - a test lets go of it
            await asyncio.sleep(0.01)
        status, told = self.answers.pop(0) if self.answers else (self.status(scope["path"]), {})
        pairs = [(name.encode(), value.encode()) for name, value in told.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": b""})


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def receiver(**tls: Any) -> AsyncIterator[Receiver]:
    found = Receiver()
    config = uvicorn.Config(found, host="127.0.0.1", port=0, log_level="error", lifespan="off", **tls)
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    found.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        found.hangs = False
        server.should_exit = True
        await asyncio.wait_for(task, 10)


class StoppedClock(MovableClock):
    """Goes on only when it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self._now = dt.datetime.now(dt.UTC)

    def now(self) -> dt.datetime:
        return self._now

    def move(self, by: dt.timedelta) -> None:
        self._now += by


@dataclass
class PostOffice(Desk):
    """A desk with a directory: agency -> how it is reached."""

    clock: MovableClock = field(default_factory=StoppedClock)

    reaches: dict[str, Reach] = field(default_factory=dict)
    folder: TemporaryDirectory[str] = field(default_factory=TemporaryDirectory)

    @property
    def data_dir(self) -> Path:
        return Path(self.folder.name)

    @property
    def registry(self) -> Registry:
        return Registry(CATALOG, self.vault, self.settings, Directory({PROVINCE: self.reaches}), LIMITS)

    def set(self, **settings: Any) -> None:
        defaults = {"data_dir": self.data_dir, "handoff_networks": ("127.0.0.0/8",)}
        self.settings = Settings(**{**defaults, **settings})

    def worker(self, tls: Any = None) -> HandoffWorker:
        return build.worker(self.registry, self.database, self.clock, PIPELINE, tls)

    async def run(self) -> int:
        worker = self.worker()
        tries = await worker.run_due()
        await worker.close()
        return tries

    async def ways(self, code: str) -> dict[tuple[str, str], Any]:
        """(agency, way) -> its newest row."""
        case_id = (await self.complaint(code)).id
        query = (
            select(handoffs.c.agency, handoff_ways)
            .join(handoffs, handoffs.c.id == handoff_ways.c.handoff_id)
            .where(handoffs.c.complaint_id == case_id)
            .order_by(handoff_ways.c.id)
        )
        return {(row.agency, row.way): row for row in await self.rows(query)}

    def move(self, **by: float) -> None:
        self.clock.move(dt.timedelta(**by))
