"""One turn, in one transaction: recorded, understood, acted upon, answered; then, and only then, committed.

Nothing is acknowledged to a platform before the commit. When a turn fails, a second transaction keeps the
event as a dead letter and tells the person; when the database is away nothing is kept here, and the event
goes to the spool (`bot.dialogue.intake`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import msgspec
import structlog

from actions.contract import Action, Attachment, Outcome, Profile, Reply, Talk, Turn
from actions.form.ask import question
from actions.learning import invited
from actions.places import learned
from actions.ports import Ports
from actions.track_complaint import told_code, without_secret
from bot.cases.book import Awaited, ContactCases, awaited
from bot.cases.evidence import EvidenceStore, NotEvidence
from bot.cases.fetching import most, queue
from bot.cases.filing import Registry
from bot.cases.photos import codes_in
from bot.clock import VIETNAM, Clock
from bot.delivery import ledger, transcript
from bot.delivery.ports import Inbound, Notice, Outgoing, OutgoingChoice, Receipt, Unavailable, Want
from bot.delivery.transcript import Line
from bot.dialogue import contacts, events, signals, talks
from bot.dialogue.choose import Chooser
from bot.dialogue.contacts import Contact
from bot.dialogue.events import Became
from bot.dialogue.framing import introduce, tell_late
from bot.dialogue.hearing import Heard, hear
from bot.dialogue.personal_data import ContactData
from bot.dialogue.readings import wants_a_label
from bot.dialogue.subscriptions import ContactSubscriptions
from bot.dialogue.suspected import to_be_told
from bot.storage.database import Database, UnitOfWork, out_of_reach
from content.schema import Language
from content.suspicion import suspicion
from nlu.language import language_of
from nlu.phrases import contains
from nlu.pipeline import Pipeline
from nlu.scripts import writing_of
from nlu.steps.secrets import mask
from nlu.suspicious.checker import Checker
from nlu.suspicious.report import Seen
from nlu.understanding import SECRET_ENTITIES

log = structlog.get_logger(__name__)

Soon = Callable[[int], None]
"""In the background after the commit: sends what is queued for a contact, or fetches the files it sent."""

Observe = Callable[[Outcome], None]
"""Hears what each committed turn led to: the terminal and the script player show it."""

_FORM_ACTIONS = {"file_complaint", "talk_to_officer"}
_CHECKED = {"check_suspicious", "small_talk"}
"""After anything else "I clicked it" is no longer about what was looked at."""


class Engine:
    """Takes events in (implements `bot.delivery.ports.Intake`)."""

    def __init__(
        self,
        *,
        database: Database,
        registry: Registry,
        pipeline: Pipeline,
        actions: dict[str, Action],
        evidence: EvidenceStore,
        clock: Clock,
        send_now: Soon,
        fetch_now: Soon = lambda _: None,
        observe: Observe | None = None,
    ) -> None:
        self._database = database
        self._registry = registry
        self._pipeline = pipeline
        self._actions = actions
        self._chooser = Chooser(actions)
        self._evidence = evidence
        self._clock = clock
        self._send_now, self._fetch_now = send_now, fetch_now
        self._observe = observe
        self._checker = Checker(registry.catalog, suspicion(registry.settings.data_dir))

    async def accept(self, inbound: Inbound, *, arrived: dt.datetime | None = None) -> Receipt:
        """Raises Unavailable when the database is away: nothing of the event is kept. `arrived`: when it
        came, where it had to wait; the turn is the one that it would have been then."""
        now = arrived or self._clock.now()
        try:
            return await self._turn(inbound, now)
        except Exception as error:
            if out_of_reach(error):
                raise Unavailable("the database cannot be reached") from error
            log.exception("turn_failed", channel=inbound.channel, event_id=inbound.event_id)
            return await self._bury(inbound, type(error).__name__, now)

    async def notice(self, notice: Notice, *, arrived: dt.datetime | None = None) -> Receipt:
        """Raises Unavailable when the database is away. `arrived` as in `accept`."""
        now = arrived or self._clock.now()
        try:
            async with self._database.begin() as uow:
                if not await events.record(uow, notice.channel, notice.event_id, now, Became.NOTICE):
                    return Receipt.REPEATED
                await signals.heed(uow, self._registry.vault, notice, now)
                await uow.commit()
        except Exception as error:
            if out_of_reach(error):
                raise Unavailable("the database cannot be reached") from error
            raise
        return Receipt.DONE

    async def photo_came(
        self, uow: UnitOfWork, contact_id: int, evidence_id: str, codes: tuple[Seen, ...]
    ) -> None:
        """A photo that had to be fetched first: what its codes hold is told then, unless it belongs to a
        form or to an officer's question (implements `bot.cases.fetching.PhotoReader`)."""
        now, vault = self._clock.now(), self._registry.vault
        contact = await contacts.known(uow, vault, contact_id)
        if contact is None:
            return
        talk = await talks.load(uow, vault, contact, now, self._registry.catalog.topics)
        inbound = Inbound(channel=contact.channel, event_id="", address="", at=now, payload="check:photo")
        attachments = (Attachment(evidence_id, codes),)
        heard = self._hear(inbound, contact, talk, now)
        turn = await self._prepare(uow, inbound, contact, talk, heard, attachments, now)
        if to_be_told(turn):
            outcome = await self._actions["check_suspicious"].run(turn)
            await self._write(uow, contact, turn, outcome)

    async def _turn(self, inbound: Inbound, now: dt.datetime) -> Receipt:
        codes = await codes_of(inbound)
        async with self._database.begin() as uow:
            if not await events.record(uow, inbound.channel, inbound.event_id, now):
                return Receipt.REPEATED
            contact = await contacts.meet(uow, self._registry.vault, inbound, now)
            outcome = await self.handle(uow, inbound, contact, codes, now)
            await uow.commit()
        self.committed(contact.id, outcome)
        if inbound.media:
            self._fetch_now(contact.id)
        return Receipt.DONE

    async def handle(
        self,
        uow: UnitOfWork,
        inbound: Inbound,
        contact: Contact,
        codes: Sequence[tuple[Seen, ...]],
        now: dt.datetime,
        *,
        said: dt.datetime | None = None,
    ) -> Outcome:
        """What a turn does between the record of its event and the commit, which is the caller's. `contact`
        is locked. `said`: when it was said, where the turn comes later; the answer then tells so."""
        talk = await talks.load(uow, self._registry.vault, contact, now, self._registry.catalog.topics)
        heard = self._hear(inbound, contact, talk, said or now)
        attachments, refused = await self._keep(uow, inbound, codes, contact, now)
        turn = await self._prepare(uow, inbound, contact, talk, heard, attachments, now)
        await self._note(uow, inbound, contact, heard, turn)
        outcome = await self._act(turn)
        if refused:
            refusal = turn.say("form.photo_refused", megabytes=self._most_megabytes(inbound))
            outcome.replies.insert(1 if outcome.urgent else 0, Reply(refusal))
        introduce(turn, outcome, secrets=heard.secrets)
        if said is not None:
            tell_late(turn, outcome, said)
        await self._write(uow, contact, turn, outcome)
        became = Became.of(handed_off=turn.ports.cases.handed_off, said=bool(outcome.replies))
        if said is not None or became is not Became.ANSWERED:
            await events.correct(uow, inbound, became)
        return outcome

    def committed(self, contact_id: int, outcome: Outcome) -> None:
        """For after the commit of what `handle` did."""
        if self._observe is not None:
            self._observe(outcome)
        self._send_now(contact_id)

    def _hear(self, inbound: Inbound, contact: Contact, talk: Talk, now: dt.datetime) -> Heard:
        return hear(
            inbound,
            talk.offered,
            self._registry.limits[inbound.channel],
            pipeline=self._pipeline,
            catalog=self._registry.catalog,
            language=contact.profile.language,
            now=now,
        )

    async def _keep(
        self,
        uow: UnitOfWork,
        inbound: Inbound,
        codes: Sequence[tuple[Seen, ...]],
        contact: Contact,
        now: dt.datetime,
    ) -> tuple[tuple[Attachment, ...], int]:
        """The files that came along, stored or with a row that fetches them; how many could not be taken."""
        kept, refused = [], 0
        for upload, seen in zip(inbound.uploads, codes, strict=True):
            try:
                file = await self._evidence.keep(uow, contact_id=contact.id, data=upload.data, now=now)
            except NotEvidence:
                refused += 1
            else:
                kept.append(Attachment(file.id, seen))
        for media in inbound.media:
            if (media.size or 0) > most(self._registry, self._registry.limits[inbound.channel]):
                refused += 1
                continue
            id_ = await self._evidence.expect(uow, contact_id=contact.id, now=now)
            await queue(uow, self._registry, id_, contact.id, inbound.channel, media, now)
            kept.append(Attachment(id_, awaited=True))
        return tuple(kept), refused

    def _most_megabytes(self, inbound: Inbound) -> int:
        if inbound.media:
            return most(self._registry, self._registry.limits[inbound.channel]) // 1_000_000
        return self._registry.settings.upload_max_mb

    async def _prepare(
        self,
        uow: UnitOfWork,
        inbound: Inbound,
        contact: Contact,
        talk: Talk,
        heard: Heard,
        attachments: tuple[Attachment, ...],
        now: dt.datetime,
    ) -> Turn:
        catalog, settings = self._registry.catalog, self._registry.settings
        cases = ContactCases(
            uow, self._registry, contact_id=contact.id, language=contact.profile.language, now=now
        )
        profile = self._learned(contact.profile, heard, talk)
        waiting = await awaited(uow, contact.id) if contact.has_cases else Awaited()
        return Turn(
            text=heard.text,
            payload=heard.payload,
            understanding=heard.understanding,
            attachments=attachments,
            forwarded=inbound.forwarded,
            location=inbound.location,
            shared_phone=inbound.shared_phone,
            profile=profile,
            talk=talk,
            now=now,
            today=now.astimezone(VIETNAM).date(),
            catalog=catalog,
            pipeline=self._pipeline,
            checker=self._checker,
            ports=Ports(
                cases=cases,
                subscriptions=ContactSubscriptions(uow, contact.id, now),
                personal_data=ContactData(uow, self._registry.vault, contact, now),
            ),
            provinces=settings.provinces,
            plan_numbers=settings.plan_numbers,
            asked_case=waiting.asked,
            unrated_case=waiting.unrated,
            upload_max_mb=settings.upload_max_mb,
            learning_days=settings.learning_days,
            seed=contact.id,
            day_themes=settings.day_themes,
        )

    def _learned(self, profile: Profile, heard: Heard, talk: Talk) -> Profile:
        """Language, province and belonging to a vulnerable group, where the person lets them slip."""
        catalog = self._registry.catalog
        if heard.payload is not None:
            return profile
        spoken: Language | None = "en" if writing_of(heard.text) else language_of(heard.text)
        if spoken is not None and talk.form is None:
            profile = msgspec.structs.replace(profile, language=spoken)
        profile = learned(profile, heard.text, heard.understanding.entities, catalog)
        if profile.vulnerable is None and contains(heard.text, catalog.phrases["vulnerable"]):
            profile = msgspec.structs.replace(profile, vulnerable=True)
        return profile

    async def _act(self, turn: Turn) -> Outcome:
        """Runs the chosen action; where a form stays open beside it, its question is asked again."""
        was_open = turn.talk.form is not None
        asked_before = turn.talk.pending
        chosen = self._chooser.choose(turn)
        if not was_open and wants_a_label(turn, chosen.action):
            await turn.ports.personal_data.keep_for_learning(turn.understanding)
        outcome = await self._actions[chosen.action].run(chosen.turn)
        if outcome.profile is None:
            outcome.profile = chosen.turn.profile
        invited(chosen.turn, outcome)
        outcome.talk.checked &= chosen.action in _CHECKED
        if outcome.talk.pending is asked_before and chosen.action != "add_evidence":
            outcome.talk.pending = None  # a question of ours ends with the next answer, whatever that was
        if was_open and chosen.action not in _FORM_ACTIONS:
            self._return_to_form(turn, outcome)
        return outcome

    def _return_to_form(self, turn: Turn, outcome: Outcome) -> None:
        form, pending = outcome.talk.form, outcome.talk.pending
        if form is None or form.kind != "complaint":
            return
        if pending is None or pending.question == "offer_report":
            outcome.talk.pending = None
            seen = msgspec.structs.replace(turn, profile=outcome.profile or turn.profile)
            outcome.replies.append(question(seen, form, turn.say("form.back_to")))

    async def _note(
        self, uow: UnitOfWork, inbound: Inbound, contact: Contact, heard: Heard, turn: Turn
    ) -> None:
        """The person's own line, before it is acted upon: what is filed then takes the consent along."""
        pending = turn.talk.pending
        opens_case = told_code(turn) or (pending is not None and pending.question == "track_secret")
        said = Line(
            text=without_secret(heard.transcript) if opens_case else heard.transcript,
            attachments=tuple(attachment.id for attachment in turn.attachments),
            chosen=inbound.payload is not None,
        )
        await transcript.add(
            uow,
            self._registry.vault,
            contact_id=contact.id,
            author="consumer",
            line=said,
            at=turn.now,
            event_id=inbound.event_id,
        )

    async def _write(self, uow: UnitOfWork, contact: Contact, turn: Turn, outcome: Outcome) -> None:
        """The transcript, the ledger rows, the talk and the profile: all in the turn's transaction."""
        vault, now = self._registry.vault, turn.now
        for reply in outcome.replies:
            await self._reply(uow, contact, outgoing(turn, reply), now)
        await ledger.release(uow, contact.id, now)
        outcome.talk.offered = outcome.replies[-1].choices if outcome.replies else ()
        await talks.save(uow, vault, contact.id, outcome.talk, now, self._registry.settings)
        if outcome.profile is not None and outcome.profile != contact.profile:
            await contacts.remember(uow, contact.id, outcome.profile)

    async def _reply(self, uow: UnitOfWork, contact: Contact, message: Outgoing, now: dt.datetime) -> None:
        vault = self._registry.vault
        line = Line(text=message.text, choices=message.choices)
        await transcript.add(uow, vault, contact_id=contact.id, author="bot", line=line, at=now)
        await ledger.to_contact(
            uow,
            vault,
            contact_id=contact.id,
            channel=contact.channel,
            kind="reply",
            message=message,
            limits=self._registry.limits[contact.channel],
            now=now,
        )

    def _without_secrets(self, inbound: Inbound) -> Inbound:
        """The event as it may be kept. Where masking itself fails, the words stay as they came."""
        try:
            found = [e for e in self._pipeline.extract(inbound.text) if e.type in SECRET_ENTITIES]
            labels = {str(entity.type): "[-]" for entity in found}
            return msgspec.structs.replace(inbound, text=mask(inbound.text, found, labels))
        except Exception:
            log.exception("dead_letter_not_masked")
            return inbound

    async def _bury(self, inbound: Inbound, error: str, now: dt.datetime) -> Receipt:
        """Second transaction: the event is kept, the person gets an apology and a number to call."""
        kept = self._without_secrets(inbound)
        try:
            async with self._database.begin() as uow:
                if not await events.record(uow, inbound.channel, inbound.event_id, now, Became.DEAD):
                    return Receipt.REPEATED
                await events.bury(uow, self._registry.vault, kept, error, now)
                contact = await contacts.meet(uow, self._registry.vault, inbound, now)
                sorry = self._registry.catalog.say(contact.profile.language, "talk.turn_failed")
                await self._reply(uow, contact, Outgoing(sorry), now)
                await uow.commit()
        except Exception as again:
            raise Unavailable("neither the turn nor its dead letter could be written") from again
        self._send_now(contact.id)
        return Receipt.DEAD


async def codes_of(inbound: Inbound) -> list[tuple[Seen, ...]]:
    """What the codes in the photos hold that came along; takes its time, so it is read before the turn."""
    return [await codes_in(upload.data) for upload in inbound.uploads]


def outgoing(turn: Turn, reply: Reply) -> Outgoing:
    choices = tuple(OutgoingChoice(choice.label, choice.payload) for choice in reply.choices)
    want = Want(reply.wants, turn.say(f"form.share_{reply.wants}")) if reply.wants else None
    return Outgoing(reply.text, choices, want=want)
