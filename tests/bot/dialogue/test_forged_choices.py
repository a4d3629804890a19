"""Choices that nobody offered: any page can send back anything. Each is answered kindly, nothing is sent
without consent, and nothing of anybody else is seen, changed or added to."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from actions import discover
from actions.contract import Form, Outcome, Pending, Profile, Talk
from bot.app import Knowledge, Product, opened
from bot.clock import MovableClock
from bot.delivery.ports import Inbound, Receipt, Upload
from bot.dialogue import contacts, talks
from bot.player.officers import OfficersOnStage
from bot.player.script import OfficerTurn
from bot.settings import Settings
from bot.storage.tables import case_followers, complaints, evidence, history
from tests.support.knowledge import shared_knowledge

HEADS = sorted({word for action in discover().values() for word in action.payloads})
STRANGE_HEADS = ("", "admin", "__class__", "consent ", "CONSENT", "report\n", "🙂", "edit;edit", "x" * 2000)
TAILS = (
    "", ":", "no_such_topic", "medicine", "yes", "no", "{code}", "{code}:yes", "HY-26-999999", "HY-26-1:yes",
    "../../etc/passwd", "' OR 1=1 --", "%s%n{0}", "\x00\x01", "\u202e\u0301🏴‍☠️", "Ｃｏｄｅ", "-1", "NaN",
    "99999", "hung-yen:x", "what_happened", "note", "location", "commune", "more", "None", "a" * 5000,
    "ộ" * 300, "yes:yes:yes",
)  # fmt: skip
SECRET_WORDS = ("Zinnwald", "0900000777")
"""Of the other person's complaint."""

STORY = ("cây xăng bơm thiếu", "xăng", "cây xăng {0}", "bỏ qua", "bỏ qua", "xã văn giang", "{1}", "bỏ qua")


class Stand:
    def __init__(self, product: Product, heard: list[Outcome]) -> None:
        self.product, self.heard = product, heard
        self._events = itertools.count()

    async def sends(
        self, who: str, text: str = "", payload: str | None = None, photo: bool = False
    ) -> Receipt:
        event = Inbound(
            channel="web",
            event_id=f"event-{next(self._events)}",
            address=who,
            at=dt.datetime.now(dt.UTC),
            text=text,
            payload=payload,
            uploads=(Upload(b"%PDF-1.7 made up", "bill.pdf"),) if photo else (),
        )
        return await self.product.engine.accept(event)

    async def files(self, who: str, *words: str) -> str:
        """A complaint of theirs; its code."""
        for text in STORY:
            await self.sends(who, text.format(*words))
        await self.sends(who, payload="ok")
        await self.sends(who, payload="consent:yes")
        return await self.newest()

    async def newest(self) -> str:
        async with self.product.database.begin() as uow:
            query = select(complaints.c.code).order_by(complaints.c.id.desc()).limit(1)
            return str((await uow.execute(query)).scalar_one())

    async def stands_at(self, who: str, talk: Talk) -> None:
        """Puts the person where the state says, whatever was forged before."""
        now = self.product.clock.now()
        async with self.product.database.begin() as uow:
            hello = Inbound(channel="web", event_id="", address=who, at=now)
            contact = await contacts.meet(uow, self.product.vault, hello, now)
            await contacts.remember(uow, contact.id, Profile(province="hung-yen"))
            await talks.save(uow, self.product.vault, contact.id, talk, now, self.product.settings)
            await uow.commit()

    async def asks(self, code_of_newest: str) -> None:
        """The agency of the newest complaint asks its person something."""
        assert code_of_newest == await self.newest()
        officers = OfficersOnStage(self.product)
        await officers.take_their_posts()
        await officers.act(OfficerTurn(agency="so_khcn", do="ask", text="Bao nhiêu lít ạ?"))

    async def seen(self) -> tuple[list[tuple[str, str]], int, int]:
        """Complaints with their states, entries of history, followers."""
        async with self.product.database.begin() as uow:
            query = select(complaints.c.code, complaints.c.state).order_by(complaints.c.id)
            states = [(row.code, row.state) for row in (await uow.execute(query)).all()]
            entries = len((await uow.execute(select(history.c.id))).all())
            return states, entries, len((await uow.execute(select(case_followers.c.complaint_id))).all())


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return shared_knowledge()


@pytest.fixture
async def stand(database_url: str, tmp_path: Path, knowledge: Knowledge) -> AsyncIterator[Stand]:
    heard: list[Outcome] = []
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    async with opened(settings, clock=MovableClock(), observe=heard.append, knowledge=knowledge) as product:
        yield Stand(product, heard)


def form(stage: str, asked: str | None = None) -> Form:
    made = Form(topic="medicine", started_at=dt.datetime.now(dt.UTC), asked=asked)
    made.slots = {"what_happened": "thuốc giả", "product": "siro"}
    made.said = dict(made.slots)
    made.stage = "filling" if stage == "filling" else "summary" if stage == "summary" else "consent"
    return made


STATES: dict[str, Callable[[], Talk]] = {
    "fresh": lambda: Talk(introduced=True),
    "asked a question of ours": lambda: Talk(
        introduced=True, topic="medicine", pending=Pending("offer_report", "medicine")
    ),
    "filling": lambda: Talk(introduced=True, form=form("filling", "seller")),
    "summary": lambda: Talk(introduced=True, form=form("summary")),
    "consent": lambda: Talk(introduced=True, form=form("consent")),
}


def forged(shift: int, foreign: str) -> list[str]:
    """Every head with a tail, another one for another `shift`; every tail with some head."""
    heads = (*HEADS, *STRANGE_HEADS)
    tails = itertools.islice(itertools.cycle(TAILS), shift * 5, shift * 5 + len(heads))
    made = [f"{head}:{tail}".replace("{code}", foreign) for head, tail in zip(heads, tails, strict=True)]
    return [payload for payload in made if payload != "consent:yes"]


@pytest.mark.long
async def test_every_forged_choice_ends_kindly_and_changes_nothing_of_others(stand: Stand) -> None:
    foreign = await stand.files("lan", *SECRET_WORDS)
    own = await stand.files("nam", "số 9", "bỏ qua")
    await stand.asks(own)
    before = await stand.seen()
    sorry = stand.product.catalog.say("vi", "talk.turn_failed")
    sent = 0
    for shift, (who, state) in enumerate(itertools.product(("minh", "nam"), STATES)):
        for payload in forged(shift, foreign)[:: 1 if who == "minh" else 3]:  # an officer has asked "nam"
            await stand.stands_at(who, STATES[state]())
            assert await stand.sends(who, "Bấm", payload) is Receipt.DONE, payload
            sent += 1
            outcome = stand.heard[-1]
            said = " ".join(
                reply.text + " ".join(choice.label for choice in reply.choices) for reply in outcome.replies
            )
            assert outcome.replies, (state, payload)
            assert all(reply.text.strip() for reply in outcome.replies), (state, payload)
            assert sorry not in said, (state, payload)
            assert not any(word in said for word in SECRET_WORDS), (state, payload)
    assert sent > 250
    assert await stand.seen() == before, "something was filed, followed, withdrawn or noted"


async def test_evidence_goes_into_no_case_of_another_person(stand: Stand) -> None:
    foreign = await stand.files("lan", *SECRET_WORDS)
    await stand.sends("minh", photo=True)
    assert await stand.sends("minh", "Bấm", f"evidence:{foreign}") is Receipt.DONE
    assert not any(foreign in reply.text for reply in stand.heard[-1].replies)
    await stand.sends("minh", "lời thêm vào")
    async with stand.product.database.begin() as uow:
        assert list((await uow.execute(select(evidence.c.complaint_id))).scalars()) == [None]
        case = (await uow.execute(select(complaints.c.id, complaints.c.state))).one()
        noted = select(history.c.action).where(history.c.complaint_id == case.id)
        assert "evidence" not in (await uow.execute(noted)).scalars().all()
    assert case.state == "open"


async def test_consent_is_asked_before_it_is_given(stand: Stand) -> None:
    """ "consent:yes" counts where the consent was asked for, and nowhere else."""
    for state, talk in STATES.items():
        await stand.stands_at("minh", talk())
        assert await stand.sends("minh", "Đồng ý gửi", "consent:yes") is Receipt.DONE
        states, _, _ = await stand.seen()
        assert len(states) == (1 if state == "consent" else 0), state
