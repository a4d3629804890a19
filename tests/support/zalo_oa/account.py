"""The Official Account of the emulator, its people, and everything a test may set about them."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from typing import Any

from bot.clock import Clock

JSON = dict[str, Any]

BUSINESS, STATE_AGENCY = 2, 4
PER_MINUTE = {"Tăng trưởng": 100, "Toàn diện": 2000}
"""Packages with OpenAPI, and their calls a minute; any other package answers -224."""


@dataclass
class Account:
    """All values are made up."""

    app_id: str = "1000000000000000001"
    app_secret: str = "made-up-app-secret"
    oa_secret_key: str = "made-up-oa-secret-key"
    oa_id: str = "2000000000000000001"
    name: str = "Trợ lý thử nghiệm"
    oa_type: int = BUSINESS
    package: str = "Tăng trưởng"
    per_minute: int | None = None
    """Calls a minute; None: those of the package."""
    redirect_uris: tuple[str, ...] = ()
    """Saved in the console; empty: not compared."""
    with_quota: bool = True
    """Whether a successful send tells its quota."""
    refuses: int | None = None
    """What every call answers: -209 (app not active), -212, -221 (not verified), -223, -204, ..."""
    messages_left: int | None = None
    """At 0 every send answers -211."""
    free_replies: int | None = None
    """Sends allowed per interaction (-311 after them); None: no cap, as since 2026."""
    welcome_messages: int = 3
    """To a follower who never wrote; -232 after them."""
    linked_account: bool = True
    """A ZBS account pays what is sent after 48 hours; False: -320."""
    balance: int = 100_000
    """Of that account, in VND; below the price of a message: -321."""
    stale_code: int = -230
    """After seven days: -230 or -232."""
    night_kinds: set[str] = field(default_factory=set)
    """Kinds of messages refused at night with -234: `text`, `image`, ... (`Sent.kind`)."""
    list_on_v3: bool = False
    receipts: bool = False
    """Whether `user_received_message` follows each message."""
    echo_before_answer: bool = False
    """The `oa_send_*` event comes before the answer of the send that caused it."""
    oa_id_key: str = "oaid"
    """`getoa` calls it so; other sources say `oa_id`."""


@dataclass(frozen=True)
class Button:
    title: str
    type: str
    payload: Any


@dataclass(frozen=True)
class Sent:
    """A message as the person's phone shows it."""

    message_id: str
    kind: str
    """`text`, `image`, `gif`, `sticker`, `file`, `request_user_info`, `list`."""
    text: str
    at: dt.datetime
    buttons: tuple[Button, ...] = ()
    elements: tuple[JSON, ...] = ()
    data: bytes | None = None
    """The uploaded image or file."""
    file_name: str = ""
    url: str | None = None
    """Of an image that was sent by its address."""
    quotes: str | None = None

    @property
    def labels(self) -> list[str]:
        """Titles of the buttons."""
        return [button.title for button in self.buttons]


@dataclass
class Person:
    """One follower or visitor; `refuses` is the error code that every send to them answers."""

    id: str
    by_app: str
    name: str
    follows: bool = False
    gone: bool = False
    """Unfollowed, and has not come back since: -213."""
    refuses: int | None = None
    last_interaction: dt.datetime | None = None
    replies: int = 0
    welcomed: int = 0
    shared: JSON = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    inbox: list[Sent] = field(default_factory=list)
    said: set[str] = field(default_factory=set)
    """Ids of the messages this person sent."""
    withdrawn: bool = False

    @property
    def conversation(self) -> str:
        """Of an anonymous visitor."""
        return f"conversation-{self.id}"

    def interact(self, now: dt.datetime) -> None:
        self.last_interaction = now
        self.replies = 0
        self.gone = False


class People:
    """Everybody who has to do with the OA; ids grow past 2^53, as the real ones do."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.by_id: dict[str, Person] = {}
        self.visitors: dict[str, Person] = {}
        """Of the website's chat widget, by their anonymous id."""

    def visitor(self) -> Person:
        number = next(self._numbers)
        person = Person(f"anonymous-{number:012x}", "", f"visitor {number}")
        self.visitors[person.id] = person
        return person

    def new(self, name: str) -> Person:
        number = next(self._numbers)
        person = Person(
            str(9_100_000_000_000_000_000 + number), str(4_100_000_000_000_000_000 + number), name
        )
        self.by_id[person.id] = person
        return person

    def who_said(self, message_id: str) -> Person | None:
        return next((person for person in self.by_id.values() if message_id in person.said), None)


class MessageIds:
    """Ids in the form that was seen on real accounts: hexadecimal, unordered to the eye."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def next(self) -> str:
        number = next(self._numbers)
        return f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}{number:04x}"


def milliseconds(clock: Clock) -> str:
    return str(int(clock.now().timestamp() * 1000))


def answer(data: Any = None) -> JSON:
    return {"error": 0, "message": "Success"} | ({} if data is None else {"data": data})
