"""The daily identity (P22): each message that came in was answered, went to a person, or waits. Nothing else
may have become of it."""

from __future__ import annotations

import datetime as dt

import msgspec
from sqlalchemy import Date, and_, case, cast, func, select

from bot.clock import VIETNAM
from bot.dialogue.events import Became
from bot.storage.database import UnitOfWork
from bot.storage.tables import dead_letters, inbound_events

_LETTER = and_(
    dead_letters.c.channel == inbound_events.c.channel,
    dead_letters.c.event_id == inbound_events.c.event_id,
    dead_letters.c.replayed_at.is_(None),
    dead_letters.c.set_aside_at.is_(None),
)


class Day(msgspec.Struct, frozen=True):
    """Messages of one channel on one day in Viet Nam; who left or came back does not count as one."""

    day: dt.date
    channel: str
    came_in: int
    answered: int
    handed_off: int
    """Answered, and passed to an agency's officers too."""
    waiting: int
    """Their turn failed, and an administrator can replay them."""

    @property
    def lost(self) -> int:
        """Their turn failed and nobody will replay them, or it said nothing."""
        return self.came_in - self.answered - self.handed_off - self.waiting


async def days(uow: UnitOfWork, now: dt.datetime, back: int = 7) -> list[Day]:
    """Of the last `back` days, today among them; newest first. Events are remembered for 30 days."""
    first = now.astimezone(VIETNAM).date() - dt.timedelta(days=back - 1)
    became = inbound_events.c.became
    ends = (
        select(
            cast(func.timezone(VIETNAM.key, inbound_events.c.received_at), Date).label("day"),
            inbound_events.c.channel,
            case((dead_letters.c.id.is_not(None), "waiting"), else_=became).label("end"),
        )
        .join(dead_letters, _LETTER, isouter=True)
        .where(
            inbound_events.c.received_at >= dt.datetime.combine(first, dt.time(), VIETNAM),
            became.not_in((Became.NOTICE, Became.CANARY)),
        )
        .subquery()
    )
    told = (Became.ANSWERED, Became.HANDED_OFF, "waiting")
    counts = (func.count().filter(ends.c.end == end).label(str(end)) for end in told)
    query = (
        select(ends.c.day, ends.c.channel, func.count().label("came_in"), *counts)
        .group_by(ends.c.day, ends.c.channel)
        .order_by(ends.c.day.desc(), ends.c.channel)
    )
    return [Day(**row._mapping) for row in (await uow.execute(query)).all()]


def share(of: list[Day]) -> float:
    """Answered or with a person; the promise is 0.995. 1 where nothing came in."""
    came = sum(day.came_in for day in of)
    return sum(day.answered + day.handed_off for day in of) / came if came else 1.0
