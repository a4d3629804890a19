"""Events over HTTP into the whole product: what is refused leaves nothing, what is taken is done once."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import Knowledge
from tests.bot.channels.zalo_oa.stand import Stand, counter, standing
from tests.support.zalo_oa.webhook import encode, encode_escaped

OLD = 4 * 3600 * 1000
UNSUPPORTED = {
    "user_seen_message__plain": "user_seen_message",
    "oa_send_text__by_human": "oa_send_by_human",
    "add_user_to_tag__number_timestamp": "add_user_to_tag",
    "user_send_group_text__plain": "group",
    "change_template_status__zns": "change_template_status",
    "some_event_of_tomorrow__unknown": "other",
}


def forged(stand: Stand, case: str) -> tuple[bytes, dict[str, str]]:
    event = stand.event("user_send_text__plain")
    raw, stamp = encode(event), event["timestamp"]
    sign = stand.oa.webhook.sign
    match case:
        case "unsigned":
            return raw, {"Content-Type": "application/json"}
        case "wrong key":
            return raw, sign(raw, stamp, key="another")
        case "app secret":
            return raw, sign(raw, stamp, key=stand.oa.account.app_secret)
        case "changed body":
            return raw.replace("thuốc".encode(), "tiền".encode()), sign(raw, stamp)
        case "stale":
            event["timestamp"] = str(int(stamp) - OLD)
            return encode(event), sign(encode(event), event["timestamp"])
        case "another app":
            event["app_id"] = "7"
            return encode(event), sign(encode(event), stamp)
        case _:
            return b"{ }", {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "case", ["unsigned", "wrong key", "app secret", "changed body", "stale", "another app", "nearly a probe"]
)
async def test_a_forged_request_leaves_nothing(shared_stand: Stand, case: str) -> None:
    before = await shared_stand.counts()
    answer = await shared_stand.post(*forged(shared_stand, case))
    assert answer.status_code == 401
    assert answer.content == b""
    assert await shared_stand.counts() == before


@pytest.mark.parametrize("raw", [b"[]", b'{"event_name":"user_send_text"}', b"hello", b'{"a":1}'])
async def test_a_signed_body_that_is_no_event(shared_stand: Stand, raw: bytes) -> None:
    before = await shared_stand.counts()
    stamp = str(int(shared_stand.clock.now().timestamp() * 1000))
    answer = await shared_stand.post(raw, shared_stand.oa.webhook.sign(raw, stamp))
    assert answer.status_code == 400
    assert await shared_stand.counts() == before


async def test_a_body_that_is_too_large(shared_stand: Stand) -> None:
    answer = await shared_stand.post(b"{" + b" " * 1_000_001, {})
    assert answer.status_code == 413


async def test_the_probe_of_the_console_does_nothing(shared_stand: Stand) -> None:
    before = await shared_stand.counts()
    assert await shared_stand.oa.webhook.probe() == 200
    assert await shared_stand.counts() == before


@pytest.mark.parametrize("name", UNSUPPORTED)
async def test_what_is_not_acted_upon_is_answered_and_counted(shared_stand: Stand, name: str) -> None:
    before = await shared_stand.counts()
    labels = {"channel": "zalo", "event": UNSUPPORTED[name]}
    counted = counter("ntd_unsupported_events", **labels)
    delivery = await shared_stand.oa.webhook.emit(shared_stand.event(name))
    assert delivery
    assert delivery.attempts[0].status == 200
    assert counter("ntd_unsupported_events", **labels) == counted + 1
    assert await shared_stand.counts() == before


@pytest.mark.parametrize("timestamp_from", ["both", "body", "header"])
async def test_either_timestamp_is_accepted(shared_stand: Stand, timestamp_from: Any) -> None:
    webhook = shared_stand.oa.webhook
    webhook.timestamp_from = timestamp_from
    try:
        lan = shared_stand.oa.phone("Lan")
        await lan.say("chào bạn")
        assert await lan.reply()
    finally:
        webhook.timestamp_from = "both"
    assert webhook.deliveries[-1].event["event_name"].startswith(("user_send", "oa_send"))


async def test_the_bytes_are_verified_as_they_came(shared_stand: Stand) -> None:
    webhook = shared_stand.oa.webhook
    webhook.encode = encode_escaped
    try:
        lan = shared_stand.oa.phone("Lan")
        await lan.say("cửa hàng / chợ đêm")
        assert await lan.reply()
    finally:
        webhook.encode = encode


async def test_the_key_that_fitted_is_remembered(shared_stand: Stand) -> None:
    await shared_stand.oa.phone("Lan").say("chào bạn")
    assert await shared_stand.rows("SELECT key FROM channel_state WHERE key = 'webhook'") == [("webhook",)]


async def test_a_repeat_has_one_effect(shared_stand: Stand) -> None:
    webhook, before = shared_stand.oa.webhook, len(shared_stand.oa.webhook.deliveries)
    webhook.copies = 5
    try:
        lan = shared_stand.oa.phone("Lan")
        await lan.say("mua phải thuốc giả")
    finally:
        webhook.copies = 1
    await lan.reply()
    await shared_stand.settle()
    counts, shown = await shared_stand.counts(), len(lan.inbox)
    delivery = webhook.deliveries[before]
    assert [attempt.status for attempt in delivery.attempts] == [200] * 5
    again = delivery.headers | {"num_retry": "3"}
    answers = await asyncio.gather(*(shared_stand.post(delivery.raw, again) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    await shared_stand.settle()
    assert await shared_stand.counts() == counts
    assert len(lan.inbox) == shown


async def test_following_greets_and_leaving_stops(shared_stand: Stand) -> None:
    lan = shared_stand.oa.phone("Lan")
    await lan.follow()
    greeting = await lan.reply()
    assert "tự động" in greeting.text
    await shared_stand.settle()
    await lan.unfollow()
    newest = "SELECT stopped FROM contacts ORDER BY id DESC LIMIT 1"
    assert await shared_stand.rows(newest) == [(True,)]
    await lan.say("cho hỏi chút")
    assert await lan.reply()
    assert await shared_stand.rows(newest) == [(False,)]


async def test_withdrawn_consent_takes_the_data_along(shared_stand: Stand) -> None:
    lan = shared_stand.oa.phone("Lan")
    await lan.say("shop online lừa tôi 5 triệu")
    await lan.replies()
    kept = "SELECT count(*) FROM messages WHERE contact_id = (SELECT max(id) FROM contacts)"
    assert (await shared_stand.rows(kept))[0][0] > 0
    await lan.withdraw()
    assert await shared_stand.rows(kept) == [(0,)]


async def test_a_sticker_is_told_that_it_cannot_be_read(shared_stand: Stand) -> None:
    lan = shared_stand.oa.phone("Lan")
    await lan.send_sticker()
    assert (await lan.reply()).text


async def test_without_an_intake_zalo_is_asked_to_come_again(shared_stand: Stand) -> None:
    """As while the database is away: what is not kept is not acknowledged."""
    event = shared_stand.event("user_send_text__plain")
    event["message"]["msg_id"] = "asked-to-come-again"
    raw = encode(event)
    headers = shared_stand.oa.webhook.sign(raw, event["timestamp"])
    before = (await shared_stand.counts())["inbound_events"]
    intake = shared_stand.channel._webhook.intake
    shared_stand.channel._webhook.intake = None
    try:
        assert (await shared_stand.post(raw, headers)).status_code == 503
    finally:
        shared_stand.channel._webhook.intake = intake
    assert (await shared_stand.post(raw, headers)).status_code == 200
    assert (await shared_stand.counts())["inbound_events"] == before + 1


async def test_a_wrong_key_is_told_from_a_forgery(
    shared_stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Some sources sign with the App Secret: refused all the same, and the operator reads why."""
    shared_stand.channel._webhook._said.clear()
    await shared_stand.post(*forged(shared_stand, "wrong key"))
    assert "zalo_webhook_wrong_key" not in capsys.readouterr().out
    await shared_stand.post(*forged(shared_stand, "app secret"))
    told = capsys.readouterr().out
    assert "zalo_webhook_wrong_key" in told
    assert shared_stand.oa.account.app_secret not in told


async def test_without_the_key_nothing_is_taken_and_nothing_lost(
    database_url: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    async with standing(database_url, tmp_path, knowledge, zalo_oa_secret_key=None) as stand:
        event = stand.event("user_send_text__plain")
        raw = encode(event)
        # a key that is empty must not be a key
        made = hashlib.sha256(stand.oa.account.app_id.encode() + raw + event["timestamp"].encode())
        answer = await stand.post(raw, {"X-ZEvent-Signature": f"mac={made.hexdigest()}"})
        assert answer.status_code == 503
        assert (await stand.counts())["inbound_events"] == 0
        assert await stand.oa.webhook.probe() == 200


async def test_the_domain_is_shown_to_be_ours(
    database_url: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    code = "Made_up-Code123"
    async with (
        standing(database_url, tmp_path, knowledge, zalo_site_verification=code) as stand,
        httpx.AsyncClient(base_url=stand.url) as client,
    ):
        page = await client.get(f"/zalo_verifier{code}.html")
        assert page.status_code == 200
        assert f'<meta name="zalo-platform-site-verification" content="{code}" />' in page.text
        assert (await client.get("/zalo_verifierOther.html")).status_code == 404
        picture = await client.get("/channels/zalo-oa/contact.png")
        assert picture.headers["content-type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")
        landed = await client.get("/channels/zalo-oa/connected?code=secret-code")
        assert "secret-code" not in landed.text
        assert landed.headers["referrer-policy"] == "no-referrer"
