"""Every event that a webhook can bring (A.10 of the platform's facts), each in its own envelope."""

from __future__ import annotations

import json
from typing import Any

from bot.clock import Clock
from tests.support.zalo_oa.account import JSON, Account, Person, milliseconds


class Events:
    """Only builds them; `Webhook.emit` sends them."""

    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._clock = clock

    def from_user(self, person: Person, name: str, message: JSON) -> JSON:
        """`user_send_*` and what else a person causes in the chat."""
        return {
            "app_id": self._account.app_id,
            "user_id_by_app": person.by_app,
            "event_name": name,
            "timestamp": self._now(),
            "sender": {"id": person.id},
            "recipient": {"id": self._account.oa_id},
            "message": message,
        }

    def from_oa(self, person: Person, name: str, message: JSON, admin_id: str | None = None) -> JSON:
        """`oa_send_*`; `admin_id` when a human wrote in OA chat."""
        sender = {"id": self._account.oa_id} | ({"admin_id": admin_id} if admin_id else {})
        return self.from_user(person, name, message) | {"sender": sender, "recipient": {"id": person.id}}

    def follow(self, person: Person, name: str = "follow", source: str = "oa_profile") -> JSON:
        """`follow` and `unfollow`: neither sender nor recipient."""
        return {
            "oa_id": self._account.oa_id,
            "follower": {"id": person.id},
            "user_id_by_app": person.by_app,
            "source": source,
            "app_id": self._account.app_id,
            "event_name": name,
            "timestamp": self._now(),
        }

    def click_chat(self, person: Person) -> JSON:
        return {
            "oa_id": self._account.oa_id,
            "user_id": person.id,
            "user_id_by_app": person.by_app,
            "app_id": self._account.app_id,
            "event_name": "user_click_chatnow",
            "timestamp": self._now(),
        }

    def submit(self, person: Person, info: JSON) -> JSON:
        event = self.from_user(person, "user_submit_info", {})
        del event["message"]
        return event | {"info": info}

    def seen(self, person: Person, message_ids: list[str]) -> JSON:
        return self.from_user(person, "user_seen_message", {"msg_ids": message_ids})

    def received(self, person: Person, message_id: str) -> JSON:
        return self.from_user(person, "user_received_message", {"msg_id": message_id})

    def reaction(self, person: Person, message_id: str, icon: str) -> JSON:
        return self.from_user(person, "user_reacted_message", {"msg_id": message_id, "react_icon": icon})

    def withdraw(self, person: Person) -> JSON:
        """Consent withdrawn: the product must delete what it has of this person."""
        event = self.from_user(person, "user_withdraw", {})
        del event["message"]
        return event

    def tag(self, name: str, tag: str, user_ids: list[str]) -> JSON:
        """`add_user_to_tag`, `remove_user_from_tag`, `remove_tag`: the timestamp is a number here."""
        return {
            "oa_id": self._account.oa_id,
            "app_id": self._account.app_id,
            "event_name": name,
            "tag": {"name": tag, "user_ids": user_ids},
            "timestamp": int(self._now()),
        }

    def update_user_info(self, person: Person) -> JSON:
        """A profile was changed by hand in OA Manager."""
        return {
            "oa_id": self._account.oa_id,
            "app_id": self._account.app_id,
            "event_name": "update_user_info",
            "user_id": person.id,
            "user_id_by_app": person.by_app,
            "timestamp": int(self._now()),
        }

    def anonymous(self, kind: str, anonymous_id: str, conversation_id: str, message: JSON) -> JSON:
        """`anonymous_send_text|image|file|sticker`: a visitor of the website's chat widget."""
        return {
            "app_id": self._account.app_id,
            "event_name": f"anonymous_send_{kind}",
            "timestamp": self._now(),
            "sender": {"id": anonymous_id},
            "recipient": {"id": self._account.oa_id},
            "message": {"conversation_id": conversation_id} | message,
        }

    def group(self, name: str, group_id: str, person: Person, message: JSON | None = None) -> JSON:
        """GMF: `create_group`, `user_join_group`, `user_send_group_text` and their like."""
        event = {
            "app_id": self._account.app_id,
            "oa_id": self._account.oa_id,
            "group_id": group_id,
            "event_name": name,
            "timestamp": self._now(),
            "sender": {"id": person.id},
            "recipient": {"id": group_id},
        }
        return event if message is None else event | {"message": message}

    def template_receipt(self, phone: str, message_id: str, tracking_id: str) -> JSON:
        """ZNS: delivered to a telephone number; comes with the header `X-ZEvent-Server: ZNS`."""
        return {
            "app_id": self._account.app_id,
            "oa_id": self._account.oa_id,
            "event_name": "user_received_message",
            "timestamp": self._now(),
            "sender": {"id": self._account.oa_id},
            "recipient": {"id": phone},
            "message": {"delivery_time": self._now(), "msg_id": message_id, "tracking_id": tracking_id},
        }

    def template_change(self, name: str, details: JSON) -> JSON:
        """ZNS: `change_template_status`, `change_oa_daily_quota` and their like."""
        envelope = {"app_id": self._account.app_id, "oa_id": self._account.oa_id, "event_name": name}
        return envelope | {"timestamp": self._now()} | details

    def other(self, person: Person, name: str, **fields: Any) -> JSON:
        """Product specific ones: `widget_interaction_accepted`, `user_call_oa`; and unknown ones."""
        event = self.from_user(person, name, {})
        del event["message"]
        return event | fields

    def _now(self) -> str:
        return milliseconds(self._clock)


def attachment(kind: str, payload: JSON) -> list[JSON]:
    return [{"type": kind, "payload": payload}]


def card(phone: str) -> str:
    """The description of a business card is JSON inside a string."""
    return json.dumps({"phone": phone, "qrCodeUrl": "https://qr.zalo.example/made-up"})
