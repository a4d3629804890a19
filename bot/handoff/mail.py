"""Hand-offs by e-mail: a short letter without personal data, the slip attached as a PDF.

The Message-ID is the hand-off's key, so that a letter that comes twice (the server took it and its answer was
lost) is one letter for the receiver's mail program.
"""

from __future__ import annotations

import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from bot.clock import VIETNAM
from bot.handoff.send import NotTakenError, Parcel
from bot.handoff.slip import SlipError, SlipMaker
from bot.settings import Settings
from content.catalog import Catalog

SECONDS = 25.0
"""For each answer of the server; the whole is bounded by the worker."""


class Server(msgspec.Struct, frozen=True):
    """`SMTP_URL`, taken apart. `start_tls` None: where the server offers it."""

    host: str
    port: int
    user: str | None
    password: str | None
    use_tls: bool
    start_tls: bool | None

    @classmethod
    def parse(cls, url: str) -> Server:
        parts = urlsplit(url)
        secure = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or {"smtps": 465, "smtp+starttls": 587}.get(parts.scheme, 25),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=secure,
            start_tls=False if secure else True if parts.scheme == "smtp+starttls" else None,
        )


class Mail:
    def __init__(
        self, settings: Settings, catalog: Catalog, slips: SlipMaker, tls: ssl.SSLContext | None = None
    ) -> None:
        self._catalog, self._slips, self._tls = catalog, slips, tls
        self._server = Server.parse(settings.smtp_url) if settings.smtp_url else None
        self._sender = _sender(settings, self._server)

    async def send(self, parcel: Parcel) -> None:
        if self._server is None or self._sender is None:
            raise NotTakenError("no mail server is set up (SMTP_URL, NTD_HANDOFF_FROM)")
        try:
            slip = await self._slips.pdf(parcel.case, parcel.now)
        except SlipError as error:
            raise NotTakenError(f"the slip cannot be made: {error}") from error
        await self._deliver(self._server, self.letter(parcel, slip))

    async def close(self) -> None:
        """Each letter has a connection of its own."""

    def letter(self, parcel: Parcel, slip: bytes) -> EmailMessage:
        case, say = parcel.case, self._catalog.say
        assert self._sender is not None
        product = say("vi", "handoff.product", province=case.province.name)
        letter = EmailMessage()
        subject = "handoff.subject_urgent" if case.urgent else "handoff.subject"
        letter["Subject"] = say("vi", subject, code=case.code, topic=case.topic.name)
        letter["From"] = Address(product, addr_spec=self._sender)
        letter["To"] = Address(addr_spec=parcel.reach.email or "")
        letter["Date"] = format_datetime(parcel.now)
        letter["Message-ID"] = f"<{parcel.key}@{self._sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"
        if case.urgent:
            letter["Importance"] = "high"
        letter.set_content(self._body(parcel, product))
        letter.add_attachment(
            slip, maintype="application", subtype="pdf", filename=f"phieu-chuyen-{case.code}.pdf"
        )
        return letter

    def _body(self, parcel: Parcel, product: str) -> str:
        case, say = parcel.case, self._catalog.say
        due = case.due_at.astimezone(VIETNAM)
        where = (
            say("vi", "handoff.where_link", link=case.link)
            if case.link
            else say("vi", "handoff.where_console", product=product)
        )
        return say(
            "vi",
            "handoff.body",
            agency=case.to.name,
            product=product,
            code=case.code,
            topic=case.topic.name,
            filed=case.filed_at.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y"),
            role=say("vi", f"handoff.role_{case.to.role}"),
            due=say(
                "vi", "handoff.due_law" if case.due_by_law else "handoff.due_target", due=f"{due:%d/%m/%Y}"
            ),
            where=where,
        )

    async def _deliver(self, server: Server, letter: EmailMessage) -> None:
        try:
            await aiosmtplib.send(
                letter,
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.use_tls,
                start_tls=server.start_tls,
                tls_context=self._tls,
                timeout=SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code if error.recipients else "?"
            raise NotTakenError(f"the mail server refuses the address ({code})") from error
        except aiosmtplib.SMTPAuthenticationError as error:
            raise NotTakenError("the mail server refuses our user or password (SMTP_URL)") from error
        except aiosmtplib.SMTPResponseException as error:
            raise NotTakenError(f"the mail server refuses the letter ({error.code})") from error
        except (aiosmtplib.SMTPException, ssl.SSLError, OSError, ValueError) as error:
            raise NotTakenError(f"the mail server cannot be reached ({type(error).__name__})") from error


def _sender(settings: Settings, server: Server | None) -> str | None:
    if settings.handoff_from:
        return settings.handoff_from
    return server.user if server and server.user and "@" in server.user else None
