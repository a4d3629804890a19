"""Groups: the bot is added, thrown out, moved with the group to a bigger one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.telegram import updates
from tests.support.telegram.chats import Chat
from tests.support.telegram.wire import Json

if TYPE_CHECKING:
    from tests.support.telegram.phone import Phone
    from tests.support.telegram.server import TelegramEmulator


def add_group(telegram: TelegramEmulator, title: str, by: Phone, *, supergroup: bool = False) -> Chat:
    """A group to which the person `by` has just added the bot."""
    group = telegram.chats.new_group(title, supergroup=supergroup)
    _tell_membership(telegram, group, by, "left", "member")
    _tell_service(telegram, group, by, {"new_chat_members": [telegram.bot]})
    return group


def remove_bot(telegram: TelegramEmulator, group: Chat, by: Phone) -> None:
    group.bot_present = False
    _tell_membership(telegram, group, by, "member", "kicked")
    _tell_service(telegram, group, by, {"left_chat_member": telegram.bot})


def upgrade(telegram: TelegramEmulator, group: Chat, by: Phone) -> Chat:
    """The supergroup that the group becomes; sends to the old number are refused and name the new one."""
    bigger = telegram.chats.new_group(group.title, supergroup=True)
    group.upgraded_to = bigger.id
    _tell_service(telegram, group, by, {"migrate_to_chat_id": bigger.id})
    _tell_service(telegram, bigger, by, {"migrate_from_chat_id": group.id})
    return bigger


def _tell_membership(telegram: TelegramEmulator, group: Chat, by: Phone, old: str, new: str) -> None:
    person = by.user.as_json()
    changed = updates.membership(group.as_json(), person, telegram.bot, old, new, int(telegram.now()))
    telegram.updates.add("my_chat_member", changed, group.id)


def _tell_service(telegram: TelegramEmulator, group: Chat, by: Phone, content: Json) -> None:
    by.user.seen = True
    message = telegram.chats.keep(group, by.user.as_json(), content)
    telegram.updates.add("message", message, group.id)
