"""What a bot gets: every kind read by both libraries with nothing left over, every rule of polling."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from aiogram import types as aiogram_types
from telegram import Bot, Message, TelegramObject, Update
from telegram.constants import ChatMemberStatus, MessageEntityType
from telegram.error import Conflict

from tests.support.telegram import Phone, TelegramEmulator
from tests.support.telegram.groups import remove_bot, upgrade
from tests.support.telegram.kinds import contents, every_kind

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
KINDS = list(map(str, Update.ALL_TYPES))


def left_over(thing: Any, path: str = "update") -> Iterator[str]:
    """Fields that the library does not know, anywhere below."""
    if isinstance(thing, (list, tuple)):
        for item in thing:
            yield from left_over(item, path)
    elif isinstance(thing, TelegramObject):
        yield from (f"{path}.{name}" for name in thing.api_kwargs)
        for name in thing._get_attrs_names(include_private=False):
            if name != "api_kwargs":
                yield from left_over(getattr(thing, name, None), f"{path}.{name}")


def read(body: dict[str, Any]) -> Update:
    """By both libraries."""
    aiogram_types.Update.model_validate(body)
    update = Update.de_json(body, None)
    assert list(left_over(update)) == []
    return update


def waiting(telegram: TelegramEmulator) -> list[Update]:
    return [read(one.body) for one in telegram.updates.live()]


def messages(telegram: TelegramEmulator) -> list[Message]:
    found = [update.effective_message for update in waiting(telegram)]
    return [message for message in found if isinstance(message, Message)]


def test_what_is_left_over_is_found(lan: Phone) -> None:
    body = every_kind(lan)["message"]
    body["chat"]["unheard_of"] = 1
    update = Update.de_json({"update_id": 1, "message": body}, None)
    assert list(left_over(update)) == ["update.message.chat.unheard_of"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_update(telegram: TelegramEmulator, lan: Phone, kind: str) -> None:
    telegram.updates.allowed = KINDS
    telegram.updates.add(kind, every_kind(lan)[kind], lan.user.id)
    (update,) = waiting(telegram)
    assert getattr(update, kind) is not None


def test_every_content_of_a_message(telegram: TelegramEmulator, lan: Phone) -> None:
    for content in contents(lan).values():
        lan.send(content)
    assert len(messages(telegram)) == len(contents(lan)) >= 15


def test_texts(telegram: TelegramEmulator, lan: Phone) -> None:
    first = lan.start("case-TN-26-000001")
    lan.say("😀 xem https://example.com/a", reply_to=first)
    lan.edit(first, "đã sửa")
    start, said, edited = waiting(telegram)
    assert start.message is not None
    assert start.message.text == "/start case-TN-26-000001"
    assert [one.type for one in start.message.entities] == [MessageEntityType.BOT_COMMAND]
    assert start.message.from_user is not None
    assert start.message.from_user.language_code == "vi"
    assert start.message.from_user.full_name == "Lan Nguyễn"
    assert said.message is not None
    (url,) = said.message.entities
    assert said.message.parse_entity(url) == "https://example.com/a"
    assert said.message.reply_to_message is not None
    assert edited.edited_message is not None
    assert (edited.edited_message.message_id, edited.edited_message.text) == (first, "đã sửa")
    assert edited.edited_message.edit_date is not None


async def test_files(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    lan.send_photo(caption="hộp thuốc", album="1")
    lan.send_photo(album="1")
    lan.send_document(b"%PDF-x")
    lan.send_voice()
    lan.send_audio()
    lan.send_video(caption="video")
    lan.send_video_note()
    lan.send_sticker()
    found = messages(telegram)
    assert [one.media_group_id for one in found[:2]] == ["1", "1"]
    assert found[0].caption == "hộp thuốc"
    assert (found[1].photo[-1].width, found[1].photo[-1].height) == (640, 480)
    for message in found:
        attached = message.effective_attachment
        last: Any = attached[-1] if isinstance(attached, (list, tuple)) else attached
        data = await (await bot.get_file(last.file_id)).download_as_bytearray()
        assert len(data) == last.file_size


def test_numbers_and_places(telegram: TelegramEmulator, lan: Phone) -> None:
    lan.share_contact()
    lan.share_contact("84900000009", own=False)
    lan.share_location(21.59, 105.84, accuracy=20)
    own, other, place = messages(telegram)
    assert own.contact is not None
    assert (own.contact.phone_number, own.contact.user_id) == ("84900000001", lan.user.id)
    assert other.contact is not None
    assert (other.contact.phone_number, other.contact.user_id) == ("84900000009", None)
    assert place.location is not None
    assert (place.location.latitude, place.location.longitude) == (21.59, 105.84)


@pytest.mark.parametrize("origin", ["user", "hidden_user", "channel", "chat"])
def test_forwarded(telegram: TelegramEmulator, lan: Phone, origin: str) -> None:
    lan.forward("chuyển khoản ngay", origin=origin)
    (message,) = messages(telegram)
    assert message.forward_origin is not None
    assert message.forward_origin.type == origin


def test_blocked_and_back(telegram: TelegramEmulator, lan: Phone) -> None:
    lan.block()
    with pytest.raises(AssertionError, match="unblocks"):
        lan.say("chào")
    lan.unblock()
    blocked, back = (update.my_chat_member for update in waiting(telegram))
    assert blocked is not None
    assert back is not None
    assert blocked.new_chat_member.status == back.old_chat_member.status == ChatMemberStatus.BANNED
    assert blocked.old_chat_member.status == back.new_chat_member.status == ChatMemberStatus.MEMBER
    assert blocked.chat.type == "private"


async def test_groups(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    group = telegram.group("Tổ dân phố", lan)
    added, joined = waiting(telegram)
    assert added.my_chat_member is not None
    assert added.my_chat_member.new_chat_member.status == ChatMemberStatus.MEMBER
    assert joined.message is not None
    assert joined.message.new_chat_members[0].is_bot
    telegram.updates.pending = {}
    lan.say("nói với nhau", chat=group)
    lan.say("/help", chat=group)
    lan.say(f"@{telegram.bot['username']} ơi", chat=group)
    sent = await bot.send_message(group.id, "Tôi chỉ trả lời tin nhắn riêng.")
    assert (await lan.hears("tin nhắn riêng", chat=group)).message["message_id"] == sent.message_id
    lan.say("vậy à", chat=group, reply_to=sent.message_id)
    assert [message.text for message in messages(telegram)] == ["/help", "@ntd_emulated_bot ơi", "vậy à"]
    telegram.privacy = False
    lan.say("nói với nhau", chat=group)
    assert len(waiting(telegram)) == 4
    telegram.updates.pending = {}
    bigger = upgrade(telegram, group, lan)
    remove_bot(telegram, bigger, lan)
    moved, came, removed, left = waiting(telegram)
    assert moved.message is not None
    assert moved.message.migrate_to_chat_id == bigger.id
    assert came.message is not None
    assert came.message.migrate_from_chat_id == group.id
    assert removed.my_chat_member is not None
    assert left.message is not None
    assert left.message.left_chat_member is not None


async def test_an_offset_confirms_what_is_below(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    for number in range(5):
        lan.say(str(number))
    first = await bot.get_updates(limit=2)
    assert [update.message.text for update in first if update.message] == ["0", "1"]
    assert len(await bot.get_updates()) == 5, "nothing is confirmed without an offset"
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert [update.message.text for update in rest if update.message] == ["2", "3", "4"]
    assert len(await bot.get_updates()) == 3
    (last,) = await bot.get_updates(offset=-1)
    assert last.update_id == rest[-1].update_id
    assert len(await bot.get_updates()) == 1
    assert await bot.get_updates(offset=last.update_id + 1) == ()


async def test_a_long_poll_ends_with_the_first_update(lan: Phone, bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    assert not polling.done()
    lan.say("chào")
    assert len(await asyncio.wait_for(polling, 5)) == 1


async def test_a_second_poller_ends_the_first(lan: Phone, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)
    second = asyncio.create_task(bot.get_updates(timeout=20))
    with pytest.raises(Conflict, match="terminated by other getUpdates request; make sure that only one"):
        await asyncio.wait_for(first, 5)
    lan.say("chào")
    assert len(await asyncio.wait_for(second, 5)) == 1


async def test_only_the_kinds_that_the_bot_wants(telegram: TelegramEmulator, lan: Phone, bot: Bot) -> None:
    async def seen() -> list[str]:
        for kind, payload in every_kind(lan).items():
            telegram.updates.add(kind, payload, lan.user.id)
        found = await bot.get_updates()
        await bot.get_updates(offset=found[-1].update_id + 1)
        return [kind for update in found for kind in KINDS if getattr(update, kind) is not None]

    not_by_default = {"chat_member", "message_reaction", "message_reaction_count"}
    assert set(await seen()) == set(KINDS) - not_by_default
    await bot.get_updates(allowed_updates=["message", "chat_member"])
    assert await seen() == ["message", "chat_member"]
    await bot.get_updates(allowed_updates=[])
    assert set(await seen()) == set(KINDS) - not_by_default


async def test_updates_are_repeated_and_shuffled_on_order(
    telegram: TelegramEmulator, lan: Phone, bot: Bot
) -> None:
    telegram.updates.repeat = 2
    lan.say("hai lần")
    telegram.updates.repeat = 1
    assert len({update.update_id for update in await bot.get_updates()}) == 1
    assert len(await bot.get_updates()) == 2
    telegram.updates.pending = {}
    with telegram.updates.shuffled():
        for number in range(6):
            lan.say(str(number))
        assert await bot.get_updates() == ()
    numbers = [update.update_id for update in await bot.get_updates()]
    assert len(numbers) == 6
    assert numbers != sorted(numbers)


async def test_nobody_fetches_an_update_after_a_day() -> None:
    now = [1_790_000_000.0]
    telegram = TelegramEmulator(now=lambda: now[0])
    telegram.phone().say("chào")
    now[0] += 24 * 3600 - 1
    assert len(await telegram.updates.poll(0, 100, 0)) == 1
    now[0] += 2
    assert await telegram.updates.poll(0, 100, 0) == []
