"""The Zalo OA emulator keeps the rules of the documentation: tokens, sending, uploads, reading."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.zalo_oa import STATE_AGENCY, Phone, ZaloOA
from tests.support.zalo_oa.bare_client import CS, V2, BareClient
from tests.support.zalo_wire.listener import Listener
from tests.support.zalo_wire.standing_clock import StandingClock

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
YES = {"title": "Có", "type": "oa.query.hide", "payload": "#yes"}


def template(**payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


def media(kind: str, **element: Any) -> dict[str, Any]:
    return template(template_type="media", elements=[{"media_type": kind, **element}])


def request_info(**element: Any) -> dict[str, Any]:
    shown = {
        "title": "Số điện thoại",
        "subtitle": "Để cơ quan gọi lại",
        "image_url": "https://a.example/1.png",
    }
    return template(template_type="request_user_info", elements=[shown | element])


# --- tokens ---------------------------------------------------------------------------------------------


async def test_a_code_becomes_tokens_once_and_only_with_its_verifier(api: BareClient) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "app_id": api.oa.account.app_id,
        "redirect_uri": "https://ntd.example/back",
        "code_challenge": challenge,
        "state": "s1",
    }
    codes = []
    for _ in range(2):
        back = urlsplit((await api.http.get("/v4/oa/permission", params=asked)).headers["location"])
        query = parse_qs(back.query)
        assert (back.netloc, query["state"], query["oa_id"]) == (
            "ntd.example",
            ["s1"],
            [api.oa.account.oa_id],
        )
        codes += query["code"]
    grant = {"grant_type": "authorization_code"}
    assert (await api.token_call(code=codes[0], code_verifier="w" * 43, **grant))["error"] < 0
    assert "access_token" not in await api.token_call(code=codes[0], code_verifier=verifier, **grant)
    tokens = await api.token_call(code=codes[1], code_verifier=verifier, **grant)
    assert tokens["expires_in"] == "90000"
    assert set(await api.token_call(code=codes[1], code_verifier=verifier, **grant)) == {
        "error",
        "error_name",
        "error_reason",
        "error_description",
    }


async def test_a_code_ends_after_ten_minutes(api: BareClient, clock: StandingClock) -> None:
    code = api.oa.oauth.permit()
    clock.move(dt.timedelta(minutes=10))
    assert "access_token" not in await api.token_call(code=code, grant_type="authorization_code")


async def test_a_refresh_kills_both_tokens_before_it(api: BareClient, lan: Phone) -> None:
    first = api.oa.oauth.pair
    assert first is not None
    refresh = {"grant_type": "refresh_token", "refresh_token": first.refresh}
    assert "access_token" not in await api.token_call(secret="wrong", **refresh)
    second = await api.token_call(**refresh)
    assert "access_token" not in await api.token_call(**refresh)
    assert await api.code(lan) == -220
    api.token = second["access_token"]
    assert await api.code(lan) == 0
    api.token = "never issued"
    assert await api.code(lan) == -216


async def test_an_access_token_lives_25_hours(api: BareClient, lan: Phone, clock: StandingClock) -> None:
    clock.move(dt.timedelta(hours=24, minutes=59))
    assert await api.code(lan) == 0
    clock.move(dt.timedelta(minutes=1))
    assert await api.code(lan) == -220


# --- sending --------------------------------------------------------------------------------------------


async def test_a_text_with_buttons_reaches_the_phone_and_a_press_comes_back_as_text(
    api: BareClient, lan: Phone, listener: Listener
) -> None:
    shown = {"title": "Gọi", "type": "oa.open.phone", "payload": {"phone_code": "84900000001"}}
    sent = await api.send(lan, {"text": "Gửi nhé?"} | template(buttons=[YES, shown]))
    assert sent["data"]["quota"]["quota_type"] == "reply"
    answer = await lan.reply()
    assert (answer.message_id, answer.text) == (sent["data"]["message_id"], "Gửi nhé?")
    assert [button.title for button in answer.buttons] == ["Có", "Gọi"]
    await lan.press("Có")
    assert (listener.last.body["event_name"], listener.last.body["message"]["text"]) == (
        "user_send_text",
        "#yes",
    )
    heard = len(listener.heard)
    await lan.press(2)
    assert len(listener.heard) == heard
    with pytest.raises(LookupError):
        await lan.press("Không có nút này")


SHAPES: list[tuple[Any, int]] = [
    ({"text": "ạ" * 2000}, 0),
    ({"text": "a\u0323" * 2000}, 0),
    ({"text": "ạ" * 2001}, -201),
    ({"text": ""}, -201),
    ({"text": 5}, -201),
    (["text"], -201),
    ({"text": "x"} | template(buttons=[YES] * 5), 0),
    ({"text": "x"} | template(buttons=[YES] * 6), -201),
    (template(buttons=[YES]), -201),
    ({"text": "x"} | template(buttons=[]), -201),
    ({"text": "x"} | template(template_type="button", buttons=[YES]), -233),
    ({"text": "x"} | template(buttons=[YES | {"title": "x" * 100, "payload": "y" * 1000}]), 0),
    ({"text": "x"} | template(buttons=[YES | {"title": "x" * 101}]), -210),
    ({"text": "x"} | template(buttons=[YES | {"title": " "}]), -201),
    ({"text": "x"} | template(buttons=[YES | {"payload": "y" * 1001}]), -210),
    ({"text": "x"} | template(buttons=[YES | {"payload": {"a": 1}}]), -201),
    ({"text": "x"} | template(buttons=[YES | {"type": "oa.unknown"}]), -201),
    (
        {"text": "x"} | template(buttons=[YES | {"type": "oa.open.url", "payload": {"url": "ftp://x"}}]),
        -201,
    ),
    (
        {"text": "x"} | template(buttons=[YES | {"type": "oa.open.phone", "payload": {"phone_code": "09"}}]),
        -201,
    ),
    (media("image", url="https://a.example/1.jpg") | {"text": "ạ" * 2000}, 0),
    (media("image", url="https://a.example/1.jpg") | {"text": "ạ" * 2001}, -201),
    (media("image", url="https://a.example/1.jpg", attachment_id="x"), -201),
    (media("image", attachment_id="unknown"), -201),
    (media("image"), -201),
    (media("video", url="https://a.example/1.mp4"), -233),
    (template(template_type="media", elements=[]), -201),
    (
        template(template_type="media", elements=[{"media_type": "image", "url": "https://a.example"}] * 2),
        -201,
    ),
    (media("sticker", attachment_id="bfe458bf64fa8da4d4eb"), 0),
    (media("gif", attachment_id="x"), -201),
    (request_info(), 0),
    (request_info(title="x" * 101), -210),
    (request_info(subtitle="x" * 501), -210),
    (request_info(image_url=""), -201),
    (template(template_type="list", elements=[{"title": "x", "subtitle": "y"}]), -233),
    (template(template_type="promotion"), -233),
    ({"attachment": {"type": "file", "payload": {"token": "unknown"}}}, -201),
    ({"attachment": {"type": "image", "payload": {}}}, -233),
    ({"attachment": "x"}, -201),
]


async def test_the_shape_of_a_message(api: BareClient, lan: Phone) -> None:
    """What is refused shows nothing on the phone."""
    for message, code in SHAPES:
        lan.inbox.clear()
        assert await api.code(lan, message) == code, message
        assert len(lan.inbox) == (code == 0), message


async def test_the_recipient_is_a_user_or_a_message_of_theirs(api: BareClient, lan: Phone) -> None:
    message_id = await lan.say("tôi hỏi")
    for recipient, code in (
        ({"message_id": message_id}, 0),
        ({"message_id": "unknown"}, -201),
        ({"user_id": int(lan.id)}, -201),
        ({"user_id": "1"}, -201),
        ({}, -201),
        (None, -201),
    ):
        answer = await api.post(CS, {"recipient": recipient, "message": {"text": "x"}})
        assert answer["error"] == code, recipient


async def test_windows_close_with_time_and_open_with_a_word(
    api: BareClient, lan: Phone, clock: StandingClock
) -> None:
    async def after(**time: float) -> dict[str, Any]:
        clock.move(dt.timedelta(**time))
        api.token = api.oa.oauth.issue().access
        return await api.send(lan, {"text": "tin"})

    assert "quota" in (await after(hours=48))["data"]
    charged = await after(minutes=1)
    assert (charged["error"], "quota" in charged["data"]) == (0, False)
    api.oa.account.balance = 0
    assert (await after())["error"] == -321
    api.oa.account.linked_account = False
    assert (await after())["error"] == -320
    assert (await after(days=5))["error"] == -230
    api.oa.account.stale_code = -232
    assert (await after())["error"] == -232
    await lan.say("tôi đây")
    assert (await after())["error"] == 0


async def test_who_never_wrote_gets_a_welcome_only_as_a_follower(api: BareClient, oa: ZaloOA) -> None:
    stranger = oa.phone("Người lạ")
    assert await api.code(stranger) == -232
    stranger.person.follows = True
    quotas = [(await api.send(stranger, {"text": "chào"}))["data"]["quota"] for _ in range(3)]
    assert [(quota["quota_type"], quota["remain"]) for quota in quotas] == [
        ("welcome_msg", "2"),
        ("welcome_msg", "1"),
        ("welcome_msg", "0"),
    ]
    assert await api.code(stranger) == -232


async def test_the_state_of_a_person_refuses(api: BareClient, lan: Phone) -> None:
    await lan.unfollow()
    assert await api.code(lan) == -213
    await lan.say("tôi hỏi lại")
    assert await api.code(lan) == 0
    for code in (-217, -222, -227, -244):
        lan.person.refuses = code
        assert await api.code(lan) == code


async def test_the_night_refuses_what_the_test_says(
    api: BareClient, lan: Phone, clock: StandingClock
) -> None:
    api.oa.account.night_kinds = {"image"}
    picture = media("image", url="https://a.example/1.jpg")
    for hours, code in ((11.99, 0), (0.01, -234), (7.99, -234), (0.01, 0)):
        clock.move(dt.timedelta(hours=hours))
        assert await api.code(lan, picture) == code
        assert await api.code(lan) == 0


async def test_quotas_are_settings(api: BareClient, lan: Phone) -> None:
    api.oa.account.messages_left = 1
    assert [await api.code(lan), await api.code(lan)] == [0, -211]
    api.oa.account.messages_left = None
    api.oa.account.free_replies = 2
    await lan.say("tiếp")
    assert [await api.code(lan) for _ in range(3)] == [0, 0, -311]
    api.oa.account.with_quota = False
    await lan.say("tiếp")
    assert "quota" not in (await api.send(lan, {"text": "x"}))["data"]


async def test_a_minute_has_room_for_a_hundred_calls(
    api: BareClient, lan: Phone, clock: StandingClock
) -> None:
    api.oa.account.per_minute = 5
    for left in (4, 3, 2, 1, 0):
        answer = await api.http.get("/v2.0/oa/getoa", headers=api.headers)
        assert answer.headers["X-RateLimit-Limit"] == "5"
        assert answer.headers["X-RateLimit-Remain"] == str(left)
    assert await api.code(lan) == -32
    clock.move(dt.timedelta(seconds=60))
    assert await api.code(lan) == 0
    api.oa.account.per_minute, api.oa.account.package = None, "Toàn diện"
    answer = await api.http.get("/v2.0/oa/getoa", headers=api.headers)
    assert answer.headers["X-RateLimit-Limit"] == "2000"


async def test_the_kind_of_the_oa_decides_the_path(api: BareClient, lan: Phone) -> None:
    assert await api.code(lan, path=V2) == -240
    api.oa.account.oa_type = STATE_AGENCY
    assert (await api.code(lan), await api.code(lan, path=V2)) == (-235, 0)
    api.oa.account.package = "Tiêu chuẩn"
    assert await api.code(lan, path=V2) == -224
    api.oa.account.package, api.oa.account.refuses = "Toàn diện", -221
    assert await api.code(lan, path=V2) == -221
    nowhere = await api.http.post("/v3.0/oa/message", json={}, headers=api.headers)
    assert (nowhere.status_code, "empty or invalid API" in nowhere.text) == (404, True)


async def test_visitors_are_answered_on_the_old_path(api: BareClient, oa: ZaloOA, listener: Listener) -> None:
    visitor = oa.visitor()
    await visitor.say("xin hỏi")
    asked = listener.last.body
    assert asked["event_name"] == "anonymous_send_text"
    recipient = {
        "anonymous_id": asked["sender"]["id"],
        "conversation_id": asked["message"]["conversation_id"],
    }
    assert (await api.post(V2, {"recipient": recipient, "message": {"text": "chào"}}))["error"] == 0
    buttons = {"text": "chào"} | template(buttons=[YES])
    assert (await api.post(V2, {"recipient": recipient, "message": buttons}))["error"] == -233
    assert visitor.texts == ["chào"]


# --- uploads, media, reading ----------------------------------------------------------------------------


async def test_uploads_have_limits_and_live_a_week(api: BareClient, lan: Phone, clock: StandingClock) -> None:
    image = (await api.upload("image", PNG, "a.png"))["data"]["attachment_id"]
    token = (await api.upload("file", b"%PDF-1.7", "đơn.pdf"))["data"]["token"]
    gif = (await api.upload("gif", b"GIF89a" + bytes(9), "a.gif"))["data"]["attachment_id"]
    file = {"attachment": {"type": "file", "payload": {"token": token}}}
    assert await api.code(lan, media("gif", attachment_id=gif, width=10, height=10)) == 0
    assert await api.code(lan, file) == 0
    assert await api.code(lan, media("image", attachment_id=image)) == 0
    assert [sent.data for sent in lan.inbox[1:]] == [b"%PDF-1.7", PNG]
    for kind, data, name, code in (
        ("image", PNG + bytes(1024 * 1024), "a.png", -210),
        ("image", b"GIF89a", "a.gif", -201),
        ("gif", PNG, "a.gif", -201),
        ("file", b"x", "a.exe", -201),
        ("file", bytes(5 * 1024 * 1024 + 1), "a.pdf", -210),
    ):
        assert (await api.upload(kind, data, name))["error"] == code, (kind, name)
    clock.move(dt.timedelta(days=7))
    await lan.say("tôi đây")
    api.token = api.oa.oauth.issue().access
    assert await api.code(lan, file) == -100


async def test_media_links_need_no_token_and_may_expire(
    api: BareClient, lan: Phone, clock: StandingClock, listener: Listener
) -> None:
    lan_media = api.oa.media
    lan_media.lifetime = dt.timedelta(hours=1)
    await lan.send_photo(PNG, "hóa đơn")
    sent = listener.last.body["message"]
    url = sent["attachments"][0]["payload"]["url"]
    assert (sent["text"], urlsplit(url).netloc) == ("hóa đơn", urlsplit(lan_media.url).netloc)
    assert (await api.http.get(url)).content == PNG
    lan_media.faults.status(502)
    assert (await api.http.get(url)).status_code == 502
    clock.move(dt.timedelta(hours=1))
    assert (await api.http.get(url)).status_code == 403


async def test_reading_people_and_the_oa(api: BareClient, lan: Phone, oa: ZaloOA) -> None:
    await lan.submit_info("Lan", "0900000001", city="Hưng Yên")
    await api.post("/v2.0/oa/tag/tagfollower", {"user_id": lan.id, "tag_name": "hỏi"})
    detail = (await api.get("/v3.0/oa/user/detail", user_id=lan.id))["data"]
    assert (detail["display_name"], detail["shared_info"]["phone"]) == ("Lan", "0900000001")
    assert detail["tags_and_notes_info"]["tag_names"] == ["hỏi"]
    oa.phone("Người khác")
    listed = await api.get("/v3.0/oa/user/getlist", offset=0, count=50, tag_name="hỏi")
    assert listed["data"] == {"total": 1, "count": 1, "offset": 0, "users": [{"user_id": lan.id}]}
    assert (await api.get("/v3.0/oa/user/getlist", count=51))["error"] == -210
    recent = await api.get("/v3.0/oa/user/getlist", last_interaction_period="TODAY")
    assert recent["data"]["total"] == 1
    me = (await api.get("/v2.0/oa/getoa"))["data"]
    assert (me["oaid"], me["oa_type"]) == (oa.account.oa_id, 2)
    quota = (await api.post("/v3.0/oa/quota/message", {"user_id": lan.id}))["data"]
    assert quota["cs_reply"] == {"remain": 8, "total": 8}
