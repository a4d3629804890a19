"""What the OA may read: people, itself, its quotas, its tags. GET endpoints take one parameter `data`."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from aiohttp import web

from bot.clock import VIETNAM, Clock
from tests.support.zalo_oa.account import JSON, Account, People, Person, answer
from tests.support.zalo_oa.errors import Refused

MOST_LISTED, LAST_OFFSET = 50, 9951


def question(request: web.Request) -> JSON:
    try:
        data = json.loads(request.query.get("data", "{}"))
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise Refused(-201, "data is invalid")
    return data


class Reading:
    def __init__(self, account: Account, people: People, clock: Clock) -> None:
        self._account = account
        self._people = people
        self._clock = clock

    def getoa(self, _: JSON) -> JSON:
        return answer(
            {
                self._account.oa_id_key: self._account.oa_id,
                "name": self._account.name,
                "description": "",
                "is_verified": True,
                "oa_type": self._account.oa_type,
                "num_follower": sum(person.follows for person in self._people.by_id.values()),
                "package_name": self._account.package,
                "package_valid_through_date": "31/12/2027",
                "linked_zca": "made-up" if self._account.linked_account else "",
            }
        )

    def user_detail(self, data: JSON) -> JSON:
        person = self._person(data.get("user_id"))
        last = person.last_interaction
        avatar = "https://avatar.example/120.jpg"
        return answer(
            {
                "user_id": person.id,
                "user_id_by_app": person.by_app,
                "user_external_id": "",
                "display_name": person.name,
                "user_alias": person.name,
                "is_sensitive": False,
                "user_last_interaction_date": last.astimezone(VIETNAM).strftime("%d/%m/%Y") if last else "",
                "user_is_follower": person.follows,
                "avatar": avatar,
                "avatars": {"120": avatar, "240": avatar},
                "dynamic_param": "",
                "tags_and_notes_info": {"notes": [], "tag_names": sorted(person.tags)},
                "shared_info": person.shared,
            }
        )

    def user_list(self, data: JSON) -> JSON:
        offset, count = data.get("offset", 0), data.get("count", 50)
        if not _between(count, 1, MOST_LISTED) or not _between(offset, 0, LAST_OFFSET):
            raise Refused(-210, "count or offset exceeds the limit")
        found = [person for person in self._people.by_id.values() if self._fits(person, data)]
        users = [{"user_id": person.id} for person in found[offset : offset + count]]
        return answer({"total": len(found), "count": len(users), "offset": offset, "users": users})

    def quota(self, body: JSON) -> JSON:
        """POST /v3.0/oa/quota/message, about one user or about the OA."""
        if "quota_owner" in body:
            return answer([self._asset(body)])
        person = self._person(body.get("user_id"))
        last = person.last_interaction
        total = self._account.free_replies or 8
        return answer(
            {
                "last_interaction": str(int(last.timestamp() * 1000)) if last else "",
                "cs_reply": {"remain": max(total - person.replies, 0), "total": total},
                "promotion": {"daily_remain": 0, "daily_total": 1, "monthly_remain": 0, "monthly_total": 6},
            }
        )

    def tags(self, _: JSON) -> JSON:
        return answer(sorted({tag for person in self._people.by_id.values() for tag in person.tags}))

    def tag(self, body: JSON) -> JSON:
        self._person(body.get("user_id")).tags.add(str(body.get("tag_name")))
        return answer()

    def untag(self, body: JSON) -> JSON:
        self._person(body.get("user_id")).tags.discard(str(body.get("tag_name")))
        return answer()

    def forget(self, body: JSON) -> JSON:
        """POST /v2.0/oa/deletefollowerinfo: what the person submitted is deleted."""
        self._person(body.get("user_id")).shared = {}
        return answer()

    def _asset(self, body: JSON) -> JSON:
        left = self._account.messages_left
        remain = 500 if left is None else left
        return {
            "asset_id": "made-up",
            "product_type": body.get("product_type", "cs"),
            "quota_type": body.get("quota_type", "sub_quota"),
            "valid_through": "31/12/2027",
            "total": 500,
            "remain": remain,
        }

    def _person(self, user_id: Any) -> Person:
        person = self._people.by_id.get(user_id) if isinstance(user_id, str) else None
        if person is None:
            raise Refused(-201, "user_id is invalid")
        return person

    def _fits(self, person: Person, data: JSON) -> bool:
        if "tag_name" in data and data["tag_name"] not in person.tags:
            return False
        if "is_follower" in data and (str(data["is_follower"]).lower() == "true") != person.follows:
            return False
        period = data.get("last_interaction_period")
        return period is None or self._within(person, str(period))

    def _within(self, person: Person, period: str) -> bool:
        if person.last_interaction is None:
            return False
        day = person.last_interaction.astimezone(VIETNAM).date()
        today = self._clock.now().astimezone(VIETNAM).date()
        days = {"TODAY": 0, "L7D": 7, "L30D": 30}
        if period in days:
            return day >= today - dt.timedelta(days=days[period])
        if period == "YESTERDAY":
            return day == today - dt.timedelta(days=1)
        first, _, last = period.partition(":")
        return _day(first) <= day <= _day(last)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.replace("_", "-"))
    except ValueError:
        raise Refused(-201, "last_interaction_period is invalid") from None


def _between(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and low <= value <= high
