"""What an update becomes; and that the parser takes or refuses whatever is thrown at it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import aiogram.types
import pytest
import telegram as judge
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.commands import MENU, meant
from bot.channels.telegram.parse import BadBody, Event, InGroup, Press, Unsupported, parse
from bot.channels.telegram.schema import ALLOWED_UPDATES
from bot.delivery.ports import Inbound, Media, Notice, Signal

FIXTURES = Path(__file__).parents[3] / "fixtures" / "telegram"
NOW = dt.datetime(2026, 11, 21, 8, 0, tzinfo=dt.UTC)
SENT = dt.datetime.fromtimestamp(1795200000, dt.UTC)
EDITED = SENT + dt.timedelta(seconds=60)
PLACE = (21.59, 105.84)
PHOTO = (Media("AgACmadeup2", "photo.jpg", 1002),)


def said(text: str = "", **more: Any) -> Inbound:
    given = {"at": SENT, "display_name": "Lan", "language": "vi"} | more
    return Inbound(channel="telegram", event_id="100000042", address="700000001", text=text, **given)


def pressed(text: str, message_id: int | None) -> Press:
    inbound = said(text, payload="province:thai-nguyen", at=NOW)
    return Press("4382bfdwdsb323b2d9", inbound, message_id)


def notice(signal: Signal) -> Notice:
    return Notice(channel="telegram", event_id="100000042", address="700000001", signal=signal)


GROUP = InGroup(-1000400000001, "vi")

EXPECTED: dict[str, Event] = {
    "message__text": said("mua phải thuốc giả ở chợ"),
    "message__text_with_slash": said("5 triệu thôi"),
    "message__start": said(payload="start"),
    "message__start_province": said(payload="start:hung-yen"),
    "message__start_case": said("TN-26-000045", payload="track"),
    "message__command_vi": said(payload="officer"),
    "message__command_en": said(payload="officer"),
    "message__command_with_words": said("mua phải thuốc giả"),
    "message__command_track_code": said("TN-26-000045", payload="track"),
    "message__command_unknown": said(payload="help"),
    "message__photo": said(media=PHOTO),
    "message__photo_caption": said("hộp thuốc đây", media=PHOTO),
    "message__photo_of_album": said(media=PHOTO),
    "message__document": said(media=(Media("AgACmadeup4", "hoa-don.pdf", 1004),)),
    "message__document_without_size": said(media=(Media("AgACmadeup4", "document", None),)),
    "message__voice": said(media=(Media("AgACmadeup5", "voice.oga", 1005),)),
    "message__audio": said(media=(Media("AgACmadeup6", "ghi-am.mp3", 1006),)),
    "message__video": said(media=(Media("AgACmadeup7", "video.mp4", 52_000_000),)),
    "message__video_note": said(media=(Media("AgACmadeup8", "video_note.mp4", 1008),)),
    "message__animation": said(media=(Media("AgACmadeup9", "animation.mp4", 1009),)),
    "message__contact_own": said("+84900000001", shared_phone="+84900000001"),
    "message__contact_of_another": said("+84900000002"),
    "message__contact_typed_in": said("0900000003"),
    "message__location": said(location=PLACE),
    "message__venue": said("Chợ Thái, Thái Nguyên", location=PLACE),
    "message__forwarded_from_hidden_user": said("/start chuyển tiền ngay", forwarded=True),
    "message__forwarded_from_user": said("chuyển tiền ngay", forwarded=True),
    "message__forwarded_from_channel": said("trúng thưởng", forwarded=True, media=PHOTO),
    "message__sticker": said(),
    "message__dice": said(),
    "message__poll": said(),
    "message__story": said(),
    "message__pinned": Unsupported("service_message"),
    "message__auto_delete_timer": Unsupported("service_message"),
    "message__of_tomorrow": Unsupported("service_message"),
    "message__in_group": GROUP,
    "message__in_group_of_service": GROUP,
    "message__from_a_bot": Unsupported("bot"),
    "edited_message__text": said("mua phải thuốc giả ở chợ Thái", at=EDITED),
    "edited_message__caption": said("hộp thuốc, lô AB12345", at=EDITED),
    "edited_message__photo": said(media=PHOTO, at=EDITED),
    "edited_message__moving_place": Unsupported("moving_place"),
    "edited_message__without_date": Unsupported("edit_without_date"),
    "callback_query__choice": pressed("Thái Nguyên", 7),
    "callback_query__not_shown_any_more": pressed("", 7),
    "callback_query__without_message": pressed("", None),
    "callback_query__chosen_already": Press("4382bfdwdsb323b2d9"),
    "callback_query__game": Press("4382bfdwdsb323b2d9"),
    "callback_query__in_group": GROUP,
    "my_chat_member__kicked": notice(Signal.LEFT),
    "my_chat_member__member": notice(Signal.RETURNED),
    "my_chat_member__group_added": GROUP,
    "my_chat_member__group_left": Unsupported("left_group"),
    "channel_post__text": Unsupported("channel_post"),
    "poll_answer__plain": Unsupported("poll_answer"),
    "message_reaction__heart": Unsupported("message_reaction"),
    "something_of_tomorrow__plain": Unsupported("other"),
}


def raw(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def test_every_fixture_is_expected() -> None:
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(EXPECTED)


def test_every_kind_that_is_asked_for_has_a_fixture() -> None:
    assert {name.partition("__")[0] for name in EXPECTED} >= set(ALLOWED_UPDATES)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_fixture_is_read(name: str) -> None:
    assert parse(raw(name), NOW) == EXPECTED[name]


@pytest.mark.parametrize("name", [name for name in EXPECTED if "tomorrow" not in name])
def test_two_other_libraries_read_it_the_same_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the fixtures is what they know of the platform too."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # durations as its next version reads them
    body = json.loads(raw(name))
    aiogram.types.Update.model_validate(body)
    read = judge.Update.de_json(body, None)
    assert read is not None
    assert not read.api_kwargs
    event = parse(raw(name), NOW)
    if isinstance(event, Inbound) and read.effective_message and not event.payload:
        text = read.effective_message.text or read.effective_message.caption
        assert text is None or text.endswith(event.text)
        assert str(read.effective_chat.id) == event.address if read.effective_chat else True


def text_update(**changed: Any) -> dict[str, Any]:
    update: dict[str, Any] = json.loads(raw("message__text"))
    update["message"] |= changed
    return update


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"null", b"1", b"\xff\xfe", b'{"update_id":', b"[" * 100_000, b'{"a":"\\ud800"}',
        b'{"update_id":1}', b'{"update_id":-1,"message":{}}', b'{"update_id":"1","poll":{}}',
        b'{"message":{"text":"x"}}', b'{"update_id":1,"message":null}', b'{"update_id":1,"message":[]}',
        b'{"update_id":1.5,"poll":{}}', b'{"event_name":"user_send_text","app_id":"1"}',
        b'{"update_id":1,"callback_query":{"id":"","from":{"id":1}}}',
    ],
)  # fmt: skip
def test_a_body_of_somebody_else_is_refused(body: bytes) -> None:
    with pytest.raises(BadBody):
        parse(body, NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"date": 10**12}, {"date": -1}, {"date": "now"}, {"chat": {"id": 2**60, "type": "private"}},
        {"location": {"latitude": 91, "longitude": 0}, "text": None}, {"from": {"id": "x"}}, {"text": 7},
        {"photo": [{"file_id": ""}]}, {"contact": {"phone_number": 84900000001}},
    ],
)  # fmt: skip
def test_what_the_platform_never_sends_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(BadBody):
        parse(json.dumps(text_update(**changed)).encode(), NOW)


def test_what_cannot_be_seen_or_stored_is_left_out() -> None:
    found = parse(json.dumps(text_update(text="  a\x00b\u202d\x07\nc 👩‍👧 ")).encode(), NOW)
    assert isinstance(found, Inbound)
    assert found.text == "ab\u202d\nc 👩‍👧"


def test_every_command_has_a_name_in_both_languages_and_no_two_mean_different_things() -> None:
    for one in MENU:
        for name in (one.vi, one.en):
            assert meant(f"/{name}").payload == one.payload
            assert meant(f"/{name.upper()}@some_bot ").payload == one.payload


# --- whatever is thrown at it -------------------------------------------------------------------------------

ALL = [json.loads(path.read_bytes()) for path in sorted(FIXTURES.glob("*.json"))]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["private", "group", "kicked", "member", "/start x", "-", "\x00", "١"]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def mutated(draw: st.DrawFn, value: Any) -> Any:
    """The value with some part of it replaced, dropped or added."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        changed = dict(value)
        key = draw(st.sampled_from(sorted(changed)))
        action = draw(st.integers(0, 5))
        if action == 0:
            del changed[key]
        elif action == 1:
            changed[draw(st.sampled_from(["text", "photo", "contact", "chat", "from", "x"]))] = draw(VALUES)
        else:
            changed[key] = mutated(draw, changed[key])
        return changed
    if isinstance(value, list) and value and draw(st.booleans()):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], mutated(draw, value[place]), *value[place + 1 :]]
    return draw(VALUES)


@st.composite
def updates(draw: st.DrawFn) -> bytes:
    return json.dumps(mutated(draw, draw(st.sampled_from(ALL)))).encode()


def check(body: bytes) -> None:
    """Taken or refused; what is taken can be stored and answered."""
    try:
        event = parse(body, NOW)
    except BadBody:
        return
    said = event.inbound if isinstance(event, Press) else event
    if isinstance(said, Inbound):
        assert said.address.removeprefix("-").isdecimal()
        assert said.event_id.isdecimal()
        assert said.at.tzinfo is not None
        assert "\x00" not in said.text
        said.text.encode()
    if isinstance(event, Unsupported):
        assert event.event.isidentifier()
        assert len(event.event) < 30


@given(updates())
def test_mutated_updates_are_taken_or_refused(body: bytes) -> None:
    check(body)


@given(st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_anything_is_taken_or_refused(body: bytes) -> None:
    check(body)


@given(st.text(max_size=80) | st.from_regex(r"/\w{0,40}(@\w*)?( .*)?", fullmatch=True))
def test_any_text_means_something(text: str) -> None:
    found = meant(text)
    assert found.payload is None or (found.payload.isascii() and 0 < len(found.payload) <= 64)
    assert found.payload is not None or found.text == text or text.strip().startswith("/")
