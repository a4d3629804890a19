"""One message, one call: what arrives on the phone, and what becomes of every error."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator

import pytest
import telegram as judge
from PIL import Image

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.errors import RULES, CallFailed, Rule, rule_for, send_failed
from bot.channels.telegram.limits import LIMITS
from bot.channels.telegram.send import worded
from bot.delivery.fit import fit
from bot.delivery.ports import FetchFailed, Outgoing, OutgoingChoice, SendFailed, Want
from tests.bot.channels.telegram.stand import alone
from tests.support.telegram import Phone, TelegramEmulator
from tests.support.telegram.wire import Refusal

CHOICES = (OutgoingChoice("Có", "yes"), OutgoingChoice("Không & thôi", "province:thai-nguyen"))


def picture(width: int = 64, height: int = 64) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (width, height), "#d8d2c4").save(kept, "JPEG")
    return kept.getvalue()


@pytest.fixture(scope="module")
async def telegram() -> AsyncIterator[TelegramEmulator]:
    """One for the module: each test has a person of its own."""
    async with TelegramEmulator() as emulator:
        yield emulator


@pytest.fixture(scope="module")
async def channel(telegram: TelegramEmulator) -> AsyncIterator[TelegramChannel]:
    async with alone(telegram) as made:
        yield made


@pytest.fixture
def lan(telegram: TelegramEmulator) -> Phone:
    telegram.faults.clear()
    person = telegram.phone("Lan")
    person.start()
    return person


async def sent(channel: TelegramChannel, lan: Phone, message: Outgoing) -> None:
    platform_id = await channel.send(str(lan.user.id), message, 1)
    assert platform_id == str(lan.messages[-1].message["message_id"])


async def refused(channel: TelegramChannel, lan: Phone, message: Outgoing | None = None) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await channel.send(str(lan.user.id), message or Outgoing("chào"), 1)
    return caught.value


async def test_a_plain_text_is_sent_as_it_is(channel: TelegramChannel, lan: Phone) -> None:
    text = "Gọi <113> & giữ hộp: https://example.vn *không* _in_ 🙂"
    await sent(channel, lan, Outgoing(text))
    assert lan.messages[-1].text == text
    assert lan.messages[-1].message["link_preview_options"] == {"is_disabled": True}


async def test_the_agency_stands_above_in_bold_and_everything_is_escaped(
    channel: TelegramChannel, lan: Phone
) -> None:
    agency, text = "Sở <Y tế> & Co", 'Số lô <b>nào</b> & "hạn" &amp; nào?'
    await sent(channel, lan, Outgoing(text, sender=agency))
    shown = lan.messages[-1]
    assert shown.text == f"{agency}\n{text}"
    assert shown.message["entities"] == [{"type": "bold", "offset": 0, "length": len(agency)}]


async def test_choices_are_buttons_one_below_the_other(channel: TelegramChannel, lan: Phone) -> None:
    await sent(channel, lan, Outgoing("Đúng chưa?", CHOICES))
    rows = lan.messages[-1].rows
    assert [[(b["text"], b["callback_data"]) for b in row] for row in rows] == [
        [(choice.label, choice.payload)] for choice in CHOICES
    ]


async def test_the_phone_is_asked_for_with_a_button_of_its_own(channel: TelegramChannel, lan: Phone) -> None:
    want = Want("phone", "Gửi số của tôi")
    await sent(channel, lan, Outgoing("Số nào?", CHOICES, want=want))
    assert lan.keyboard == ["Gửi số của tôi", "Có", "Không & thôi"]
    assert lan.chat.keyboard is not None
    assert lan.chat.keyboard["keyboard"][0][0]["request_contact"] is True
    await sent(channel, lan, Outgoing("Cảm ơn."))
    assert lan.keyboard == [], "a message without choices takes the keyboard away"


async def test_another_library_reads_every_keyboard_as_we_meant_it(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Phone
) -> None:
    kinds = {
        Outgoing("a", CHOICES): judge.InlineKeyboardMarkup,
        Outgoing("b", CHOICES, want=Want("phone", "Gửi số")): judge.ReplyKeyboardMarkup,
        Outgoing("c"): judge.ReplyKeyboardRemove,
    }
    for message, kind in kinds.items():
        await sent(channel, lan, message)
        given = json.loads(telegram.sent("sendMessage")[-1].values["reply_markup"])
        read = kind.de_json(dict(given), None)
        assert set(read.api_kwargs) <= {"remove_keyboard"}  # which it has no argument for: it is always true
        assert json.loads(read.to_json()) == given


async def test_a_choice_too_long_for_a_button_is_left_out_and_the_rest_is_sent(
    channel: TelegramChannel, lan: Phone
) -> None:
    fitting, not_fitting = OutgoingChoice("A", "x" * 64), OutgoingChoice("B", "ờ" * 22)
    await sent(channel, lan, Outgoing("Chọn", (fitting, not_fitting)))
    assert lan.messages[-1].labels == ["A"]


@pytest.mark.parametrize("sender", [None, "Sở Y tế tỉnh Thái Nguyên"])
async def test_the_longest_text_still_goes(channel: TelegramChannel, lan: Phone, sender: str | None) -> None:
    for piece in fit(Outgoing("😀 ờ& <" * 2000, sender=sender), LIMITS):
        await sent(channel, lan, piece)
    enormous = Outgoing("x" * 4096, sender=sender)
    await sent(channel, lan, enormous)
    assert worded(enormous)[0] == enormous.text, "no room for the name"


async def test_a_picture_carries_the_text_as_its_caption(channel: TelegramChannel, lan: Phone) -> None:
    await sent(channel, lan, Outgoing("15/3 <năm nay>", CHOICES, picture=picture(), sender="Sở & Co"))
    shown = lan.messages[-1]
    assert "photo" in shown.message
    assert shown.text == "Sở & Co\n15/3 <năm nay>"
    assert shown.labels == [choice.label for choice in CHOICES]


async def test_a_text_longer_than_a_caption_goes_without_the_picture(
    channel: TelegramChannel, lan: Phone
) -> None:
    await sent(channel, lan, Outgoing("ờ" * 1025, picture=picture()))
    assert "photo" not in lan.messages[-1].message
    assert len(lan.messages[-1].text) == 1025


async def test_a_picture_that_is_not_taken_leaves_the_text(channel: TelegramChannel, lan: Phone) -> None:
    for broken in (picture(2200, 100), b"no picture at all"):
        await sent(channel, lan, Outgoing("Vẫn tới", picture=broken))
        assert lan.messages[-1].text == "Vẫn tới"
    assert len(lan.messages) == 2


async def test_formatting_that_is_not_taken_is_left_out(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Phone
) -> None:
    telegram.faults.refuse(Refusal(400, "Bad Request: can't parse entities: Unsupported start tag"))
    await sent(channel, lan, Outgoing("a < b", sender="Sở"))
    assert lan.messages[-1].text == "Sở\na < b"
    assert "entities" not in lan.messages[-1].message
    before = len(telegram.sent("sendMessage"))
    always = Refusal(400, "Bad Request: can't parse entities: of our own making")
    telegram.faults.refuse(always, times=9, chat=lan.user.id)
    failure = await refused(channel, lan, Outgoing("a", sender="Sở"))
    assert not failure.retry
    assert failure.our_fault
    assert len(telegram.sent("sendMessage")) - before == 2, "each way once, and no endless round"


async def test_a_chat_that_has_moved_is_followed(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Phone
) -> None:
    moved = Refusal(
        400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=lan.user.id
    )
    telegram.faults.refuse(moved, chat=12345)
    assert await channel.send("12345", Outgoing("chào"), 1) == str(lan.messages[-1].message["message_id"])


SEEN = [
    (Refusal(403, "Forbidden: bot was blocked by the user"), "stop"),
    (Refusal(403, "Forbidden: user is deactivated"), "stop"),
    (Refusal(403, "Forbidden: bot can't initiate conversation with a user"), "stop"),
    (Refusal(403, "Forbidden: bot was kicked from the group chat"), "stop"),
    (Refusal(403, "Forbidden: something new"), "stop"),
    (Refusal(400, "Bad Request: chat not found"), "stop"),
    (Refusal(400, "Bad Request: message is too long"), "our_fault"),
    (Refusal(400, "Bad Request: BUTTON_DATA_INVALID"), "our_fault"),
    (Refusal(400, "Bad Request: something new"), "our_fault"),
    (Refusal(401, "Unauthorized"), "retry our_fault"),
    (Refusal(404, "Not Found"), "retry our_fault"),
    (Refusal(413, "Request Entity Too Large"), "our_fault"),
    (Refusal(500, "Internal Server Error"), "retry"),
    (Refusal(502, "Bad Gateway"), "retry"),
    (Refusal(418, "I'm a teapot"), "our_fault"),
]


@pytest.mark.parametrize(("refusal", "verdict"), SEEN, ids=lambda one: getattr(one, "args", one))
async def test_every_refusal_has_its_verdict(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Phone, refusal: Refusal, verdict: str
) -> None:
    telegram.faults.refuse(refusal)
    assert said(await refused(channel, lan)) == verdict


def said(failure: SendFailed) -> str:
    return " ".join(name for name in ("retry", "our_fault", "stop", "uncertain") if getattr(failure, name))


async def test_too_many_messages_wait_as_long_as_is_asked_for(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Phone
) -> None:
    telegram.faults.flood(17)
    failure = await refused(channel, lan)
    assert (said(failure), failure.retry_after, failure.whole_channel) == ("retry", 17, False)
    telegram.faults.refuse(Refusal(429, "Too Many Requests: retry after 9"))
    assert (await refused(channel, lan)).retry_after == 9


async def test_whether_it_arrived_is_unknown_when_the_answer_is_lost(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Phone
) -> None:
    telegram.faults.drop_answer()
    telegram.faults.wrong_json()
    telegram.faults.wrong_json(body=b'{"ok":true,"result":{"odd":1}}')
    telegram.faults.server_error(502)
    telegram.faults.server_error(403)
    for _ in range(5):
        assert said(await refused(channel, lan)) == "retry uncertain"


async def test_no_answer_in_time_is_uncertain(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(type(channel._client).call.__kwdefaults__, "seconds", 0.2)
    telegram.faults.delay(1.0)
    assert said(await refused(channel, lan)) == "retry uncertain"


async def test_a_platform_that_cannot_be_reached_got_nothing(telegram: TelegramEmulator) -> None:
    async with alone(telegram, telegram_api_url="http://127.0.0.1:1") as channel:
        with pytest.raises(SendFailed) as caught:
            await channel.send("5", Outgoing("chào"), 1)
    assert said(caught.value) == "retry"


async def test_an_address_that_is_none_is_our_fault(channel: TelegramChannel) -> None:
    with pytest.raises(SendFailed) as caught:
        await channel.send("lan@example", Outgoing("chào"), 1)
    assert said(caught.value) == "our_fault"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.code} {rule.says}")
def test_every_rule_can_be_reached(rule: Rule) -> None:
    code = "503" if rule.code == "5xx" else rule.code
    failure = CallFailed(code, f"Bad Request: {rule.says.upper()}")
    assert rule_for(failure) is rule
    assert said(send_failed(failure)) == said(SendFailed("", retry=rule.retry, our_fault=rule.our_fault,
        stop=rule.stop, uncertain=rule.uncertain))  # fmt: skip


# --- files of people ----------------------------------------------------------------------------------------


async def test_a_file_is_fetched_byte_for_byte(telegram: TelegramEmulator, channel: TelegramChannel) -> None:
    data = bytes(range(256)) * 2000
    kept = telegram.chats.store("documents", data, "hoa-don.pdf", "application/pdf")
    assert await channel.fetch(kept.file_id, LIMITS.media_bytes) == data


async def test_more_than_the_limit_is_not_read(telegram: TelegramEmulator, channel: TelegramChannel) -> None:
    kept = telegram.chats.store("documents", b"0" * 200_000, "a.pdf", "application/pdf", size=10)
    with pytest.raises(FetchFailed) as caught:
        await channel.fetch(kept.file_id, 100_000)
    assert not caught.value.retry


@pytest.mark.parametrize(
    ("refusal", "retry"),
    [
        (Refusal(400, "Bad Request: file is too big"), False),
        (Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable"), True),
        (Refusal(400, "Bad Request: invalid file_id"), False),
        (Refusal(429, "Too Many Requests: retry after 3", retry_after=3), True),
        (Refusal(500, "Internal Server Error"), True),
    ],
)
async def test_what_cannot_be_fetched(
    telegram: TelegramEmulator, channel: TelegramChannel, refusal: Refusal, retry: bool
) -> None:
    telegram.faults.refuse(refusal, "getFile")
    with pytest.raises(FetchFailed) as caught:
        await channel.fetch("any", 1000)
    assert caught.value.retry is retry


async def test_a_download_that_breaks_is_tried_again(
    telegram: TelegramEmulator, channel: TelegramChannel
) -> None:
    kept = telegram.chats.store("documents", b"0" * 100, "a.pdf", "application/pdf")
    telegram.faults.server_error(502, "file")
    telegram.faults.refuse_connection("file", times=2)  # aiohttp itself asks a second time
    for _ in range(2):
        with pytest.raises(FetchFailed) as caught:
            await channel.fetch(kept.file_id, 1000)
        assert caught.value.retry
    assert await channel.fetch(kept.file_id, 1000) == b"0" * 100


async def test_only_where_it_is_set_may_a_message_cost_something(
    telegram: TelegramEmulator, channel: TelegramChannel, lan: Phone
) -> None:
    await sent(channel, lan, Outgoing("chào"))
    assert "allow_paid_broadcast" not in telegram.sent("sendMessage")[-1].values
    async with alone(telegram, telegram_paid_broadcasts=True) as paying:
        await sent(paying, lan, Outgoing("chào"))
        await sent(paying, lan, Outgoing("xem", picture=picture()))
    assert telegram.sent("sendMessage")[-1].values["allow_paid_broadcast"] == "true"
    assert telegram.sent("sendPhoto")[-1].values["allow_paid_broadcast"] == "true"
