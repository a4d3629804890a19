"""Every event of the platform's table, from fixtures; and anything at all, from a generator."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions import discover
from bot.channels.zalo_oa.parse import BadBody, Unsupported, parse
from bot.delivery.ports import Inbound, Media, Notice, Signal
from tests.bot.channels.zalo_oa.stand import FIXTURES, fixture

AT = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
HEADS = frozenset(word for action in discover().values() for word in action.payloads)
USER, VISITOR = "9100000000000000001", "anon:anonymous-0000000000a1:conversation-a1"
CDN = "https://f20-zpc.zdn.vn/1763700000000"
MESSAGE = "96d3cdf3af150460909"
ADDRESS = "12 đường Thử Nghiệm, Phố Hiến, Hưng Yên"

SAID: dict[str, dict[str, Any]] = {
    "user_send_text__plain": {"text": "mua phải thuốc giả ở hiệu thuốc gần chợ"},
    "user_send_text__choice": {"payload": "menu:report"},
    "user_send_text__hashtag": {"text": "#thuocgia"},
    "user_send_text__quote": {"text": "cái này đúng không"},
    "user_send_text__decomposed": {"text": "thuốc giả"},
    "user_send_image__plain": {"media": (Media(f"{CDN}/a1.jpg"),)},
    "user_send_image__caption_http": {
        "text": "hộp thuốc đây",
        "media": (Media(f"{CDN}/a1.jpg".replace("https", "http")),),
    },
    "user_send_image__two": {"media": (Media(f"{CDN}/a1.jpg"), Media(f"{CDN}/a2.jpg"))},
    "user_send_gif__plain": {"media": (Media(f"{CDN}/m.gif"),)},
    "user_send_link__plain": {"text": "Trúng thưởng xe máy\nhttps://ban-hang-re.example/x"},
    "user_send_link__text_is_url": {"text": "https://ban-hang-re.example/x"},
    "user_send_audio__plain": {"media": (Media(f"{CDN}/v.amr"),)},
    "user_send_video__plain": {"text": "quay lại cảnh mở hàng", "media": (Media(f"{CDN}/v.mp4"),)},
    "user_send_sticker__plain": {},
    "user_send_location__plain": {"location": (20.6463, 106.0511)},
    "user_send_location__nonsense": {},
    "user_send_business_card__plain": {"text": "Anh bán thuốc\n84900000002"},
    "user_send_file__pdf": {"media": (Media(f"{CDN}/hoa-don.pdf", "hoa don.pdf", 48213),)},
    "user_submit_info__older": {
        "text": f"84900000001\n{ADDRESS}",
        "shared_phone": "84900000001",
        "display_name": "Nguyễn Thị Thử",
    },
    "user_submit_info__newer": {
        "text": f"84900000001\n{ADDRESS}",
        "shared_phone": "84900000001",
        "display_name": "Nguyễn Thị Thử",
    },
    "user_submit_info__number_timestamp": {
        "text": "0900000001",
        "shared_phone": "0900000001",
        "display_name": "Thử",
    },
    "follow__profile": {"payload": "start"},
    "user_click_chatnow__plain": {"payload": "start"},
    "anonymous_send_text__plain": {"address": VISITOR, "text": "cho hỏi mua online không nhận được hàng"},
    "anonymous_send_image__plain": {"address": VISITOR, "media": (Media(f"{CDN}/a1.jpg"),)},
    "anonymous_send_file__plain": {
        "address": VISITOR,
        "media": (Media(f"{CDN}/hoa-don.pdf", "hoa-don.pdf", 48213),),
    },
    "anonymous_send_sticker__plain": {"address": VISITOR},
}
SIGNALS = {
    "unfollow__plain": Signal.LEFT,
    "user_withdraw__plain": Signal.WITHDREW,
    "user_withdraw__as_follower": Signal.WITHDREW,
}
COUNTED = {
    "user_seen_message__plain": "user_seen_message",
    "user_received_message__plain": "user_received_message",
    "user_received_message__zns": "user_received_message",
    "user_reacted_message__plain": "user_reacted_message",
    "oa_send_text__echo": "oa_send",
    "oa_send_text__by_human": "oa_send_by_human",
    "oa_send_image__echo": "oa_send",
    "oa_send_template__echo": "oa_send",
    "oa_send_anonymous_text__echo": "oa_send",
    "add_user_to_tag__number_timestamp": "add_user_to_tag",
    "remove_tag__number_timestamp": "remove_tag",
    "update_user_info__number_timestamp": "update_user_info",
    "user_send_group_text__plain": "group",
    "create_group__plain": "group",
    "change_template_status__zns": "change_template_status",
    "widget_interaction_accepted__plain": "widget_interaction_accepted",
    "user_feedback__plain": "user_feedback",
    "some_event_of_tomorrow__unknown": "other",
}


def read(body: Any) -> Inbound | Notice | Unsupported:
    return parse(json.dumps(body, ensure_ascii=False).encode(), AT, HEADS)


def test_every_fixture_has_its_line_here() -> None:
    assert {path.stem for path in FIXTURES.glob("*.json")} == {*SAID, *SIGNALS, *COUNTED}


@pytest.mark.parametrize("name", SAID)
def test_what_a_person_says(name: str) -> None:
    found = read(fixture(name))
    assert isinstance(found, Inbound)
    own = fixture(name).get("message", {}).get("msg_id")
    event_id = own or f"{fixture(name)['event_name']}:1763700000000:{USER}"
    expected: dict[str, Any] = {"channel": "zalo", "event_id": event_id, "address": USER, "at": AT}
    assert found == Inbound(**(expected | SAID[name]))


@pytest.mark.parametrize("name", SIGNALS)
def test_what_a_person_does(name: str) -> None:
    event_id = f"{fixture(name)['event_name']}:1763700000000:{USER}"
    expected = Notice(channel="zalo", event_id=event_id, address=USER, signal=SIGNALS[name])
    assert read(fixture(name)) == expected


@pytest.mark.parametrize("name", COUNTED)
def test_what_is_counted_only(name: str) -> None:
    assert read(fixture(name)) == Unsupported(COUNTED[name])


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("#topic:medicine", "topic:medicine"),
        ("#help", "help"),
        ("#helped:HY-26-0001-1:yes", "helped:HY-26-0001-1:yes"),
        ("#lua_dao", None),
        ("# topic:medicine", None),
        ("#topic:thuốc", None),
        ("#topic:medicine xin chào", None),
        ("topic:medicine", None),
        ("#topic:" + "x" * 300, None),
    ],
)
def test_a_choice_is_one_of_ours_and_nothing_a_person_types(text: str, payload: str | None) -> None:
    body = fixture("user_send_text__plain")
    body["message"]["text"] = text
    found = read(body)
    assert isinstance(found, Inbound)
    assert (found.payload, found.text) == ((payload, "") if payload else (None, text))


def test_a_picture_with_the_words_of_a_button_is_no_choice() -> None:
    body = fixture("user_send_image__caption_http")
    body["message"]["text"] = "#menu:report"
    found = read(body)
    assert isinstance(found, Inbound)
    assert found.payload is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"{}",
        b'{"event_name":7}',
        b"\xff\xfe{}",
        b'{"event_name":"user_send_text"}',
        b'{"event_name":"user_send_text","sender":{"id":""},"message":{"text":"a"}}',
        b'{"event_name":"user_send_text","sender":{"id":"1 OR 1"},"message":{"text":"a"}}',
        b'{"event_name":"user_send_text","sender":{"id":"1"},"message":"a"}',
        b'{"event_name":"anonymous_send_text","sender":{"id":"1"},"message":{"text":"a"}}',
        b'{"event_name":"follow","sender":{"id":"1"}}',
        b'{"event_name":"user_withdraw"}',
        b"[" * 100_000,
    ],
)
def test_what_the_platform_would_not_send(raw: bytes) -> None:
    with pytest.raises(BadBody):
        parse(raw, AT, HEADS)


def test_ids_that_are_numbers_and_ids_that_cannot_be_keys() -> None:
    body = fixture("user_send_text__plain")
    body["sender"]["id"] = int(USER)
    body["message"]["msg_id"] = "có dấu và\u0000" + "x" * 300
    found = read(body)
    assert isinstance(found, Inbound)
    assert found.address == USER
    assert len(found.event_id) == 64
    body["message"]["msg_id"] = "có dấu và\u0000" + "x" * 301
    again = read(body)
    assert isinstance(again, Inbound)
    assert again.event_id != found.event_id


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NAMES = sorted({json.loads(path.read_text("utf-8"))["event_name"] for path in FIXTURES.glob("*.json")})


def _shape(found: Inbound | Notice | Unsupported) -> None:
    if isinstance(found, Unsupported):
        assert found.event in {*COUNTED.values(), "other"}
        return
    assert 1 <= len(found.event_id) <= 200
    assert found.event_id.isascii()
    assert found.event_id.isprintable()
    assert found.address
    if isinstance(found, Inbound):
        assert len(found.text) <= 10_000
        assert "\0" not in found.text
        assert found.payload is None or found.payload.isascii()
        found.text.encode()
        for media in found.media:
            assert media.reference.startswith(("http://", "https://"))
        if found.location is not None:
            assert all(abs(part) <= limit for part, limit in zip(found.location, (90, 180), strict=True))


def _dies_of_nothing_else(raw: bytes) -> None:
    try:
        _shape(parse(raw, AT, HEADS))
    except BadBody:
        return


@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    _dies_of_nothing_else(raw)


@given(st.sampled_from(NAMES), st.dictionaries(st.text(max_size=8), ANYTHING, max_size=5))
def test_any_object_with_the_name_of_an_event(name: str, body: dict[str, Any]) -> None:
    _dies_of_nothing_else(json.dumps(body | {"event_name": name}).encode("utf-8", "surrogatepass"))


@given(st.sampled_from(sorted({*SAID, *SIGNALS, *COUNTED})), st.data())
def test_any_event_with_one_part_replaced(name: str, data: st.DataObject) -> None:
    """Every place of every known event holds anything at some time."""
    body = fixture(name)
    places = list(_places(body))
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(ANYTHING)
    _dies_of_nothing_else(json.dumps(body).encode("utf-8", "surrogatepass"))


def _places(value: Any) -> Any:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)
