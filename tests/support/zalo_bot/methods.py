"""The methods of the Bot API that send or tell something, with their limits."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from bot.clock import Clock
from tests.support.ban import Ban
from tests.support.zalo_bot.account import (
    JSON,
    BotAccount,
    Chats,
    MessageIds,
    Person,
    Quota,
    Sent,
    milliseconds,
)

TEXT = 2000
STYLES = ("b", "i", "u", "s", "lst_1", "lst_2", "f_", "c_", "ind_")


class Refused(Exception):
    """An error of the platform: usually told over HTTP 200."""

    def __init__(self, code: int, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(f"{code} {description}")


Method = Callable[[JSON], Awaitable[Any]]


class Methods:
    """`shown` is told after each message that reached a chat."""

    def __init__(
        self,
        account: BotAccount,
        chats: Chats,
        clock: Clock,
        quota: Quota,
        ids: MessageIds,
        shown: Callable[[], None],
    ) -> None:
        self._account = account
        self._chats = chats
        self._clock = clock
        self._quota = quota
        self._shown = shown
        self.ban: Ban | None = None
        self._ids = ids
        self.table: dict[str, Method] = {
            "getMe": self._get_me,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendSticker": self._send_sticker,
            "sendVoice": self._send_voice,
            "sendChatAction": self._send_chat_action,
        }

    async def _get_me(self, _: JSON) -> JSON:
        return {
            "id": self._account.id,
            "account_name": self._account.name,
            "account_type": self._account.plan,
            "can_join_groups": False,
        }

    async def _send_message(self, given: JSON) -> JSON:
        chat = self._chat(given)
        text = _text(given.get("text"), "text", least=1)
        mode = _parse_mode(given, text)
        _styles(given)
        return self._show(chat, Sent(self._ids.next(), "text", text, self._clock.now(), parse_mode=mode))

    async def _send_photo(self, given: JSON) -> JSON:
        chat = self._chat(given)
        url = _link(given.get("photo"), "photo")
        caption = _text(given.get("caption", ""), "caption", least=0)
        return self._show(chat, Sent(self._ids.next(), "photo", caption, self._clock.now(), url=url))

    async def _send_sticker(self, given: JSON) -> JSON:
        chat = self._chat(given)
        sticker = _text(given.get("sticker"), "sticker", least=1)
        return self._show(chat, Sent(self._ids.next(), "sticker", "", self._clock.now(), sticker=sticker))

    async def _send_voice(self, given: JSON) -> JSON:
        chat = self._chat(given)
        url = _link(given.get("voice_url"), "voice_url")
        if not url.endswith(".aac"):
            raise Refused(400, "Bad Request: voice_url must end with .aac")
        if chat.id in self._chats.groups:
            raise Refused(400, "Bad Request: voice is for private chats only")
        return self._show(chat, Sent(self._ids.next(), "voice", "", self._clock.now(), url=url))

    async def _send_chat_action(self, given: JSON) -> bool:
        chat = self._chat(given)
        if given.get("action") != "typing":
            raise Refused(400, "Bad Request: action is invalid")
        chat.typing += 1
        return True

    def _chat(self, given: JSON) -> Person:
        chat_id = given.get("chat_id")
        if not isinstance(chat_id, str) or not chat_id:
            raise Refused(400, "Bad Request: chat_id is invalid")
        chat = self._chats.by_id.get(chat_id) or self._chats.groups.get(chat_id)
        if chat is None:
            raise Refused(404, "Not Found: chat not found")
        if chat.refuses is not None:
            raise Refused(chat.refuses, "Forbidden")
        if not chat.admitted:
            raise Refused(403, "Forbidden: the user is not among the users of this bot")
        return chat

    def _show(self, chat: Person, sent: Sent) -> JSON:
        if not self._quota.take() or (self.ban is not None and not self.ban.admits()):
            raise Refused(429, "Quota exceeded")
        chat.inbox.append(sent)
        self._shown()
        return {"message_id": sent.message_id, "date": milliseconds(self._clock)}


def _text(value: Any, field: str, least: int) -> str:
    if not isinstance(value, str) or not least <= len(value) <= TEXT or (least and not value.strip()):
        raise Refused(400, f"Bad Request: {field} must have {least} to {TEXT} characters")
    return value


def _link(value: Any, field: str) -> str:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        raise Refused(400, f"Bad Request: {field} must be a public URL")
    return value


def _parse_mode(given: JSON, text: str) -> str | None:
    mode = given.get("parse_mode")
    if mode is None:
        return None
    if mode not in ("markdown", "html"):
        raise Refused(400, "Bad Request: parse_mode is invalid")
    if mode == "markdown" and text.count("{") != text.count("}"):
        raise Refused(400, "Bad Request: can't parse colour tags")
    return str(mode)


def _styles(given: JSON) -> None:
    """`text_styles` counts UTF-16 units; in a form it is JSON inside a string."""
    styles = given.get("text_styles")
    if styles is None:
        return
    if isinstance(styles, str):
        try:
            styles = json.loads(styles)
        except ValueError:
            styles = None
    length = len(str(given.get("text", "")).encode("utf-16-le")) // 2
    if not isinstance(styles, list) or not all(_is_style(style, length) for style in styles):
        raise Refused(400, "Bad Request: text_styles is invalid")


def _is_style(style: Any, length: int) -> bool:
    if not isinstance(style, dict) or not isinstance(style.get("st"), list):
        return False
    start, span = style.get("start"), style.get("len")
    if not isinstance(start, int) or not isinstance(span, int) or start < 0 or span < 1:
        return False
    return start + span <= length and all(str(code).startswith(STYLES) for code in style["st"])
