"""The webhooks of the Zalo OA emulator, its faults, and a client that we did not write.

That judge is `zalo_sdk` 0.3.0. Its OA client takes another address for the OpenAPI (`endpoint_prefix`); that
of OAuth is written into its methods, so `requests.post` as it sees it is replaced by one that changes the
host and nothing else.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import importlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import zalo_sdk  # type: ignore[import-untyped]
from zalo_sdk import oa as sdk

from tests.support.zalo_oa import Phone, ZaloOA
from tests.support.zalo_oa.bare_client import CS, BareClient
from tests.support.zalo_oa.webhook import encode_escaped
from tests.support.zalo_wire.listener import Heard, Listener

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def mac(heard: Heard, oa: ZaloOA, timestamp: str) -> str:
    signed = oa.account.app_id.encode() + heard.raw + timestamp.encode() + oa.account.oa_secret_key.encode()
    return "mac=" + hashlib.sha256(signed).hexdigest()


# --- the webhook ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["both", "body", "header"])
async def test_events_are_signed_over_their_bytes(
    oa: ZaloOA, lan: Phone, listener: Listener, source: Any
) -> None:
    oa.webhook.timestamp_from = source
    oa.webhook.encode = encode_escaped
    await lan.say("https://ví-dụ.example/giả")
    heard = listener.last
    body, header = heard.body["timestamp"], heard.headers["X-ZEvent-Timestamp"]
    assert (body == header) is (source == "both")
    assert heard.headers["X-ZEvent-Signature"] == mac(heard, oa, header if source == "header" else body)


async def test_every_event_arrives_in_its_own_envelope(oa: ZaloOA, lan: Phone, listener: Listener) -> None:
    for act in (
        lan.send_photo(PNG),
        lan.send_gif(b"GIF89a"),
        lan.send_audio(b"aac"),
        lan.send_video(b"mp4", "clip"),
        lan.send_file(b"%PDF", "đơn.pdf"),
        lan.send_sticker(),
        lan.send_location(20.65, 106.05),
        lan.send_link("https://shop.example", "cửa hàng"),
        lan.send_card("0900000001"),
        lan.click_chat(),
        lan.see(),
        lan.withdraw(),
        lan.follow("message_invite"),
        lan.unfollow(),
    ):
        await act
    await lan.submit_info("Lan", "0900000001", city="Hưng Yên")
    await lan.submit_info("Lan", "0900000001", newer=True, user_city="Hưng Yên")
    events = oa.events
    for event in (
        events.tag("add_user_to_tag", "hỏi", [lan.id]),
        events.group("user_send_group_text", "g1", lan.person, {"text": "chào"}),
        events.template_receipt("84900000001", "m1", "t1"),
        events.template_change("change_template_status", {"template_id": "1", "status": "ENABLE"}),
        events.update_user_info(lan.person),
        events.other(lan.person, "user_call_oa", call_id="c1"),
    ):
        await oa.webhook.emit(event)
    bodies = {heard.body["event_name"]: heard.body for heard in listener.heard}
    assert len(bodies) == 22
    for heard in listener.heard:
        assert heard.headers["X-ZEvent-Signature"] == mac(heard, oa, str(heard.body["timestamp"]))
    for name in ("follow", "unfollow"):
        assert bodies[name]["follower"] == {"id": lan.id}
        assert {"sender", "recipient", "message"}.isdisjoint(bodies[name])
    location = bodies["user_send_location"]["message"]["attachments"][0]["payload"]
    assert location == {"coordinates": {"latitude": "20.65", "longitude": "106.05"}}
    shown = bodies["user_send_business_card"]["message"]["attachments"][0]
    assert json.loads(shown["payload"]["description"])["phone"] == "0900000001"
    assert isinstance(bodies["add_user_to_tag"]["timestamp"], int)
    assert bodies["user_submit_info"]["info"]["full_address"]["user_city"] == "Hưng Yên"


async def test_what_is_not_answered_is_tried_five_times_and_then_never_again(
    oa: ZaloOA, lan: Phone, listener: Listener
) -> None:
    listener.heard.clear()
    listener.statuses = [503, 500]
    await lan.say("một")
    await oa.webhook.settle()
    assert [heard.headers.get("num_retry") for heard in listener.heard] == [None, "1", "2"]
    assert len({heard.raw for heard in listener.heard}) == 1
    listener.statuses = [503] * 6
    await lan.say("hai")
    await oa.webhook.settle()
    assert (len(listener.heard), oa.webhook.enabled) == (9, False)
    await lan.say("ba")
    assert len(listener.heard) == 9


async def test_a_slow_answer_is_no_answer(oa: ZaloOA, lan: Phone, listener: Listener) -> None:
    assert oa.webhook.answer_within == 2.0
    oa.webhook.answer_within = 0.05
    oa.webhook.retries_answers = False
    listener.pause = 0.2
    await lan.say("một")
    await oa.webhook.settle()
    attempts = oa.webhook.deliveries[-1].attempts
    assert [(attempt.status, attempt.reason) for attempt in attempts] == [(None, "too slow")]


async def test_doubled_held_and_repeated(oa: ZaloOA, lan: Phone, listener: Listener) -> None:
    listener.heard.clear()
    oa.webhook.copies = 2
    await lan.say("một")
    assert listener.heard[0].raw == listener.heard[1].raw
    oa.webhook.copies = 1
    oa.webhook.hold()
    await lan.say("hai")
    await lan.say("ba")
    assert len(listener.heard) == 2
    await oa.webhook.release(reverse=True)
    assert [heard.body["message"]["text"] for heard in listener.heard[2:]] == ["ba", "hai"]
    assert await oa.webhook.repeat(oa.webhook.deliveries[0]) == 200
    assert listener.last.body["message"]["text"] == "chào"


async def test_the_console(oa: ZaloOA, lan: Phone, listener: Listener) -> None:
    listener.statuses = [401]
    assert (await oa.webhook.probe(), listener.last.raw) == (401, b"{}")
    assert "X-ZEvent-Signature" not in listener.last.headers
    heard = len(listener.heard)
    oa.webhook.only_hash = True
    oa.webhook.unsubscribed = {"user_send_sticker"}
    await lan.say("không có dấu thăng")
    await lan.send_sticker()
    await lan.say("#có")
    assert len(listener.heard) == heard + 1


async def test_a_send_is_echoed(api: BareClient, lan: Phone, listener: Listener) -> None:
    api.oa.account.echo_before_answer = True
    api.oa.account.receipts = True
    sent = (await api.send(lan, {"text": "chào Lan"}))["data"]
    echo = listener.last.body
    assert (echo["event_name"], echo["message"]["msg_id"]) == ("oa_send_text", sent["message_id"])
    assert (echo["sender"]["id"], echo["recipient"]["id"]) == (api.oa.account.oa_id, lan.id)
    await api.oa.webhook.settle()
    assert api.oa.webhook.events("user_received_message")[0]["message"] == {"msg_id": sent["message_id"]}


async def test_a_human_in_oa_chat_is_told_apart(oa: ZaloOA, lan: Phone, listener: Listener) -> None:
    await oa.admin_says(lan, "Tôi là Hoa, cán bộ trực")
    assert listener.last.body["sender"] == {"id": oa.account.oa_id, "admin_id": "3000000000000000001"}
    assert lan.texts == ["Tôi là Hoa, cán bộ trực"]


# --- faults ---------------------------------------------------------------------------------------------


async def test_faults_are_met_once_each(api: BareClient, lan: Phone) -> None:
    faults = api.oa.faults
    faults.drop_answer(where="message/cs")
    with pytest.raises(httpx.TransportError):
        await api.send(lan, {"text": "đã nhận"})
    faults.cut()
    with pytest.raises(httpx.TransportError):
        await api.send(lan, {"text": "chưa nhận"})
    assert lan.texts == ["đã nhận"]
    faults.status(503)
    answer = await api.http.post(CS, json={}, headers=api.headers)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    faults.garbage()
    with pytest.raises(json.JSONDecodeError):
        await api.send(lan, {"text": "x"})
    faults.error(-14002, "app is not active", where="access_token")
    assert (await api.token_call(grant_type="refresh_token", refresh_token="x"))["error"] == -14002
    faults.error(-32, times=2)
    assert [await api.code(lan) for _ in range(3)] == [-32, -32, 0]
    faults.delay(0.2)
    with pytest.raises(httpx.ReadTimeout):
        await api.http.post(CS, json={}, headers=api.headers, timeout=0.05)
    assert faults.pending == 0
    assert [call.error for call in api.oa.calls[:3]] == [None, None, None]


async def test_replies_wait_for_what_comes_later(api: BareClient, lan: Phone) -> None:
    async def later() -> None:
        for text in ("một", "hai"):
            await asyncio.sleep(0.02)
            await api.send(lan, {"text": text})

    sending = asyncio.create_task(later())
    assert [sent.text for sent in await lan.replies(quiet=0.2)] == ["một", "hai"]
    await sending
    with pytest.raises(TimeoutError):
        await lan.reply(within=0.01)


# --- the judge ------------------------------------------------------------------------------------------


async def test_zalo_sdk_renews_its_tokens_here(oa: ZaloOA, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = importlib.import_module("zalo_sdk.BaseClient").requests
    post = requests.post

    def rehosted(url: str, **options: Any) -> Any:
        return post(url.replace("https://oauth.zaloapp.com", oa.url), **options)

    monkeypatch.setattr(requests, "post", rehosted)
    client = sdk.Client(oa.account.app_id, oa.account.app_secret, endpoint_prefix=oa.url)
    verifier = "V" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    page = client.request_authoriation_code_url(
        "https://ntd.example/back", base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), "state"
    ).replace("https://oauth.zaloapp.com", oa.url)
    async with httpx.AsyncClient() as admin:
        code = parse_qs(urlsplit((await admin.get(page)).headers["location"]).query)["code"][0]
    first, *_ = await asyncio.to_thread(client.get_access_token_from_authorization_code, code, verifier)
    second, *_ = await asyncio.to_thread(client.refresh_acccess_token)
    assert oa.oauth.pair is not None
    assert first != second == oa.oauth.pair.access
    client.refresh_token = "spent"
    with pytest.raises(zalo_sdk.ZaloException):
        await asyncio.to_thread(client.refresh_acccess_token)


async def test_zalo_sdk_sends_uploads_and_reads_here(oa: ZaloOA, lan: Phone) -> None:
    pair = oa.oauth.issue()
    client = sdk.Client(
        oa.account.app_id, oa.account.app_secret, access_token=pair.access, endpoint_prefix=oa.url
    )

    def act() -> list[Any]:
        recipient = sdk.ZaloRecipient(user_id=lan.id)
        image = client.upload_file(PNG, "image", "a.png", "image/png")["data"]["attachment_id"]
        element = {"media_type": "image", "attachment_id": image}
        picture = sdk.ZaloAttachment("template", {"template_type": "media", "elements": [element]})
        return [
            client.send_message(recipient, sdk.ZaloMessageBody(text="chào Lan"))["data"]["user_id"],
            client.send_message(recipient, sdk.ZaloMessageBody(text="ảnh", attachment=picture))["error"],
            client.get_user_detail(lan.id)["data"]["display_name"],
            client.get_list({"offset": 0, "count": 10})["data"]["total"],
            client.get_zalo_user_quotas(lan.id)["data"]["cs_reply"]["remain"],
            client.tag_follower(lan.id, "hỏi")["error"],
            client.get_tags_of_oa()["data"],
        ]

    assert await asyncio.to_thread(act) == [lan.id, 0, "Lan", 1, 6, 0, ["hỏi"]]
    assert [(sent.text, sent.data) for sent in lan.inbox] == [("chào Lan", None), ("ảnh", PNG)]
    lan.person.refuses = -217
    with pytest.raises(zalo_sdk.ZaloOAException, match="-217"):
        await asyncio.to_thread(
            client.send_message, sdk.ZaloRecipient(user_id=lan.id), sdk.ZaloMessageBody(text="x")
        )
