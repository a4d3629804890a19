"""People, groups, messages, files and pressed buttons: what the platform knows."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.telegram.wire import Json, Refusal, bad_request

DOWNLOAD_LIMIT = 20 * 1024 * 1024
CALLBACK_LIFETIME = 900.0
"""Seconds in which a pressed button can be answered."""


@dataclass
class User:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = "vi"
    phone: str = "84900000001"
    started: bool = False
    """Has written to the bot, which may write back since."""
    seen: bool = False
    """The bot knows the person from a group."""
    blocked: bool = False
    deactivated: bool = False

    def as_json(self) -> Json:
        named = {
            "last_name": self.last_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        shown: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        return shown | {name: value for name, value in named.items() if value}


@dataclass
class Chat:
    """`said` is everything the bot did in it, in order: new messages and edits, as they were then."""

    id: int
    type: str
    user: User | None = None
    title: str = ""
    bot_present: bool = True
    upgraded_to: int | None = None
    messages: dict[int, Json] = field(default_factory=dict)
    said: list[Json] = field(default_factory=list)
    keyboard: Json | None = None
    """The reply keyboard, which `keyboard_from`, a message's number, brought."""
    keyboard_from: int = 0
    actions: list[str] = field(default_factory=list)

    @property
    def private(self) -> bool:
        return self.type == "private"

    def as_json(self) -> Json:
        if self.user is None:
            return {"id": self.id, "type": self.type, "title": self.title}
        shown = {
            "first_name": self.user.first_name,
            "last_name": self.user.last_name,
            "username": self.user.username,
        }
        return {"id": self.id, "type": "private"} | {name: value for name, value in shown.items() if value}

    def check_writable(self) -> None:
        """Raises what the platform answers when the bot may not write here."""
        if self.upgraded_to is not None:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.upgraded_to,
            )
        if not self.bot_present:
            kind = {"group": "group", "supergroup": "supergroup"}.get(self.type, "channel")
            raise Refusal(403, f"Forbidden: bot was kicked from the {kind} chat")
        if self.user is not None and self.user.deactivated:
            raise Refusal(403, "Forbidden: user is deactivated")
        if self.user is not None and self.user.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if self.user is not None and not self.user.started:
            raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")


@dataclass
class StoredFile:
    """`size` may be more than what is kept: nobody can fetch more than the limit anyway."""

    file_id: str
    path: str
    data: bytes
    size: int
    mime_type: str = "application/octet-stream"
    name: str = ""

    def as_json(self) -> Json:
        return {
            "file_id": self.file_id,
            "file_unique_id": self.file_id[-16:],
            "file_size": self.size,
        }


@dataclass
class Callback:
    """A pressed inline button. `answer`: the parameters of answerCallbackQuery, once it came."""

    id: str
    data: str
    message: Json
    made_at: float
    answer: dict[str, Any] | None = None


class Chats:
    """`now`: seconds since 1970."""

    def __init__(self, bot: Json, now: Callable[[], float]) -> None:
        self.bot = bot
        self.now = now
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.callbacks: dict[str, Callback] = {}
        self._message_ids = itertools.count(1)
        self._file_numbers = itertools.count(1)
        self._user_ids = itertools.count(700_000_001)
        self._group_ids = itertools.count(400_000_001)

    def new_person(self, first_name: str, **details: Any) -> User:
        """`details`: fields of `User`. The bot cannot find the person before a first message."""
        user = User(next(self._user_ids), first_name, **details)
        self.chats[user.id] = Chat(user.id, "private", user=user)
        return user

    def new_group(self, title: str, *, supergroup: bool) -> Chat:
        number = next(self._group_ids)
        group_id = -1_000_000_000_000 - number if supergroup else -number
        self.chats[group_id] = Chat(group_id, "supergroup" if supergroup else "group", title=title)
        return self.chats[group_id]

    def find(self, chat_id: str) -> Chat:
        """The chat of a call's `chat_id`, writable or not."""
        if not chat_id:
            raise bad_request("chat_id is empty")
        found = self.chats.get(int(chat_id)) if re.fullmatch(r"-?\d{1,16}", chat_id) else None
        if found is None or (found.user and not found.user.started and not found.user.seen):
            raise bad_request("chat not found")
        return found

    def keep(self, chat: Chat, sender: Json, content: Json, *, said: bool = False) -> Json:
        """A new message with its number and time; `said`: by the bot."""
        message: Json = {
            "message_id": next(self._message_ids),
            "from": sender,
            "chat": chat.as_json(),
            "date": int(self.now()),
            **content,
        }
        chat.messages[message["message_id"]] = message
        if said:
            chat.said.append(dict(message))
        return message

    def change(self, chat: Chat, message: Json, content: Json, *, said: bool = False) -> Json:
        """An edit: what is None in `content` goes."""
        for name, value in content.items():
            message[name] = value
            if value is None:
                del message[name]
        message["edit_date"] = int(self.now())
        if said:
            chat.said.append(dict(message))
        return message

    def store(
        self, folder: str, data: bytes, name: str, mime_type: str, size: int | None = None
    ) -> StoredFile:
        """Keeps a file. `folder` and the name's ending make its path, as in `photos/file_1.jpg`."""
        ending = re.search(r"\.\w{1,5}$", name)
        path = f"{folder}/file_{next(self._file_numbers)}{ending[0] if ending else ''}"
        kept = StoredFile(
            f"AgAC{secrets.token_urlsafe(24)}",
            path,
            data,
            len(data) if size is None else size,
            mime_type,
            name,
        )
        self.files[kept.file_id] = kept
        return kept

    def at_path(self, path: str) -> StoredFile | None:
        return next((one for one in self.files.values() if one.path == path), None)

    def press(self, data: str, message: Json) -> Callback:
        made = Callback(str(secrets.randbelow(10**18)), data, message, self.now())
        self.callbacks[made.id] = made
        return made

    def answer(self, callback_id: str, parameters: dict[str, Any]) -> None:
        found = self.callbacks.get(callback_id)
        if found is None or found.answer is not None or self.now() - found.made_at > CALLBACK_LIFETIME:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        found.answer = parameters
