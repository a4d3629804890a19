"""The trader's leg: its steps and their time limits (Law 19/2023, Art. 57), and what officers may enter."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.cases import figures, morning, queue, trader, trader_work
from bot.cases.access import access_case
from bot.cases.daysoff import calendar_of
from bot.cases.trader import Leg, NotPossibleError, Step
from bot.cases.watch import Watch
from bot.cases.work import WorkRefusedError
from bot.clock import VIETNAM
from bot.officers.accounts import Officer
from bot.settings import Settings
from bot.storage.tables import complaints, reminders
from tests.bot.cases.desk import CATALOG, Desk

CALENDAR = calendar_of(Settings(), "hung-yen")
SHOPPING = "online_shopping"


def local(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def day(leg: Leg) -> str | None:
    return leg.due_at.astimezone(VIETNAM).date().isoformat() if leg.due_at else None


def test_each_step_has_the_law_s_time() -> None:
    """Seven working days to forward, seven to negotiate, five to report; over Tết here."""
    leg = trader.begin(local("2026-02-06T10:00"), CALENDAR)
    assert (leg.state, leg.article, day(leg)) == ("waiting", "57(4)", "2026-02-24")
    leg = trader.take(leg, "forward", local("2026-02-12T10:00"), CALENDAR)
    assert (leg.state, leg.article, day(leg)) == ("forwarded", "57(5)", "2026-03-02")
    leg = trader.take(leg, "negotiate", local("2026-02-27T10:00"), CALENDAR)
    assert (leg.state, leg.article, day(leg)) == ("negotiated", "57(5)", "2026-03-06")
    leg = trader.take(leg, "report", local("2026-03-03T10:00"), CALENDAR)
    assert (leg.state, leg.article, leg.due_at, leg.over) == ("reported", None, None, True)


def test_a_trader_is_silent_only_when_its_time_is_over() -> None:
    leg = Leg("forwarded", local("2026-03-02T23:59:59"))
    assert "silence" not in trader.possible(leg, local("2026-03-02T23:00"))
    assert "silence" in trader.possible(leg, local("2026-03-03T00:00"))
    with pytest.raises(NotPossibleError):
        trader.take(leg, "silence", local("2026-03-02T23:00"), CALENDAR)


@given(st.lists(st.tuples(st.sampled_from(trader.STEPS), st.integers(0, 12)), max_size=12))
def test_whatever_is_entered_the_leg_goes_forward(entered: list[tuple[Step, int]]) -> None:
    """A leg that runs has a time limit, one that is over has none and takes no step; no state comes twice."""
    now = local("2026-03-02T10:00")
    leg = trader.begin(now, CALENDAR)
    states = [leg.state]
    for step, days in entered:
        now += dt.timedelta(days=days)
        if step not in trader.possible(leg, now):
            with pytest.raises(NotPossibleError):
                trader.take(leg, step, now, CALENDAR)
            continue
        leg = trader.take(leg, step, now, CALENDAR)
        states.append(leg.state)
        assert (leg.due_at is None) is leg.over
        assert leg.due_at is None or leg.due_at > now
    assert len(states) == len(set(states))


# --- on record ----------------------------------------------------------------------------------------------


async def filed(desk: Desk, **changes: Any) -> tuple[Officer, str]:
    desk.clock.move(local("2026-03-02T09:00") - desk.clock.now())
    officer = await desk.officer("so_cong_thuong")
    return officer, (await desk.file(topic=SHOPPING, **changes)).case.code


async def enter(desk: Desk, officer: Officer, code: str, step: Step, **more: Any) -> Leg:
    async with desk.transaction() as uow:
        return await trader_work.enter(uow, desk.registry, officer, code, step, now=desk.clock.now(), **more)


async def leg_of(desk: Desk, code: str) -> Leg | None:
    async with desk.database.begin() as uow:
        return await trader_work.leg_of(uow, desk.registry, await desk.complaint(code))


async def test_what_officers_enter_is_kept_with_its_note(desk: Desk) -> None:
    officer, code = await filed(desk)
    begun = await leg_of(desk, code)
    assert begun
    assert begun.due_at == (await desk.complaint(code)).due_at
    desk.clock.move(dt.timedelta(days=3))
    await enter(desk, officer, code, "forward", note="Công văn số 12")
    assert await leg_of(desk, code) == Leg("forwarded", local("2026-03-16T23:59:59"))
    await enter(desk, officer, code, "refuse", note="Nói không bán hàng này")
    assert await leg_of(desk, code) == Leg("refused", None)
    assert (await desk.history(code))[1:] == [
        ("forward", "Công văn số 12"),
        ("refuse", "Nói không bán hàng này"),
    ]


async def test_a_step_may_be_entered_days_later_with_its_own_day(desk: Desk) -> None:
    officer, code = await filed(desk)
    desk.clock.move(dt.timedelta(days=3))
    leg = await enter(desk, officer, code, "forward", on=dt.date(2026, 3, 3))
    assert leg.due_at == local("2026-03-12T23:59:59")


async def test_the_case_is_due_when_its_leg_is_and_after_it_by_the_province_s_target(desk: Desk) -> None:
    officer, code = await filed(desk)
    desk.clock.move(dt.timedelta(days=3))
    leg = await enter(desk, officer, code, "forward")
    case = await desk.complaint(code)
    assert (case.due_at, case.by_law) == (leg.due_at, True)
    await enter(desk, officer, code, "refuse")
    case = await desk.complaint(code)
    assert (case.due_at, case.by_law) == (local("2026-03-19T23:59:59"), False)


async def overdue(desk: Desk, officer: Officer) -> dict[str, Any]:
    """What is called late, everywhere where it is said, after a look of the worker."""
    done = await Watch(desk.database, desk.registry, desk.clock, seconds=600).look()
    async with desk.database.begin() as uow:
        shown = await queue.page(uow, desk.vault, officer, tab=queue.Tab.LATE, now=desk.clock.now())
        listed = await morning.of_officer(uow, CATALOG, officer, desk.clock.now())
        loads = await figures.loads(uow, desk.clock.now())
    return {
        "reminded": done["late"],
        "tab": shown.counts[queue.Tab.LATE],
        "listed": len(listed.matters["late"]),
        "figures": sum(load.late for load in loads),
    }


async def test_who_forwarded_in_time_is_late_with_nothing_when_the_seven_days_are_over(desk: Desk) -> None:
    """Filed on Monday the 2nd: the time to forward ends on the 11th, the trader's on the 13th."""
    officer, code = await filed(desk)
    forgotten = (await desk.file(topic=SHOPPING)).case.code
    desk.clock.move(dt.timedelta(days=2))
    await enter(desk, officer, code, "forward")
    nothing = dict.fromkeys(("reminded", "tab", "listed", "figures"), 0)
    for day_, expected in (
        (11, nothing),
        (12, dict.fromkeys(nothing, 1)),
        (13, {**dict.fromkeys(nothing, 1), "reminded": 0}),
    ):
        desk.clock.move(local(f"2026-03-{day_}T23:30") - desk.clock.now())
        assert await overdue(desk, officer) == expected, day_
    async with desk.transaction() as uow:
        kinds = select(complaints.c.code).join(reminders).where(reminders.c.kind == "late")
        assert list((await uow.execute(kinds)).scalars()) == [forgotten]
    desk.clock.move(dt.timedelta(hours=1))
    assert (await overdue(desk, officer))["tab"] == 2


@pytest.mark.parametrize("on", ["2026-03-01", "2026-03-06"], ids=["before the filing", "tomorrow"])
async def test_a_step_cannot_lie_before_the_filing_or_ahead(desk: Desk, on: str) -> None:
    officer, code = await filed(desk)
    desk.clock.move(dt.timedelta(days=3))
    with pytest.raises(WorkRefusedError) as refused:
        await enter(desk, officer, code, "forward", on=dt.date.fromisoformat(on))
    assert refused.value.key == "trader.day_wrong"


async def test_only_the_lead_of_an_open_case_enters_steps(desk: Desk) -> None:
    officer, code = await filed(desk, commune="05443")
    beside = await desk.officer("ubnd_xa", "xa", commune="05443")
    async with desk.database.begin() as uow:
        held = await access_case(uow, beside, code)
        assert held
        assert trader_work.possible(held, await leg_of(desk, code), desk.clock.now()) == ()
    with pytest.raises(WorkRefusedError):
        await enter(desk, beside, code, "forward")
    await desk.act(officer, code, "resolve", "Xong")
    with pytest.raises(WorkRefusedError):
        await enter(desk, officer, code, "forward")


@pytest.mark.parametrize("changes", [{"topic": "medicine"}, {"topic": SHOPPING, "kind": "request"}])
async def test_what_is_no_matter_for_negotiation_has_no_leg(desk: Desk, changes: dict[str, Any]) -> None:
    code = (await desk.file(**changes)).case.code
    assert await leg_of(desk, code) is None


def test_the_topics_that_the_law_s_negotiation_fits_are_those_of_the_content() -> None:
    assert CATALOG.topics[SHOPPING].negotiation
    assert not CATALOG.topics["bank_fraud"].negotiation
