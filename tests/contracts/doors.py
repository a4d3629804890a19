"""How requests of each channel reach the product: genuine ones, as the platform makes them, and all others.

A door is the entry that every channel of bot/channels has in the contract suite, under its package's name.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from tests.support.phones import House, Received

JSON = dict[str, Any]
_NUMBERS = itertools.count(10_000_001)


@dataclass(frozen=True)
class Post:
    """One request to a channel, headers and cookies included."""

    path: str
    body: bytes
    headers: dict[str, bytes | str] = field(default_factory=dict)

    def but(self, **changes: Any) -> Post:
        return Post(**({"path": self.path, "body": self.body, "headers": self.headers} | changes))


class Door(Protocol):
    channel: str
    """The name by which the product knows the channel."""

    path: str

    async def text(self, text: str, person: str = "") -> Post:
        """A genuine message; by the same person where one is named, by a new one otherwise."""

    def address(self, person: str) -> str: ...

    async def forged(self) -> dict[str, Post]:
        """A genuine message whose proof is missing or wrong, by what is wrong."""

    def signed(self, body: bytes) -> Post:
        """Any body, as if the platform had sent it."""

    def foreign(self) -> dict[str, bytes]:
        """JSON that proves itself and still cannot be the platform's."""

    def unsupported(self) -> bytes | None:
        """A genuine event that is not acted upon; None where there can be none."""

    def leaves(self, person: str) -> bytes | None:
        """The event of blocking us; None where the platform tells nobody."""

    def refuses(self, person: str) -> None:
        """From now on the platform refuses every send to this person for good."""

    def seen(self, person: str) -> list[Received] | None:
        """What is on the person's screen; None where it is read from the transcript."""


class TelegramDoor:
    channel, path = "telegram", "/channels/telegram"
    _HEADER = "X-Telegram-Bot-Api-Secret-Token"

    def __init__(self, home: House) -> None:
        self._bot = home.emulators[self.channel]
        self._people: dict[str, Any] = {}

    def _person(self, name: str) -> Any:
        name = name or f"somebody {next(_NUMBERS)}"
        if name not in self._people:
            self._people[name] = self._bot.phone("🌸")
            self._people[name].user.started = True
        return self._people[name]

    def address(self, person: str) -> str:
        return str(self._person(person).user.id)

    async def text(self, text: str, person: str = "") -> Post:
        return self.signed(self._update(self._person(person), "message", {"text": text}))

    def _update(self, phone: Any, kind: str, content: JSON) -> bytes:
        number = next(_NUMBERS)
        about = {"message_id": number, "date": int(self._bot.now()), "from": phone.user.as_json()}
        body = about | {"chat": phone.chat.as_json()} | content
        return json.dumps({"update_id": number, kind: body}).encode()

    def signed(self, body: bytes) -> Post:
        return Post(self.path, body, {self._HEADER: self._bot.webhook.address.secret})

    async def forged(self) -> dict[str, Post]:
        return _with_secrets(await self.text("toi mua phai thuoc gia"), self._HEADER)

    def foreign(self) -> dict[str, bytes]:
        return {
            "no update_id": b'{"message": {"text": "alo"}}',
            "update_id is words": b'{"update_id": "one", "message": {}}',
            "message is a list": b'{"update_id": 1, "message": []}',
            "nothing but a number": b'{"update_id": 1}',
        }

    def unsupported(self) -> bytes | None:
        return b'{"update_id": 31, "poll_answer": {"poll_id": "1", "option_ids": [0]}}'

    def leaves(self, person: str) -> bytes | None:
        phone = self._person(person)
        member = {"user": self._bot.bot, "status": "kicked", "until_date": 0}
        change = {"old_chat_member": member | {"status": "member"}, "new_chat_member": member}
        return self._update(phone, "my_chat_member", change)

    def refuses(self, person: str) -> None:
        self._person(person).user.blocked = True

    def seen(self, person: str) -> list[Received] | None:
        return [Received(one.text, tuple(one.labels)) for one in self._person(person).messages]


class ZaloOaDoor:
    channel, path = "zalo", "/channels/zalo-oa"

    def __init__(self, home: House) -> None:
        self._oa = home.emulators[self.channel]
        self._clock = home.clock
        self._people: dict[str, Any] = {}

    def _person(self, name: str) -> Any:
        name = name or f"somebody {next(_NUMBERS)}"
        if name not in self._people:
            self._people[name] = self._oa.phone("🌸")
            self._people[name].person.interact(self._clock.now())
        return self._people[name]

    def address(self, person: str) -> str:
        return str(self._person(person).id)

    def _said(self, person: str, text: str) -> bytes:
        message = {"msg_id": f"contract-{next(_NUMBERS)}", "text": text}
        return _encoded(self._oa.events.from_user(self._person(person).person, "user_send_text", message))

    async def text(self, text: str, person: str = "") -> Post:
        return self.signed(self._said(person, text))

    def signed(self, body: bytes) -> Post:
        found = re.search(rb'"timestamp":\s*"?(\d+)', body)
        stamp = found[1].decode() if found else self._now()
        return Post(self.path, body, self._oa.webhook.sign(body, stamp))

    def _now(self, hours: float = 0) -> str:
        return str(int((self._clock.now().timestamp() + hours * 3600) * 1000))

    async def forged(self) -> dict[str, Post]:
        raw = self._said("", "toi mua phai thuoc gia")
        good = self.signed(raw)
        mac, stamp = str(good.headers["X-ZEvent-Signature"]), str(good.headers["X-ZEvent-Timestamp"])
        old, ahead = (
            re.sub(rb'("timestamp":")\d+', rb"\g<1>" + self._now(h).encode(), raw) for h in (-3.1, 3.1)
        )
        sign = self._oa.webhook.sign
        return {
            "no signature": good.but(headers={"X-ZEvent-Timestamp": stamp}),
            "an empty signature": good.but(headers=good.headers | {"X-ZEvent-Signature": "mac="}),
            "another key": good.but(headers=sign(raw, stamp, key="another key")),
            "another app": good.but(headers=sign(raw, stamp, app_id="999")),
            "half of it": good.but(headers=good.headers | {"X-ZEvent-Signature": mac[: len(mac) // 2]}),
            "no ASCII": good.but(headers=good.headers | {"X-ZEvent-Signature": "mac=é".encode()}),
            "a changed body": good.but(body=raw.replace(b"thuoc", b"Thuoc")),
            "one space more": good.but(body=raw + b" "),
            "stale": self.signed(old),
            "of tomorrow": self.signed(ahead),
        }

    def foreign(self) -> dict[str, bytes]:
        def of(**event: Any) -> bytes:
            return _encoded({"app_id": self._oa.account.app_id, "timestamp": self._now()} | event)

        return {
            "no event_name": of(sender={"id": "1"}),
            "event_name is a number": of(event_name=1),
            "a text of nobody": of(event_name="user_send_text", message={"text": "alo"}),
            "sender is a list": of(event_name="user_send_text", sender=[], message={"text": "alo"}),
            "a text without message": of(event_name="user_send_text", sender={"id": "1"}),
            "a follower without id": of(event_name="follow", follower={}),
        }

    def unsupported(self) -> bytes | None:
        return _encoded(self._oa.events.seen(self._person("").person, ["1"]))

    def leaves(self, person: str) -> bytes | None:
        return _encoded(self._oa.events.follow(self._person(person).person, "unfollow"))

    def refuses(self, person: str) -> None:
        self._person(person).person.refuses = -217

    def seen(self, person: str) -> list[Received] | None:
        return [Received(one.text, tuple(b.title for b in one.buttons)) for one in self._person(person).inbox]


class ZaloBotDoor:
    channel, path = "zalo_bot", "/channels/zalo-bot"
    _HEADER = "X-Bot-Api-Secret-Token"

    def __init__(self, home: House) -> None:
        self._bot = home.emulators[self.channel]
        self._clock = home.clock
        self._people: dict[str, Any] = {}

    def _person(self, name: str) -> Any:
        name = name or f"somebody {next(_NUMBERS)}"
        if name not in self._people:
            self._people[name] = self._bot.phone("🌸")
            self._bot.chats.admit(self._people[name].person)
        return self._people[name]

    def address(self, person: str) -> str:
        return str(self._person(person).id)

    async def text(self, text: str, person: str = "") -> Post:
        phone = self._person(person)
        message = {
            "message_id": f"{next(_NUMBERS):016x}",
            "date": int(self._clock.now().timestamp() * 1000),
            "from": {"id": phone.id, "display_name": "🌸", "is_bot": False},
            "chat": {"id": phone.id, "chat_type": "PRIVATE"},
            "text": text,
        }
        return self.signed(_encoded({"event_name": "message.text.received", "message": message}))

    def signed(self, body: bytes) -> Post:
        return Post(self.path, body, {self._HEADER: self._bot.updates.secret})

    async def forged(self) -> dict[str, Post]:
        return _with_secrets(await self.text("toi mua phai thuoc gia"), self._HEADER)

    def foreign(self) -> dict[str, bytes]:
        return {
            "no event_name": b'{"message": {"text": "alo"}}',
            "nothing": b"{}",
            "message is a list": b'{"event_name": "message.text.received", "message": []}',
            "a text of nobody": b'{"event_name": "message.text.received", "message": {"text": "alo"}}',
        }

    def unsupported(self) -> bytes | None:
        return b'{"event_name": "message.of.tomorrow", "message": {}}'

    def leaves(self, person: str) -> bytes | None:
        return None

    def refuses(self, person: str) -> None:
        self._bot.chats.by_id.pop(self._person(person).id)

    def seen(self, person: str) -> list[Received] | None:
        return [Received(sent.text) for sent in self._person(person).inbox]


class WebDoor:
    channel, path = "web", "/chat/messages"

    def __init__(self, home: House) -> None:
        self._url = home.url
        self._people: dict[str, str] = {}

    async def _cookie(self, name: str) -> str:
        """Of a browser that has opened the page."""
        name = name or f"somebody {next(_NUMBERS)}"
        if name not in self._people:
            async with httpx.AsyncClient(base_url=self._url) as client:
                (await client.get("/")).raise_for_status()
                self._people[name] = client.cookies["ntd_chat"]
        return self._people[name]

    def address(self, person: str) -> str:
        return self._people[person].split(".")[0]

    async def text(self, text: str, person: str = "") -> Post:
        return await self._post(person, text=text)

    async def _post(self, person: str, **message: str) -> Post:
        id_ = f"00000000-0000-4000-8000-{next(_NUMBERS):012d}"
        headers = {"X-Ntd-Chat": "1", "Cookie": f"ntd_chat={await self._cookie(person)}"}
        return Post(self.path, _encoded({"id": id_} | message), dict(headers))

    def signed(self, body: bytes) -> Post:
        cookie = next(iter(self._people.values()))
        return Post(self.path, body, {"X-Ntd-Chat": "1", "Cookie": f"ntd_chat={cookie}"})

    async def forged(self) -> dict[str, Post]:
        good = await self.text("toi mua phai thuoc gia")
        cookie = str(good.headers["Cookie"])
        address, day, mac = cookie.removeprefix("ntd_chat=").split(".")
        other = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")

        def with_cookie(value: str) -> Post:
            return good.but(headers={"X-Ntd-Chat": "1", "Cookie": f"ntd_chat={value}"})

        return {
            "no session": good.but(headers={"X-Ntd-Chat": "1"}),
            "a session of nobody": with_cookie(f"{other}.{day}.{mac}"),
            "a changed signature": with_cookie(f"{address}.{day}.{other}"),
            "a later day": with_cookie(f"{address}.{int(day) + 1}.{mac}"),
            "not from the page": good.but(headers={"Cookie": cookie}),
            "from another site": good.but(headers=good.headers | {"Origin": "https://elsewhere.example"}),
        }

    def foreign(self) -> dict[str, bytes]:
        id_ = '"id": "00000000-0000-4000-8000-000000000001"'
        return {
            "no id": b'{"text": "alo"}',
            "nothing said": f"{{{id_}}}".encode(),
            "text is a list": f'{{{id_}, "text": []}}'.encode(),
            "a field of nobody": f'{{{id_}, "text": "alo", "address": "x"}}'.encode(),
        }

    def unsupported(self) -> bytes | None:
        return None

    async def choice(self, person: str, label: str, payload: str) -> Post:
        return await self._post(person, payload=payload, label=label)

    def leaves(self, person: str) -> bytes | None:
        return None

    def refuses(self, person: str) -> None:
        raise NotImplementedError("nobody refuses anything on our own page")

    def seen(self, person: str) -> list[Received] | None:
        return None


def _with_secrets(good: Post, header: str) -> dict[str, Post]:
    secret = str(good.headers[header])
    wrong: dict[str, str | bytes] = {
        "an empty secret": "",
        "another secret": secret[::-1],
        "half of it": secret[: len(secret) // 2],
        "one letter more": f"{secret}0",
        "no ASCII": "é".encode(),
    }
    found = {what: good.but(headers={header: value}) for what, value in wrong.items()}
    return {"no secret": good.but(headers={}), **found}


def _encoded(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


DOORS: dict[str, Callable[[House], Door]] = {
    "telegram": TelegramDoor,
    "web": WebDoor,
    "zalo_bot": ZaloBotDoor,
    "zalo_oa": ZaloOaDoor,
}
