"""What a bot may not do, and how python-telegram-bot understands the refusal."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter

from tests.support.telegram import Phone, Rates, TelegramEmulator
from tests.support.telegram.groups import remove_bot, upgrade
from tests.support.telegram.phone import picture
from tests.support.telegram.wire import Refusal

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


def button(**fields: Any) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("Có", **fields)]])


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"text": ""}, "Message text is empty"),
        ({"text": " \n"}, "Text must be non-empty"),
        ({"text": "<b> </b>", "parse_mode": "HTML"}, "Text must be non-empty"),
        ({"text": "x" * 4097}, "Message is too long"),
        ({"text": "<b>hở", "parse_mode": "HTML"}, "Can't parse entities: can't find end tag"),
        ({"text": "a", "parse_mode": "Markdown"}, "Unsupported parse_mode"),
        ({"text": "a", "reply_markup": button(callback_data="ế" * 22)}, "(?i)button_data_invalid"),
        ({"text": "a", "reply_markup": button()}, "text buttons are unallowed in the inline keyboard"),
        ({"text": "a", "reply_markup": button(url="ftp://a.vn")}, "(?i)unsupported url protocol"),
        ({"text": "a", "reply_markup": button(url="http://nowhere")}, "(?i)wrong http url"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_texts_and_buttons_that_are_refused(
    lan: Phone, bot: Bot, parameters: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(BadRequest, match=complaint):
        await bot.send_message(lan.user.id, **parameters)
    assert lan.messages == []


async def test_the_longest_that_is_taken(lan: Phone, bot: Bot) -> None:
    await bot.send_message(lan.user.id, "<b>" + "ế" * 4096 + "</b>", parse_mode="HTML")
    await bot.send_message(lan.user.id, "a", reply_markup=button(callback_data="ế" * 21 + "x"))
    await bot.send_photo(lan.user.id, picture(), caption="x" * 1024)
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(lan.user.id, picture(), caption="x" * 1025)
    hundred = [[InlineKeyboardButton("a", callback_data="a")] * 8] * 12
    await bot.send_message(lan.user.id, "a", reply_markup=InlineKeyboardMarkup(hundred))
    with pytest.raises(BadRequest, match="Reply markup is too long"):
        await bot.send_message(lan.user.id, "a", reply_markup=InlineKeyboardMarkup([*hundred, hundred[0]]))


async def test_whom_a_bot_cannot_reach(telegram: TelegramEmulator, bot: Bot) -> None:
    stranger, blocker, leaver = telegram.phone("Minh"), telegram.phone("Bình"), telegram.phone("Chi")
    for chat_id in (42, stranger.user.id, "@nobody"):
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(chat_id, "chào")
    with pytest.raises(BadRequest, match="Chat_id is empty"):
        await bot.send_message("", "chào")
    group = telegram.group("Tổ dân phố", stranger)
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(stranger.user.id, "chào")
    blocker.start()
    blocker.block()
    for call in (bot.send_message(blocker.user.id, "chào"), bot.send_chat_action(blocker.user.id, "typing")):
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await call
    blocker.unblock()
    await bot.send_message(blocker.user.id, "chào")
    leaver.start()
    leaver.delete_account()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(leaver.user.id, "chào")
    remove_bot(telegram, group, stranger)
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        await bot.send_message(group.id, "chào")


async def test_a_group_that_moved_names_its_new_number(
    telegram: TelegramEmulator, lan: Phone, bot: Bot
) -> None:
    group = telegram.group("Tổ dân phố", lan)
    bigger = upgrade(telegram, group, lan)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "chào")
    assert moved.value.new_chat_id == bigger.id
    await bot.send_message(bigger.id, "chào")
    contact = ReplyKeyboardMarkup([[KeyboardButton("Số", request_contact=True)]])
    with pytest.raises(BadRequest, match="Phone number can be requested in private chats only"):
        await bot.send_message(bigger.id, "chào", reply_markup=contact)
    assert await bot.leave_chat(bigger.id)
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(bigger.id, "chào")


@pytest.mark.parametrize("token", ["100000001:of-another-bot", "no token at all"])
async def test_a_wrong_token(telegram: TelegramEmulator, token: str) -> None:
    with pytest.raises(InvalidToken):
        await Bot(token, base_url=f"{telegram.url}/bot").initialize()


async def test_a_chat_takes_a_short_burst_and_then_one_a_second(
    telegram: TelegramEmulator, lan: Phone, bot: Bot
) -> None:
    now = [1000.0]
    telegram.rates = rates = Rates(clock=lambda: now[0])
    for _ in range(5):
        await bot.send_message(lan.user.id, "chào")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(lan.user.id, "chào")
    assert refused.value.retry_after == 1
    assert telegram.calls[-1].answer["description"] == "Too Many Requests: retry after 1"
    now[0] += 0.5
    with pytest.raises(RetryAfter):
        await bot.send_message(lan.user.id, "chào")
    assert (rates.refused, rates.violations) == (2, 1)
    now[0] += 0.5
    await bot.send_message(lan.user.id, "chào")
    for _ in range(20):
        now[0] += 1.0
        await bot.send_message(lan.user.id, "chào")
    assert (rates.refused, rates.violations) == (2, 1)


def send(rates: Rates, chat: int, *, paid: bool = False, group: bool = False) -> int:
    """The seconds to wait; 0 when it was taken."""
    try:
        rates.charge(chat, group=group, paid=paid)
    except Refusal as refused:
        return refused.parameters["retry_after"]
    return 0


def test_all_chats_together_take_thirty_a_second() -> None:
    now = [1000.0]
    rates = Rates(clock=lambda: now[0])
    assert [send(rates, chat) for chat in range(30)] == [0] * 30
    assert send(rates, 31) == 1
    assert send(rates, 32, paid=True) == 1, "a demand to wait holds for everything"
    now[0] += 1.0
    taken = 0
    for chat in range(100, 400):
        now[0] += 1 / 30
        taken += send(rates, chat) == 0
    assert taken == 300, "an even pace of thirty a second is never refused"


def test_paid_sending_and_groups_have_their_own_rates() -> None:
    now = [1000.0]
    rates = Rates(clock=lambda: now[0])
    assert sum(send(rates, chat, paid=True) == 0 for chat in range(900)) == 900
    unpaid = Rates(clock=lambda: now[0], paid_allowed=False)
    assert sum(send(unpaid, chat, paid=True) == 0 for chat in range(40)) == 30
    groups = Rates(clock=lambda: now[0])
    assert [send(groups, -1, group=True) for _ in range(21)] == [0] * 20 + [3]
