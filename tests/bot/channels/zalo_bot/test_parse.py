"""What an event's body becomes; and that the parser takes or refuses whatever is thrown at it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_bot.parse import UNREADABLE, BadBody, Unsupported, parse, read
from bot.delivery.ports import Inbound, Media

FIXTURES = Path(__file__).parents[3] / "fixtures" / "zalo_bot"
NOW = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
LINK = "https://photo-stal.zdn.vn/made-up/1.jpg"

EXPECTED: dict[str, dict[str, Any] | Unsupported] = {
    "text__flat": {"text": "mua phải thuốc giả"},
    "text__wrapped": {"text": "mua phải thuốc giả"},
    "text__number": {"text": "2"},
    "text__no_date": {"text": "chào bạn", "at": NOW},
    "image__photo_url": {"text": "hộp thuốc đây", "media": (Media(LINK, "photo.jpg"),)},
    "image__photo": {"media": (Media(LINK, "photo.jpg"),)},
    "sticker__flat": {},
    "voice__flat": {"media": (Media("https://voice-stal.zdn.vn/made-up/1.aac", "voice.aac"),)},
    "unsupported__child": {"payload": UNREADABLE},
    "group__mention": Unsupported("group"),
    "other__from_a_bot": Unsupported("bot"),
    "other__verification": Unsupported("other"),
}


def test_every_fixture_is_expected() -> None:
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fixture_is_read(name: str) -> None:
    raw = (FIXTURES / f"{name}.json").read_bytes()
    expected = EXPECTED[name]
    if isinstance(expected, Unsupported):
        assert parse(raw, NOW) == expected
        return
    kind = name.partition("__")[0]
    assert parse(raw, NOW) == Inbound(
        channel="zalo_bot",
        event_id=f"message.{kind}.received:c2b2ae3d27d4eb4f0001",
        address="000a11ce0000000001",
        display_name="Nguyễn Thị Thử",
        **({"at": dt.datetime.fromtimestamp(1795200000.123, dt.UTC)} | expected),
    )


def text_event(**changed: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((FIXTURES / "text__flat.json").read_text("utf-8"))
    event["message"] |= changed
    return event


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"null", b"1", b"\xff\xfe", b'{"event_name":', b"[" * 100_000, b'{"a":"\\ud800"}',
        b'{"ok":true,"result":[]}', b'{"ok":false,"error_code":401}', b'{"event_name":7}',
        b'{"event_name":"message.text.received"}', b'{"event_name":"message.text.received","message":"x"}',
        b'{"error":0,"event_name":null}', b'{"update_id":1,"message":{"text":"x"}}',
    ],
)  # fmt: skip
def test_a_body_of_somebody_else_is_refused(body: bytes) -> None:
    with pytest.raises(BadBody):
        parse(body, NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"message_id": ""}, {"message_id": "x" * 121}, {"message_id": 5}, {"message_id": "a b"}, {"from": {}},
        {"from": None}, {"chat": {"id": ""}}, {"chat": []}, {"text": 7}, {"text": ["x"]}, {"date": {}},
    ],
)  # fmt: skip
def test_a_known_event_that_is_malformed_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(BadBody):
        read(text_event(**changed), NOW)


@pytest.mark.parametrize(
    ("told", "at"),
    [
        (1795200000123, dt.datetime.fromtimestamp(1795200000.123, dt.UTC)),
        ("1795200000123", dt.datetime.fromtimestamp(1795200000.123, dt.UTC)),
        (1795200000, dt.datetime.fromtimestamp(1795200000, dt.UTC)),
        (0, NOW), (-5, NOW), (10**30, NOW), ("yesterday", NOW), ("nan", NOW), (None, NOW), (9e307, NOW),
    ],
)  # fmt: skip
def test_the_moment_is_the_platform_s_or_the_present(told: Any, at: dt.datetime) -> None:
    found = read(text_event(date=told), at if at != NOW else NOW)
    assert isinstance(found, Inbound)
    assert found.at == at


def test_what_cannot_be_stored_is_taken_out() -> None:
    found = read(text_event(text=" a\x00b\x07c\n" + "d" * 9000), NOW)
    assert isinstance(found, Inbound)
    assert found.text.startswith("abc\nddd")
    assert len(found.text) <= 8000


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_kinds = st.sampled_from(["text", "image", "sticker", "voice", "unsupported", "link", ""])
_ids = st.text(max_size=130) | _json


_FIELDS = ["text", "caption", "photo", "photo_url", "voice_url", "date"]


@st.composite
def _events(draw: st.DrawFn) -> Any:
    """Something like an event, with anything at all in any place."""
    message = {
        name: draw(_json | st.text())
        for name in draw(
            st.sets(st.sampled_from(["text", "caption", "photo", "photo_url", "voice_url", "date"]))
        )
    }
    message |= {"message_id": draw(_ids), "chat": draw(_json | st.fixed_dictionaries({"id": _ids}))}
    message["from"] = draw(_json | st.fixed_dictionaries({"id": _ids, "display_name": _json}))
    event = {"event_name": f"message.{draw(_kinds)}.received", "message": message}
    return draw(st.sampled_from([event, {"ok": True, "result": event}, message]))


def _holds(found: Inbound | Unsupported) -> None:
    if isinstance(found, Unsupported):
        assert found.event in {"group", "bot", "other"}
        return
    assert 0 < len(found.event_id) <= 200
    assert found.address
    assert "\x00" not in found.text + (found.display_name or "")
    assert found.at.tzinfo is not None
    found.text.encode()


@given(raw=st.binary(max_size=300))
def test_any_bytes_are_taken_or_refused(raw: bytes) -> None:
    try:
        _holds(parse(raw, NOW))
    except BadBody:
        return


@given(event=_events())
def test_any_event_is_taken_or_refused(event: Any) -> None:
    try:
        _holds(read(event, NOW))
    except BadBody:
        return


@given(text=st.text(max_size=200), name=st.text(max_size=60))
def test_a_proper_event_is_always_taken(text: str, name: str) -> None:
    event = text_event(text=text, **{"from": {"id": "1", "display_name": name}})
    flat, wrapped = read(event, NOW), read({"ok": True, "result": event}, NOW)
    assert isinstance(flat, Inbound)
    assert flat == wrapped
