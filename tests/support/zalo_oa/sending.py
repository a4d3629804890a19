"""Sending, with every rule of who may be written to, when, how often, and at whose cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from bot.clock import VIETNAM, Clock
from tests.support.zalo_oa.account import (
    BUSINESS,
    JSON,
    STATE_AGENCY,
    Account,
    MessageIds,
    People,
    Person,
    Sent,
    answer,
    milliseconds,
)
from tests.support.zalo_oa.errors import Refused
from tests.support.zalo_oa.shape import Shape, Shapes

FREE = dt.timedelta(hours=48)
OPEN = dt.timedelta(days=7)
PRICE = 55  # VND for a message after the free 48 hours
ANONYMOUS_KINDS = ("text", "image", "file", "sticker")
NIGHT_BEGINS, NIGHT_ENDS = 22, 6

Sink = Callable[[Person, Sent, Shape], Awaitable[None]]


class Sending:
    """`deliver` puts an accepted message on the phone and tells the webhook about it."""

    def __init__(
        self, account: Account, people: People, ids: MessageIds, clock: Clock, shapes: Shapes, deliver: Sink
    ) -> None:
        self._account = account
        self._people = people
        self._ids = ids
        self._clock = clock
        self._shapes = shapes
        self._deliver = deliver

    async def v3(self, body: JSON) -> JSON:
        """POST /v3.0/oa/message/cs"""
        if self._account.oa_type == STATE_AGENCY:
            raise Refused(-235)
        return await self._send(body, lists=self._account.list_on_v3)

    async def v2(self, body: JSON) -> JSON:
        """POST /v2.0/oa/message: for everybody reactions and anonymous visitors, else only a state agency."""
        if "sender_action" in body:
            return self._react(body["sender_action"])
        recipient = body.get("recipient")
        anonymous = isinstance(recipient, dict) and "anonymous_id" in recipient
        if not anonymous and self._account.oa_type == BUSINESS:
            raise Refused(-240)
        return await self._send(body, lists=True)

    async def _send(self, body: JSON, *, lists: bool) -> JSON:
        shape = self._shapes.read(body.get("message"), lists=lists)
        person = self._recipient(body.get("recipient"))
        if person.id in self._people.visitors and (shape.kind not in ANONYMOUS_KINDS or shape.buttons):
            raise Refused(-233)
        quota_type = self._permit(person, shape)
        now = self._clock.now()
        asset = shape.asset
        sent = Sent(
            message_id=self._ids.next(),
            kind=shape.kind,
            text=shape.text,
            at=now,
            buttons=shape.buttons,
            elements=shape.elements,
            data=asset.data if asset else None,
            file_name=asset.file_name if asset else "",
            url=shape.url,
            quotes=shape.quotes,
        )
        await self._deliver(person, sent, shape)
        return answer(
            {"message_id": sent.message_id, "user_id": person.id, "sent_time": milliseconds(self._clock)}
            | self._quota(person, quota_type)
        )

    def _recipient(self, recipient: Any) -> Person:
        if not isinstance(recipient, dict):
            raise Refused(-201, "recipient is invalid")
        if "message_id" in recipient:
            found = self._people.who_said(str(recipient["message_id"]))
            if found is None:
                raise Refused(-201, "message_id is invalid")
            return found
        if "anonymous_id" in recipient:
            return self._visitor(recipient)
        user_id = recipient.get("user_id")
        person = self._people.by_id.get(user_id) if isinstance(user_id, str) else None
        if person is None:
            raise Refused(-201, "user_id is invalid")
        return person

    def _visitor(self, recipient: JSON) -> Person:
        visitor = self._people.visitors.get(str(recipient["anonymous_id"]))
        if visitor is None or recipient.get("conversation_id") != visitor.conversation:
            raise Refused(-201, "anonymous_id or conversation_id is invalid")
        return visitor

    def _permit(self, person: Person, shape: Shape) -> str:
        """The quota that the message is taken from; raises what the platform refuses it with."""
        account = self._account
        if person.refuses is not None:
            raise Refused(person.refuses)
        if person.gone:
            raise Refused(-213)
        if shape.kind in account.night_kinds and self._is_night():
            raise Refused(-234)
        if account.messages_left is not None:
            if account.messages_left <= 0:
                raise Refused(-211)
            account.messages_left -= 1
        if person.last_interaction is None:
            return self._welcome(person)
        age = self._clock.now() - person.last_interaction
        if age > OPEN:
            raise Refused(account.stale_code)
        if age > FREE:
            return self._charge()
        if account.free_replies is not None and person.replies >= account.free_replies:
            raise Refused(-311)
        person.replies += 1
        return "reply"

    def _welcome(self, person: Person) -> str:
        if not person.follows or person.welcomed >= self._account.welcome_messages:
            raise Refused(-232)
        person.welcomed += 1
        return "welcome_msg"

    def _charge(self) -> str:
        if not self._account.linked_account:
            raise Refused(-320)
        if self._account.balance < PRICE:
            raise Refused(-321)
        self._account.balance -= PRICE
        return "charged"

    def _is_night(self) -> bool:
        hour = self._clock.now().astimezone(VIETNAM).hour
        return hour >= NIGHT_BEGINS or hour < NIGHT_ENDS

    def _quota(self, person: Person, quota_type: str) -> JSON:
        """A charged message tells no quota."""
        if not self._account.with_quota or quota_type == "charged":
            return {}
        if quota_type == "welcome_msg":
            total, used = self._account.welcome_messages, person.welcomed
        else:
            total = self._account.free_replies or 8
            used = min(person.replies, total)
        expires = (person.last_interaction or self._clock.now()) + FREE
        return {
            "quota": {
                "quota_type": quota_type,
                "remain": str(total - used),
                "total": str(total),
                "expired_date": expires.astimezone(VIETNAM).strftime("%d/%m/%Y"),
                "owner_type": "OA",
                "owner_id": self._account.oa_id,
            }
        }

    def _react(self, action: Any) -> JSON:
        if not isinstance(action, dict) or not action.get("react_icon"):
            raise Refused(-201, "react_icon is invalid")
        if self._people.who_said(str(action.get("react_message_id"))) is None:
            raise Refused(-201, "react_message_id is invalid")
        return answer({"message_id": self._ids.next()})
