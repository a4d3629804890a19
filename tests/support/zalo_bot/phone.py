"""A person with Zalo on a phone, writing to the bot and reading what it answers.

lan = bot.phone("Lan")
await lan.say("chào bạn")               # returns when the webhook has answered (first attempt)
answer = await lan.reply()              # the next unread message
await lan.press("Có")                   # types the number that stands before it; the API has no buttons
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from tests.support.zalo_bot.account import JSON, Person, Sent, milliseconds

if TYPE_CHECKING:
    from tests.support.zalo_bot.server import ZaloBot

_NUMBERED = re.compile(r"^\s*(\d{1,2})\s*[.)\-:]\s*(.+?)\s*$", re.MULTILINE)


class Phone:
    def __init__(self, bot: ZaloBot, person: Person) -> None:
        self.person = person
        self._bot = bot
        self._unread = 0

    @property
    def id(self) -> str:
        """Of the person and of the private chat alike."""
        return self.person.id

    # --- reading --------------------------------------------------------------------------------------------

    @property
    def inbox(self) -> list[Sent]:
        return self.person.inbox

    @property
    def texts(self) -> list[str]:
        return [sent.text for sent in self.inbox]

    @property
    def choices(self) -> dict[int, str]:
        """The numbered lines of the newest message that has any."""
        for sent in reversed(self.inbox):
            found = {int(number): label for number, label in _NUMBERED.findall(sent.text)}
            if found:
                return found
        return {}

    async def reply(self, within: float = 10.0) -> Sent:
        """The next message not yet read; TimeoutError when none comes."""
        async with asyncio.timeout(within):
            while len(self.inbox) <= self._unread:
                await self._bot.wait_for_a_send()
        self._unread += 1
        return self.inbox[self._unread - 1]

    async def replies(self, quiet: float = 0.3, within: float = 10.0) -> list[Sent]:
        """At least one message, and all that follow until nothing has come for `quiet` seconds."""
        found = [await self.reply(within)]
        while True:
            try:
                found.append(await self.reply(quiet))
            except TimeoutError:
                return found

    async def hears(self, *parts: str, within: float = 10.0) -> Sent:
        """The next unread message whose text holds all parts; those before it count as read."""
        heard: list[str] = []
        try:
            async with asyncio.timeout(within):
                while True:
                    sent = await self.reply(within)
                    heard.append(sent.text)
                    if all(part in sent.text for part in parts):
                        return sent
        except TimeoutError:
            raise AssertionError(f"{parts} were not said within {within} s, but {heard}") from None

    # --- writing --------------------------------------------------------------------------------------------

    async def say(self, text: str) -> str:
        """The id of the message."""
        return await self._send("text", {"text": text})

    async def type_number(self, number: int) -> str:
        return await self.say(str(number))

    async def press(self, choice: str | int) -> str:
        """The number of a choice, or its label as it stands in the list."""
        if isinstance(choice, int):
            return await self.type_number(choice)
        found = [number for number, label in self.choices.items() if label == choice]
        if not found:
            raise LookupError(f"no choice {choice!r} among {list(self.choices.values())}")
        return await self.type_number(found[0])

    async def send_photo(self, data: bytes, caption: str = "", name: str = "photo.jpg") -> str:
        field = self._bot.updates.photo_field
        message: JSON = {field: self._bot.media.put(data, name, "image/jpeg")}
        if field == "photo_url":
            message["message_type"] = "CHAT_PHOTO"
        return await self._send("image", message | ({"caption": caption} if caption else {}))

    async def send_sticker(self, sticker_id: str = "bfe458bf64fa8da4d4eb") -> str:
        url = self._bot.media.put(b"\x89PNG\r\n\x1a\n", "sticker.png", "image/png")
        return await self._send(
            "sticker", {"sticker": sticker_id, "url": url, "message_type": "CHAT_STICKER"}
        )

    async def send_voice(self, data: bytes) -> str:
        return await self._send("voice", {"voice_url": self._bot.media.put(data, "voice.aac", "audio/aac")})

    async def send_unsupported(self) -> str:
        """A video, a file, a location, a card: the bot learns only that there was something."""
        return await self._send("unsupported", {})

    async def say_in_group(self, group_id: str, text: str, *, mention: bool = True) -> str | None:
        """Without a mention the bot never hears of it."""
        group = self._bot.chats.group(group_id)
        if not mention:
            return None
        mentions = [{"id": self._bot.account.id, "start": 0, "len": len(self._bot.account.name) + 1}]
        message = {"text": f"@{self._bot.account.name} {text}", "mentions": mentions}
        return await self._send("text", message, {"id": group.id, "chat_type": "GROUP"})

    # --- inside ---------------------------------------------------------------------------------------------

    async def _send(self, kind: str, content: JSON, chat: JSON | None = None) -> str:
        """Beyond the users of the plan nothing arrives."""
        message_id = self._bot.ids.next()
        if self.person.protected:
            kind, content = "unsupported", {}
        message: JSON = {
            "message_id": message_id,
            "date": milliseconds(self._bot.clock),
            "from": {"id": self.id, "display_name": self.person.name, "is_bot": False},
            "chat": chat or {"id": self.id, "chat_type": "PRIVATE"},
        }
        if self._bot.chats.admit(self.person):
            event = {"event_name": f"message.{kind}.received", "message": message | content}
            await self._bot.updates.emit(event)
        return message_id
