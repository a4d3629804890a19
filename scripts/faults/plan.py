"""Who says what, when, and how often the platform repeats it: pure, and the same for the same seed."""

from __future__ import annotations

import base64
import hashlib
import random
from typing import Literal, get_args

import msgspec

Channel = Literal["web", "telegram", "zalo", "zalo_bot"]
Kind = Literal["text", "press", "leave", "poison"]

CHANNELS: tuple[Channel, ...] = get_args(Channel)
WEIGHTS = (40, 24, 28, 8)
"""Of the channels, among people."""

POISON = "(poison)"
"""A turn over a text with this fails in the processes of the harness (`nursery.py`)."""

STORIES = (
    "toi mua phai thuoc panadol gia so dang ky VD-12345-20 o nha thuoc Minh Anh xa Dai Tu Thai Nguyen"
    " hom qua, so cua toi 0900000001 (tin {number})",
    "mua tivi Sony ở siêu thị Minh Anh xã Đại Từ Thái Nguyên bị hỏng, cửa hàng không chịu bảo hành"
    " từ hôm qua, tôi muốn phản ánh, sdt 0900000001 (tin {number})",
)
PRESSES = ("skip", "skip", "ok", "consent:yes")
"""What follows a story's first sentence, until the complaint is filed."""

QUESTIONS = (
    "mua hàng online bị giao sai thì làm thế nào (tin {number})",
    "quyền của người tiêu dùng là gì (tin {number})",
    "thực phẩm hết hạn thì báo ai (tin {number})",
    "hang gia hang nhai thi goi so nao (tin {number})",
    "xăng bơm thiếu thì phản ánh ở đâu (tin {number})",
)
GAP_SECONDS = (3.0, 6.0)
"""Between two messages of one person."""
REPEATED = 0.1
MOST_REPEATS = 10
LATE_SECONDS = 40.0
"""Within this time after the first try an event is repeated: long enough to fall behind a restart."""


AUDIENCE_FROM = 500_000
"""People with a number from here on get the broadcast."""


class Event(msgspec.Struct, frozen=True):
    number: int
    channel: Channel
    person: int
    address: str
    kind: Kind
    text: str
    payload: str | None
    due: float
    """Seconds after the beginning."""
    files: bool = False
    """With this event a complaint is complete."""
    repeats: tuple[float, ...] = ()
    """Seconds after the first try at which the same bytes come again."""


class Plan(msgspec.Struct, frozen=True):
    seed: int
    space: int
    """Sets the people and ids of this act apart from all others in the same database."""
    rate: float
    events: tuple[Event, ...]
    audience: tuple[str, ...] = ()
    """Addresses of people who get a broadcast meanwhile, all on Telegram; they say nothing."""

    def people(self) -> dict[int, list[Event]]:
        """Events by person, each in order."""
        found: dict[int, list[Event]] = {}
        for event in self.events:
            found.setdefault(event.person, []).append(event)
        return found


class _Line(msgspec.Struct, frozen=True):
    """A message before it has its place among all others."""

    due: float
    person: int
    channel: Channel
    kind: Kind
    text: str = ""
    payload: str | None = None
    files: bool = False


def make(seed: int, space: int, events: int, rate: float, audience: int = 0) -> Plan:
    """`events` messages at about `rate` a second, of as many people as that needs; and `audience` others."""
    chance = random.Random(f"plan {seed} {space}")  # noqa: S311 - reproducible, nothing secret
    length = events / rate
    lines: list[_Line] = []
    person = 0
    while len(lines) < events:
        said = _person(chance, person, length)
        lines += said if len(lines) + len(said) <= events else said[:1]
        person += 1
    lines.sort(key=lambda line: (line.due, line.person))
    return Plan(
        seed,
        space,
        rate,
        tuple(_placed(chance, line, number, space) for number, line in enumerate(lines, 1)),
        tuple(address("telegram", space, AUDIENCE_FROM + number) for number in range(audience)),
    )


def _person(chance: random.Random, person: int, length: float) -> list[_Line]:
    channel = chance.choices(CHANNELS, WEIGHTS)[0]
    said = _said(chance, channel)
    begin = chance.uniform(0, max(length - 4.5 * len(said), length / 10))
    lines = []
    for kind, text, payload in said:
        lines.append(_Line(begin, person, channel, kind, text, payload, payload == PRESSES[-1]))
        begin += chance.uniform(*GAP_SECONDS)
    return lines


def _said(chance: random.Random, channel: Channel) -> list[tuple[Kind, str, str | None]]:
    """A complaint; or questions, after which a few leave, and between which a few poison."""
    what = chance.random()
    questions: list[tuple[Kind, str, str | None]] = [
        ("text", chance.choice(QUESTIONS), None) for _ in range(chance.randint(1, 4))
    ]
    if what < 0.35:
        story: list[tuple[Kind, str, str | None]] = [("text", chance.choice(STORIES), None)]
        return story + [("press", "", payload) for payload in PRESSES]
    if what < 0.37 and channel in ("telegram", "zalo"):
        return [*questions, ("leave", "", None)]
    if what < 0.39:
        return [*questions[:1], ("poison", f"{POISON} (tin {{number}})", None), *questions[1:]]
    return questions


def _placed(chance: random.Random, line: _Line, number: int, space: int) -> Event:
    return Event(
        number=number,
        channel=line.channel,
        person=line.person,
        address=address(line.channel, space, line.person),
        kind=line.kind,
        text=line.text.replace("{number}", f"{number:06d}"),
        payload=line.payload,
        due=line.due,
        files=line.files,
        repeats=_repeats(chance) if chance.random() < REPEATED else (),
    )


def _repeats(chance: random.Random) -> tuple[float, ...]:
    """Some at the very moment of the first try, some behind restarts."""
    count = chance.randint(1, MOST_REPEATS)
    return tuple(0.0 if chance.random() < 0.2 else chance.uniform(0.05, LATE_SECONDS) for _ in range(count))


def address(channel: Channel, space: int, person: int) -> str:
    """As the channel writes a person's."""
    number = space * 1_000_000 + person
    if channel == "telegram":
        return str(1_000_000_000 + number)
    if channel == "zalo":
        return str(9_200_000_000_000_000_000 + number)
    if channel == "zalo_bot":
        return f"{0xB0B << 48 | number:016x}"
    return base64.urlsafe_b64encode(hashlib.sha256(f"person {number}".encode()).digest()).decode().rstrip("=")
