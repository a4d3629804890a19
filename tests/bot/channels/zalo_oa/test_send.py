"""Every kind of message, as the emulator's rules let it through; every refusal, as the ledger hears of it."""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from bot.app import Knowledge
from bot.channels.zalo_oa import errors
from bot.channels.zalo_oa.channel import ZaloOaChannel
from bot.delivery.ports import Outgoing, OutgoingChoice, SendFailed, Want
from tests.bot.channels.zalo_oa.stand import Stand, standing
from tests.support.zalo_oa import STATE_AGENCY, Account, Phone

V3, V2 = "/v3.0/oa/message/cs", "/v2.0/oa/message"
CHOICES = tuple(OutgoingChoice(f"Chọn {n}", f"topic:{n}") for n in range(1, 6))


def picture(color: str = "#1b6f8c") -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(kept, "PNG")
    return kept.getvalue()


@pytest.fixture
async def lan(shared_stand: Stand) -> AsyncIterator[Phone]:
    phone = shared_stand.oa.phone("Lan")
    phone.person.interact(shared_stand.clock.now())
    yield phone
    shared_stand.oa.faults.clear()


@pytest.fixture
def channel(shared_stand: Stand) -> ZaloOaChannel:
    return shared_stand.channel


async def failure(channel: ZaloOaChannel, address: str, message: Outgoing) -> SendFailed:
    with pytest.raises(SendFailed) as failed:
        await channel.send(address, message, 1)
    return failed.value


def calls(stand: Stand, path: str) -> int:
    return sum(call.path == path for call in stand.oa.calls)


# --- what can be sent ---------------------------------------------------------------------------------------


async def test_text(channel: ZaloOaChannel, lan: Phone) -> None:
    platform_id = await channel.send(lan.id, Outgoing("Chào bạn 👋"), 1)
    sent = await lan.reply()
    assert (sent.kind, sent.text, sent.message_id) == ("text", "Chào bạn 👋", platform_id)


async def test_two_thousand_characters_as_zalo_counts_them(channel: ZaloOaChannel, lan: Phone) -> None:
    text = "ế" * 2000
    await channel.send(lan.id, Outgoing(unicodedata.normalize("NFD", text)), 1)
    assert (await lan.reply()).text == text


async def test_buttons_that_come_back_as_choices(channel: ZaloOaChannel, lan: Phone) -> None:
    await channel.send(lan.id, Outgoing("Chọn đi", CHOICES), 1)
    sent = await lan.reply()
    assert [button.title for button in sent.buttons] == [choice.label for choice in CHOICES]
    assert {button.type for button in sent.buttons} == {"oa.query.hide"}
    assert [button.payload for button in sent.buttons] == [f"#topic:{n}" for n in range(1, 6)]


async def test_a_label_as_long_as_they_get(channel: ZaloOaChannel, lan: Phone) -> None:
    await channel.send(lan.id, Outgoing("Chọn đi", (OutgoingChoice("dài " * 60, "help"),)), 1)
    assert len((await lan.reply()).buttons[0].title) == 100


async def test_asking_for_the_phone(shared_stand: Stand, channel: ZaloOaChannel, lan: Phone) -> None:
    await channel.send(lan.id, Outgoing("Gửi số điện thoại", want=Want("phone", "Gửi số điện thoại")), 1)
    sent = await lan.reply()
    assert sent.kind == "request_user_info"
    assert sent.elements[0]["image_url"] == f"{shared_stand.url}/channels/zalo-oa/contact.png"


async def test_a_picture_is_uploaded_once(shared_stand: Stand, channel: ZaloOaChannel, lan: Phone) -> None:
    upload = "/v2.0/oa/upload/image"
    before, data = calls(shared_stand, upload), picture("#b03a2e")
    for _ in range(3):
        await channel.send(lan.id, Outgoing("Cảnh báo", CHOICES, picture=data), 1)
        sent = await lan.reply()
        assert (sent.kind, sent.text, sent.data) == ("image", "Cảnh báo", data)
    assert calls(shared_stand, upload) == before + 1
    await shared_stand.wait(dt.timedelta(days=6, hours=1))
    lan.person.interact(shared_stand.clock.now())
    await channel.send(lan.id, Outgoing("Cảnh báo", picture=data), 1)
    assert calls(shared_stand, upload) == before + 2


async def test_a_picture_that_expired_too_soon_is_uploaded_again(
    shared_stand: Stand, channel: ZaloOaChannel, lan: Phone
) -> None:
    data = picture("#117a65")
    await channel.send(lan.id, Outgoing("Cảnh báo", picture=data), 1)
    await lan.reply()
    shared_stand.oa.faults.error(-100, where="message/cs")
    await channel.send(lan.id, Outgoing("Cảnh báo", picture=data), 1)
    assert (await lan.reply()).data == data
    shared_stand.oa.faults.error(-100, times=2, where="message/cs")
    failed = await failure(channel, lan.id, Outgoing("Cảnh báo", picture=data))
    assert (failed.retry, failed.our_fault) == (False, True)


async def test_a_picture_that_zalo_does_not_take(channel: ZaloOaChannel, lan: Phone) -> None:
    failed = await failure(channel, lan.id, Outgoing("Cảnh báo", picture=b"not a picture"))
    assert (failed.retry, failed.our_fault) == (False, True)


async def test_a_visitor_gets_plain_text(shared_stand: Stand, channel: ZaloOaChannel) -> None:
    guest = shared_stand.oa.visitor()
    await guest.say("mua hàng online không nhận được")
    first = await guest.reply()
    assert first.buttons == ()
    assert "1. " in "".join(guest.texts)
    await shared_stand.settle()
    address = f"anon:{guest.id}:{guest.person.conversation}"
    assert await channel.send(address, Outgoing("Gửi số", want=Want("phone", "Gửi số")), 1) is None
    await channel.send(address, Outgoing("Cảnh báo", CHOICES, picture=picture()), 1)
    assert guest.inbox[-1].kind == "image"


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(errors.RULES, reverse=True))
async def test_every_code_of_the_table(
    shared_stand: Stand, channel: ZaloOaChannel, lan: Phone, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.zalo_oa.send._AGAIN_SECONDS", (0.0, 0.0))
    shared_stand.oa.faults.error(code, times=6, where="/oa/message")
    failed = await failure(channel, lan.id, Outgoing("Chào bạn"))
    rule = errors.RULES[code]
    assert failed.reason == f"Zalo {code}: {rule.meaning}"
    assert failed.retry == (rule.then in ("retry", "tomorrow", "morning"))
    assert (failed.hold, failed.stop) == (rule.then in ("hold", "morning"), rule.then == "stop")
    assert failed.our_fault == rule.our_fault
    assert not failed.uncertain
    assert lan.inbox == []


async def test_a_code_of_no_table_waits_for_the_person(
    shared_stand: Stand, channel: ZaloOaChannel, lan: Phone
) -> None:
    shared_stand.oa.faults.error(-987)
    failed = await failure(channel, lan.id, Outgoing("Chào bạn"))
    assert (failed.hold, failed.our_fault, failed.retry) == (True, True, False)


def test_out_of_quota_until_the_next_day() -> None:
    evening = dt.datetime(2026, 11, 21, 16, 0, tzinfo=dt.UTC)  # 23:00 in Viet Nam
    failed = errors.refused(-211, evening)
    assert (failed.retry, failed.our_fault, failed.whole_channel) == (True, True, True)
    assert failed.retry_after == 65 * 60


async def test_sending_that_failed_is_tried_three_times(
    shared_stand: Stand, channel: ZaloOaChannel, lan: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.zalo_oa.send._AGAIN_SECONDS", (0.0, 0.0))
    shared_stand.oa.faults.error(-200, times=2, where="message/cs")
    await channel.send(lan.id, Outgoing("Chào bạn"), 1)
    assert len(lan.inbox) == 1


@pytest.mark.parametrize(
    ("status", "retry", "uncertain", "our_fault"),
    [
        (500, True, True, False),
        (502, True, True, False),
        (503, True, False, False),
        (504, True, True, False),
        (429, True, False, False),
        (403, True, False, True),
        (404, True, False, True),
    ],
)
async def test_an_http_status_without_a_code(
    shared_stand: Stand,
    channel: ZaloOaChannel,
    lan: Phone,
    status: int,
    retry: bool,
    uncertain: bool,
    our_fault: bool,
) -> None:
    shared_stand.oa.faults.status(status)
    failed = await failure(channel, lan.id, Outgoing("Chào bạn"))
    assert (failed.retry, failed.uncertain, failed.our_fault) == (retry, uncertain, our_fault)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"error":"?"}', "{}"])
async def test_an_answer_that_is_none_leaves_it_open(
    shared_stand: Stand, channel: ZaloOaChannel, lan: Phone, text: str
) -> None:
    shared_stand.oa.faults.garbage(text=text)
    failed = await failure(channel, lan.id, Outgoing("Chào bạn"))
    assert (failed.retry, failed.uncertain) == (True, True)


async def test_a_dropped_answer_leaves_it_open(
    shared_stand: Stand, channel: ZaloOaChannel, lan: Phone
) -> None:
    shared_stand.oa.faults.drop_answer()
    failed = await failure(channel, lan.id, Outgoing("Chào bạn"))
    assert (failed.retry, failed.uncertain) == (True, True)
    assert len(lan.inbox) == 1


async def test_nobody_listens(database_url: str, tmp_path: Path, knowledge: Knowledge) -> None:
    async with standing(database_url, tmp_path, knowledge, zalo_api_url="http://127.0.0.1:9") as stand:
        failed = await failure(stand.channel, "1", Outgoing("Chào bạn"))
    assert (failed.retry, failed.uncertain) == (True, False)


async def test_no_text_or_address_in_what_is_said_of_a_failure(
    shared_stand: Stand, channel: ZaloOaChannel, lan: Phone
) -> None:
    shared_stand.oa.faults.error(-201, f"user_id {lan.id} is invalid")
    failed = await failure(channel, lan.id, Outgoing("bí mật"))
    assert lan.id not in str(failed)
    assert "bí mật" not in str(failed)


# --- the path -----------------------------------------------------------------------------------------------


async def test_the_oa_of_a_state_agency(database_url: str, tmp_path: Path, knowledge: Knowledge) -> None:
    """-235 on the first send; the other path is found, and remembered over a restart."""
    account = Account(oa_type=STATE_AGENCY)
    async with standing(database_url, tmp_path, knowledge, account) as stand:
        lan = stand.oa.phone("Lan")
        await lan.say("chào bạn")
        await lan.replies()
        await stand.settle()
        assert calls(stand, V3) == 1
        shown, used = len(lan.inbox), calls(stand, V2)
        restarted = ZaloOaChannel(stand.channel._world)
        await restarted.send(lan.id, Outgoing("Chào lần nữa"), 2)
        await restarted.close()
        assert (calls(stand, V3), calls(stand, V2), len(lan.inbox)) == (1, used + 1, shown + 1)
        stand.oa.account.oa_type = 2  # became a business: the way back is found, too
        await stand.channel.send(lan.id, Outgoing("Chào lần ba"), 3)
        assert calls(stand, V3) == 2
        assert lan.inbox[-1].text == "Chào lần ba"


async def test_both_paths_refused(shared_stand: Stand, channel: ZaloOaChannel, lan: Phone) -> None:
    shared_stand.oa.faults.error(-235, times=2, where="/oa/message")
    failed = await failure(channel, lan.id, Outgoing("Chào bạn"))
    assert (failed.retry, failed.our_fault, failed.whole_channel) == (True, True, True)
    await channel.send(lan.id, Outgoing("Chào bạn"), 1)
    assert shared_stand.oa.calls[-1].path == V3


async def test_a_dead_access_token_costs_one_more_call(
    shared_stand: Stand, channel: ZaloOaChannel, lan: Phone
) -> None:
    await channel.send(lan.id, Outgoing("một"), 1)
    shared_stand.oa.oauth.expire_access()
    before = shared_stand.oa.oauth.refreshes
    await channel.send(lan.id, Outgoing("hai"), 1)
    assert lan.texts == ["một", "hai"]
    assert shared_stand.oa.oauth.refreshes == before + 1


# --- windows ------------------------------------------------------------------------------------------------


async def test_after_seven_days_an_answer_waits_for_the_person(
    database_url: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    async with standing(database_url, tmp_path, knowledge) as stand:
        lan = stand.oa.phone("Lan")
        await lan.say("chào bạn")
        await lan.replies()
        await stand.wait(dt.timedelta(days=8))
        await stand.tell(Outgoing("Sở Y tế trả lời: đã xử lý."))
        held = "SELECT state, held, reason FROM deliveries WHERE kind = 'answer'"
        assert await stand.rows(held) == [("queued", True, f"Zalo -230: {errors.RULES[-230].meaning}")]
        shown = len(lan.inbox)
        await lan.say("có tin gì chưa")
        await stand.settle()
        await stand.product.dispatcher.run_due()
        told = lan.texts[shown:]
        assert told[-1] == "Sở Y tế trả lời: đã xử lý."
        assert len(told) >= 2, "the answer to what was just said comes first"


async def test_at_night_it_waits_too(shared_stand: Stand, lan: Phone) -> None:
    await lan.say("chào bạn")
    await lan.replies()
    await shared_stand.settle()
    shared_stand.oa.faults.error(-234)
    await shared_stand.tell(Outgoing("Sở Y tế trả lời: đã xử lý."))
    newest = "SELECT held FROM deliveries ORDER BY id DESC LIMIT 1"
    assert await shared_stand.rows(newest) == [(True,)]


async def test_whoever_blocked_us_is_left_alone(shared_stand: Stand, lan: Phone) -> None:
    await lan.say("chào bạn")
    await lan.replies()
    await shared_stand.settle()
    lan.person.refuses = -217
    await shared_stand.tell(Outgoing("một"))
    stopped = "SELECT stopped FROM contacts ORDER BY id DESC LIMIT 1"
    assert await shared_stand.rows(stopped) == [(True,)]


async def test_more_than_the_package_allows_waits_and_loses_nothing(
    database_url: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    async with standing(database_url, tmp_path, knowledge, Account(per_minute=5)) as stand:
        people = [stand.oa.phone(f"Lan {number}") for number in range(6)]
        for phone in people:
            await phone.say("chào bạn")
        await stand.settle()
        wanted = (await stand.counts())["deliveries"]
        assert sum(len(phone.inbox) for phone in people) == 5
        for _ in range(wanted):
            await stand.wait(dt.timedelta(seconds=61))
            await stand.product.dispatcher.run_due()
        assert await stand.rows("SELECT DISTINCT state FROM deliveries") == [("sent",)]
        assert sum(len(phone.inbox) for phone in people) == wanted


async def test_the_rate_that_zalo_tells_with_its_answers_is_passed_on(
    shared_stand: Stand, channel: ZaloOaChannel, lan: Phone
) -> None:
    await channel.send(lan.id, Outgoing("một"), 1)
    before = channel.rate_told()
    await channel.send(lan.id, Outgoing("hai"), 1)
    after = channel.rate_told()
    assert before is not None
    assert after is not None
    assert before[0] == after[0] == 2000
    assert after[1] == before[1] - 1
    shared_stand.oa.faults.garbage(times=1, where="message")
    await failure(channel, lan.id, Outgoing("ba"))
    assert channel.rate_told() == after, "an answer without headers says nothing of it"
