"""Every day's messages add up, and alarms are for what a person would notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import pytest
from sqlalchemy import insert

from bot.dialogue.events import Became
from bot.health import identity
from bot.health.alarms import Pulse, alarms
from bot.health.canary import Came
from bot.health.identity import Day
from bot.spool.store import Figures
from bot.storage.database import Database
from bot.storage.tables import dead_letters, inbound_events

NOW = dt.datetime(2026, 11, 21, 18, 30, tzinfo=dt.UTC)
"""Half past one at night in Viet Nam: the 22nd."""
TODAY, YESTERDAY = dt.date(2026, 11, 22), dt.date(2026, 11, 21)
QUIET = Pulse(NOW, [Day(TODAY, "zalo", 1000, 995, 0, 0)], None, None, Figures(0, None, 0), 0, [])


def event(number: int, became: str, *, hours_ago: float = 0.5, channel: str = "zalo") -> dict[str, object]:
    at = NOW - dt.timedelta(hours=hours_ago)
    return {"channel": channel, "event_id": str(number), "received_at": at, "became": became}


def letter(number: int, **ended: dt.datetime) -> dict[str, object]:
    kept = {"event_sealed": b"-", "error": "ValueError", "at": NOW}
    return {
        "channel": "zalo",
        "event_id": str(number),
        **kept,
        "replayed_at": None,
        "set_aside_at": None,
    } | ended


async def told(
    url: str, events: Sequence[dict[str, object]], letters: Sequence[dict[str, object]]
) -> list[Day]:
    database = Database(url)
    try:
        async with database.begin() as uow:
            await uow.execute(insert(inbound_events), events)
            if letters:
                await uow.execute(insert(dead_letters), letters)
            return await identity.days(uow, NOW, back=2)
    finally:
        await database.close()


async def test_each_message_is_counted_once_where_it_ended(database_url: str) -> None:
    events = [event(1, Became.ANSWERED), event(2, Became.ANSWERED), event(3, Became.HANDED_OFF)]
    events += [event(4, Became.NOTICE), event(5, Became.SILENT)]
    events += [event(6, Became.DEAD), event(7, Became.DEAD), event(8, Became.DEAD)]
    found = await told(database_url, events, [letter(6), letter(7, set_aside_at=NOW)])
    assert found == [Day(TODAY, "zalo", came_in=7, answered=2, handed_off=1, waiting=1)]
    assert found[0].lost == 3
    assert identity.share(found) == pytest.approx(3 / 7)


async def test_days_begin_at_midnight_in_viet_nam_and_channels_stand_apart(database_url: str) -> None:
    events = [event(1, Became.ANSWERED), event(2, Became.ANSWERED, hours_ago=2)]
    events += [event(3, Became.ANSWERED, channel="web"), event(4, Became.ANSWERED, hours_ago=40)]
    found = await told(database_url, events, [])
    assert [(day.day, day.channel, day.came_in) for day in found] == [
        (TODAY, "web", 1),
        (TODAY, "zalo", 1),
        (YESTERDAY, "zalo", 1),
    ]


def test_no_message_is_no_failure() -> None:
    assert identity.share([]) == 1.0


@pytest.mark.parametrize(
    ("change", "raised"),
    [
        ({}, set()),
        ({"days": [Day(TODAY, "zalo", 1000, 994, 0, 6)]}, {"messages_not_answered"}),
        ({"oldest_answer": NOW - dt.timedelta(seconds=119)}, set()),
        ({"oldest_answer": NOW - dt.timedelta(seconds=121)}, {"answers_late"}),
        ({"oldest_letter": NOW - dt.timedelta(minutes=59)}, set()),
        ({"oldest_letter": NOW - dt.timedelta(minutes=61)}, {"letters_wait"}),
        ({"spooled": Figures(10_000, NOW - dt.timedelta(minutes=4), 0)}, set()),
        ({"spooled": Figures(1, NOW - dt.timedelta(minutes=6), 0)}, {"events_wait_on_disk"}),
        ({"canaries": [Came("zalo", NOW, None, "late", 1)]}, set()),
        ({"canaries": [Came("zalo", NOW, None, "late", 2)]}, {"canary_lost"}),
        ({"nobodys_complaints": 1}, {"nobodys_complaint"}),
    ],
)
def test_an_alarm_is_for_what_a_person_would_notice(change: dict[str, object], raised: set[str]) -> None:
    found = alarms(msgspec.structs.replace(QUIET, **change))
    assert {name for name, up in found.items() if up} == raised
