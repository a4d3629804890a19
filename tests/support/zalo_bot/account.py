"""The bot of the emulator, its people, and everything a test may set about them."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.clock import VIETNAM, Clock

JSON = dict[str, Any]

FREE_USERS = 50
FREE_MESSAGES = 3000


@dataclass
class BotAccount:
    """All values are made up. The limits are those of the free plan."""

    token: str = "123456789012345:made-up-bot-token"
    id: str = "5000000000000000001"
    name: str = "bot.thunghiem"
    plan: str = "BASIC"
    most_users: int = FREE_USERS
    messages_a_month: int = FREE_MESSAGES
    errors_over_200: bool = True
    """False: the HTTP status is the error's code."""
    https_only: bool = False
    """Whether `setWebhook` refuses http; tests listen on loopback without TLS."""
    verifies_webhook: bool = False
    """Whether `setWebhook` tells a `verification`."""
    double_server_header: bool = True
    """As the platform's edge does; strict parsers reject it."""


@dataclass(frozen=True)
class Sent:
    """A message as the person's phone shows it."""

    message_id: str
    kind: Literal["text", "photo", "sticker", "voice"]
    text: str
    """The caption, of a photo."""
    at: dt.datetime
    url: str | None = None
    """Of a photo or a voice message."""
    sticker: str | None = None
    parse_mode: str | None = None


@dataclass
class Person:
    """`refuses` is the error code that every send to them answers."""

    id: str
    name: str
    admitted: bool = False
    """Has written, and was among the users that the plan allows."""
    protected: bool = False
    """A child, for instance: what they send arrives as `message.unsupported.received`, without content."""
    refuses: int | None = None
    inbox: list[Sent] = field(default_factory=list)
    typing: int = 0
    """How often the bot showed that it was typing."""


class Chats:
    """People by the id of their private chat, and groups."""

    def __init__(self, account: BotAccount) -> None:
        self.by_id: dict[str, Person] = {}
        self.groups: dict[str, Person] = {}
        self._account = account
        self._numbers = itertools.count(1)

    def new(self, name: str) -> Person:
        person = Person(f"{0xA11CE << 44 | next(self._numbers):016x}", name)
        self.by_id[person.id] = person
        return person

    def group(self, group_id: str) -> Person:
        """A group has an inbox as a person has."""
        return self.groups.setdefault(group_id, Person(group_id, group_id, admitted=True))

    def admit(self, person: Person) -> bool:
        """Whether the plan has room for this person."""
        if not person.admitted:
            taken = sum(other.admitted for other in self.by_id.values())
            person.admitted = taken < self._account.most_users
        return person.admitted


class Quota:
    """Messages sent in the present month, in Viet Nam's time."""

    def __init__(self, account: BotAccount, clock: Clock) -> None:
        self._account = account
        self._clock = clock
        self._sent: dict[str, int] = {}

    @property
    def used(self) -> int:
        return self._sent.get(self._month(), 0)

    @used.setter
    def used(self, count: int) -> None:
        self._sent[self._month()] = count

    def take(self) -> bool:
        if self.used >= self._account.messages_a_month:
            return False
        self.used += 1
        return True

    def _month(self) -> str:
        return self._clock.now().astimezone(VIETNAM).strftime("%Y-%m")


class MessageIds:
    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def next(self) -> str:
        number = next(self._numbers)
        return f"{number * 0xC2B2AE3D27D4EB4F % 2**64:016x}{number:04x}"


def milliseconds(clock: Clock) -> int:
    return int(clock.now().timestamp() * 1000)
