"""What officers do with a case that was handed to them. Each action is one transaction: the hand-off, the
complaint, its history, and the messages to the consumer and to other agencies. The caller commits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Literal, get_args

import msgspec
from sqlalchemy import func, or_, select, update

from bot.cases import deadlines, outreach
from bot.cases.access import GONE, Acting, Held, access_case
from bot.cases.filing import Registry
from bot.cases.handover import hand_over
from bot.cases.parties import Target, accused_agencies, focal, in_text, name_of, place
from bot.cases.records import Action, Details, record
from bot.delivery.ledger import CONSOLE
from bot.delivery.ports import OutgoingChoice
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, handoffs, history
from content.schema import Language

Do = Literal["accept", "note", "ask", "answer", "return", "transfer", "resolve", "done"]
Outcome = Literal["solved", "partly", "refused", "advised"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
LIVE = ("open", "accepted", "asked")
LONGEST_TEXT = 3000


class CaseUnknownError(LookupError):
    """There is no such case for this officer."""


class WorkRefusedError(Exception):
    """The action cannot be done now. `key` names the sentence that says why (`messages/vi/console.yml`)."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class Done(msgspec.Struct, frozen=True):
    """`told`: how many of the consumer's accounts got a message; None where none was to be sent."""

    told: int | None = None


class _Case(msgspec.Struct, frozen=True):
    """One action and all that it works with."""

    uow: UnitOfWork
    registry: Registry
    officer: Acting
    now: dt.datetime
    held: Held
    text: str
    outcome: str
    target: Target | None

    async def record(self, action: Action, note: str | None = None) -> None:
        await record(
            self.uow,
            self.registry.vault,
            complaint_id=self.held.complaint.id,
            actor="officer",
            action=action,
            at=self.now,
            officer_id=self.officer.id,
            province=self.held.handoff.province,
            agency=self.held.handoff.agency,
            note=note,
        )

    async def set_complaint(self, **values: object) -> None:
        row = complaints.c.id == self.held.complaint.id
        await self.uow.execute(update(complaints).where(row).values(updated_at=self.now, **values))

    async def set_handoff(self, **values: object) -> None:
        row = handoffs.c.id == self.held.handoff.id
        await self.uow.execute(update(handoffs).where(row).values(updated_at=self.now, **values))

    def agency(self, language: Language) -> str:
        return name_of(self.registry.catalog, self.held.handoff, language)

    async def tell(
        self, key: str, choices: Callable[[Language], tuple[OutgoingChoice, ...]] | None = None
    ) -> int:
        """To every account that follows the case, each in its language; `key` is one of `cases.yml`."""
        catalog = self.registry.catalog

        def write(language: Language) -> tuple[str, tuple[OutgoingChoice, ...]]:
            outcome = catalog.say(language, f"cases.outcome_{self.outcome}") if self.outcome else ""
            text = catalog.say(
                language,
                key,
                agency=self.agency(language),
                code=self.held.complaint.code,
                text=self.text,
                outcome=outcome,
            )
            if choices is None:
                return text, ()
            return f"{text}\n\n{catalog.say(language, 'cases.helped_ask')}", choices(language)

        return await outreach.tell(
            self.uow,
            self.registry,
            complaint_id=self.held.complaint.id,
            write=write,
            sender=self.agency("vi"),
            now=self.now,
        )


async def act(
    uow: UnitOfWork,
    registry: Registry,
    officer: Acting,
    code: str,
    *,
    do: Do,
    text: str = "",
    now: dt.datetime,
    outcome: str = "solved",
    target: Target | None = None,
    version: int | None = None,
) -> Done:
    """Does one thing on a case. `version` is what the officer's page showed (`version_of`); without it
    whatever is there now counts. A transfer without `target` goes where `text` says in its first word, such
    as `cong_an_tinh: ...`, or to the focal agency. Raises CaseUnknownError, WorkRefusedError."""
    held = await access_case(uow, officer, code, lock=True)
    if held is None:
        raise CaseUnknownError(code)
    if version is not None and version != await version_of(uow, held):
        raise WorkRefusedError("console.stale")
    text = text.strip()
    if do not in {"accept", "done"} and not text:
        raise WorkRefusedError("console.text_missing")
    if len(text) > LONGEST_TEXT:
        raise WorkRefusedError("console.text_long", most=LONGEST_TEXT)
    if do not in possible(registry, officer, held):
        raise WorkRefusedError(_why_not(do, held))
    case = _Case(uow, registry, officer, now, held, text, outcome if do == "resolve" else "", target)
    done = await _STEPS[do](case)
    await _announce(case)
    return done


def possible(registry: Registry, officer: Acting, held: Held) -> frozenset[Do]:
    """What can be done with the case now, by this officer."""
    state, handoff = held.complaint.state, held.handoff
    if handoff.state in GONE:
        return frozenset()
    can: set[Do] = {"note"}
    live = state in LIVE
    if live and (
        handoff.state == "new" or (handoff.state == "accepted" and handoff.officer_id != officer.id)
    ):
        can.add("accept")
    if held.leads:
        can |= {"ask", "transfer", "resolve"} if live else set()
        can |= {"answer"} if state != "withdrawn" else set()
        if live and Target(handoff.province, handoff.agency, handoff.unit) != focal(
            registry.catalog, handoff.province
        ):
            can.add("return")
    elif handoff.state in ("new", "accepted"):
        can.add("done")
    return frozenset(can)


def _why_not(do: Do, held: Held) -> str:
    if held.handoff.state in GONE:
        return "console.passed_on"
    if held.complaint.state not in LIVE:
        return "console.ended"
    if do == "accept":
        return "console.accepted_already"
    if do == "done":
        return "console.done_already"
    return "console.focal_itself" if held.leads else "console.lead_only"


async def version_of(uow: UnitOfWork, held: Held) -> int:
    """Grows with everything that an officer of this agency should know before acting.

    Notes, looks, marks of a wrong matter, letters that do not get through, agencies that the product itself
    brought in, and what coordinating agencies do with their own part do not count.
    """
    counts = or_(
        history.c.actor != "officer",
        (history.c.province == held.handoff.province) & (history.c.agency == held.handoff.agency),
        history.c.action.in_(("returned", "transferred", "resolved")),
    )
    aside = history.c.action.in_(("opened", "noted", "mistaken", "stuck", "escalated", "covered"))
    query = select(func.coalesce(func.max(history.c.id), 0)).where(
        history.c.complaint_id == held.complaint.id, counts, ~aside
    )
    return int((await uow.execute(query)).scalar_one())


async def _accept(case: _Case) -> Done:
    """Takes the case, or takes it over from a colleague. The consumer hears of it once."""
    first = case.held.handoff.state == "new" and case.held.leads
    await _take(case)
    if not first:
        return Done()
    return Done(await case.tell("cases.accepted"))


async def _take(case: _Case) -> None:
    await case.set_handoff(state="accepted", officer_id=case.officer.id)
    if case.held.leads and case.held.complaint.state == "open":
        await case.set_complaint(state="accepted")
    await case.record("accepted")


async def _take_if_new(case: _Case) -> None:
    """Whoever answers a new case has taken it."""
    if case.held.handoff.state == "new":
        await _take(case)


async def _note(case: _Case) -> Done:
    await case.record("noted", case.text)
    return Done()


async def _ask(case: _Case) -> Done:
    await _take_if_new(case)
    stands = deadlines.paused(case.held.complaint, case.now)
    await case.set_complaint(state="asked", slots_sealed=_with_answer(case), **stands)
    await case.record("asked", case.text)
    return Done(await case.tell("cases.officer_asks"))


async def _answer(case: _Case) -> Done:
    await _take_if_new(case)
    await case.set_complaint(slots_sealed=_with_answer(case))
    await case.record("answered", case.text)
    return Done(await case.tell("cases.officer_answers"))


def _with_answer(case: _Case) -> bytes:
    vault = case.registry.vault
    details = vault.open(case.held.complaint.slots_sealed, Details)
    return vault.seal(msgspec.structs.replace(details, answer=case.text))


async def _resolve(case: _Case) -> Done:
    if case.outcome not in OUTCOMES:
        raise WorkRefusedError("console.outcome_missing")
    await _take_if_new(case)
    await case.set_handoff(state="done")
    await case.set_complaint(
        state="resolved",
        outcome=case.outcome,
        resolved_at=case.now,
        slots_sealed=_with_answer(case),
        **deadlines.going_on(case.registry.settings, case.held.complaint, case.now),
    )
    await case.record("resolved", case.text)
    catalog, code = case.registry.catalog, case.held.complaint.code

    def helped(language: Language) -> tuple[OutgoingChoice, ...]:
        answers = ("yes", "no")
        return tuple(
            OutgoingChoice(catalog.say(language, f"cases.helped_{a}"), f"helped:{code}:{a}") for a in answers
        )

    return Done(await case.tell("cases.resolved", helped))


async def _done(case: _Case) -> Done:
    """A coordinating agency has done its part; the case goes on with its lead."""
    await case.set_handoff(state="done", officer_id=case.officer.id)
    await case.record("done", case.text or None)
    return Done()


async def _return(case: _Case) -> Done:
    return await _pass_on(case, focal(case.registry.catalog, case.held.handoff.province), "returned")


async def _transfer(case: _Case) -> Done:
    province = case.held.handoff.province
    catalog = case.registry.catalog
    target = case.target or in_text(catalog, province, case.text) or focal(catalog, province)
    return await _pass_on(case, target, "transferred")


async def _pass_on(case: _Case, target: Target, how: Literal["returned", "transferred"]) -> Done:
    complaint, own = case.held.complaint, case.held.handoff
    catalog, vault = case.registry.catalog, case.registry.vault
    who = place(catalog, target, complaint.topic)
    if who is None:
        raise WorkRefusedError("console.target_unknown")
    if target == Target(own.province, own.agency, own.commune or own.unit):
        raise WorkRefusedError("console.target_same")
    details = vault.open(complaint.slots_sealed, Details)
    if who.agency in accused_agencies(catalog, who.province, complaint.topic, details):
        raise WorkRefusedError("console.target_accused")
    await case.record(how, case.text)  # first, so that its own system hears of it too
    await case.set_handoff(state=how, reason_sealed=vault.seal(case.text), officer_id=case.officer.id)
    goes_on = deadlines.going_on(case.registry.settings, case.held.complaint, case.now)
    await case.set_complaint(state="open", **goes_on)
    told = await hand_over(
        case.uow, case.registry, complaint, who, reason=case.text, sender=case.agency("vi"), now=case.now
    )
    return Done(told)


async def _announce(case: _Case) -> None:
    """Open pages of all agencies of the case look again."""
    query = select(handoffs.c.province, handoffs.c.agency).where(
        handoffs.c.complaint_id == case.held.complaint.id
    )
    for row in (await case.uow.execute(query.distinct())).all():
        await case.uow.notify(CONSOLE, f"{row.province}/{row.agency}")


_STEPS: dict[Do, Callable[[_Case], Awaitable[Done]]] = {
    "accept": _accept,
    "note": _note,
    "ask": _ask,
    "answer": _answer,
    "return": _return,
    "transfer": _transfer,
    "resolve": _resolve,
    "done": _done,
}
