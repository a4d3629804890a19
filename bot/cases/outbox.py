"""What became of the messages to a case's consumer, on each of their accounts, as officers read it."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, select

from bot.cases.retention import NEVER_BACK, NOT_SENT
from bot.delivery.ledger import UNREADABLE
from bot.storage.database import UnitOfWork
from bot.storage.tables import case_followers, contacts, deliveries

Became = Literal["sent", "sending", "waiting", "uncertain", "failed"]
"""`waiting`: it goes when the person next writes on that account."""

Why = Literal["left", "never_back", "too_late", "unreadable", "refused", "broken"]

_REASONS: dict[str, Why] = {NEVER_BACK: "never_back", NOT_SENT: "too_late", UNREADABLE: "unreadable"}
_WORST: tuple[Became, ...] = ("failed", "waiting", "sending", "uncertain", "sent")
"""A message in several pieces is shown as the worst of them."""


class Account(msgspec.Struct, frozen=True):
    """One of the accounts on which the consumer follows the case; never its address."""

    channel: str
    number: int | None
    """1, 2 ... where there are several on the same channel."""
    stopped: bool
    """The person blocked us or left: nothing is sent there."""
    waiting: int
    """Messages that go when the person next writes there."""


class Sent(msgspec.Struct, frozen=True):
    """What became of a message on one account."""

    account: Account
    state: Became
    reason: Why | None = None


class Outbox:
    def __init__(self, followers: Sequence[Row[Any]], rows: Sequence[Row[Any]]) -> None:
        self._rows: dict[tuple[int, dt.datetime], list[Row[Any]]] = defaultdict(list)
        for row in rows:
            self._rows[row.contact_id, row.created_at].append(row)
        self._accounts = {each.id: self._account(each, followers) for each in followers}
        counts = Counter(_state(row) for row in rows)
        self.mark = ".".join(f"{state}{counts[state]}" for state in _WORST)

    @property
    def accounts(self) -> tuple[Account, ...]:
        return tuple(self._accounts.values())

    def sent(self, contact_id: int | None, at: dt.datetime) -> tuple[Sent, ...]:
        """Nothing where it is not known any more, or the account follows the case no longer."""
        account = self._accounts.get(contact_id) if contact_id is not None else None
        rows = self._rows.get((contact_id, at), []) if contact_id is not None else []
        if account is None or not rows:
            return ()
        worst = min(rows, key=lambda row: _WORST.index(_state(row)))
        state = _state(worst)
        return (Sent(account, state, _why(worst, account) if state == "failed" else None),)

    def _account(self, contact: Row[Any], followers: Sequence[Row[Any]]) -> Account:
        same = [each.id for each in followers if each.channel == contact.channel]
        waiting = {at for (id_, at), rows in self._rows.items() if id_ == contact.id and _any_waits(rows)}
        number = same.index(contact.id) + 1 if len(same) > 1 else None
        return Account(contact.channel, number, contact.stopped, len(waiting))


async def outbox_of(uow: UnitOfWork, complaint_id: int) -> Outbox:
    followers = (
        select(contacts.c.id, contacts.c.channel, contacts.c.stopped)
        .join(case_followers, case_followers.c.contact_id == contacts.c.id)
        .where(case_followers.c.complaint_id == complaint_id)
        .order_by(case_followers.c.since, contacts.c.id)
    )
    rows = select(
        deliveries.c.contact_id,
        deliveries.c.created_at,
        deliveries.c.state,
        deliveries.c.held,
        deliveries.c.reason,
    ).where(deliveries.c.complaint_id == complaint_id, deliveries.c.contact_id.is_not(None))
    return Outbox((await uow.execute(followers)).all(), (await uow.execute(rows)).all())


def _any_waits(rows: Sequence[Row[Any]]) -> bool:
    return any(_state(row) == "waiting" for row in rows)


def _state(row: Row[Any]) -> Became:
    if row.state == "queued":
        return "waiting" if row.held else "sending"
    if row.state in ("sent", "uncertain"):
        return "sent" if row.state == "sent" else "uncertain"
    return "failed"


def _why(row: Row[Any], account: Account) -> Why:
    """The ledger's reasons are for operators and name codes of the platform."""
    if row.state == "stopped" or (row.state == "refused" and account.stopped):
        return "left"
    return _REASONS.get(row.reason, "refused" if row.state == "refused" else "broken")
