"""A person with the app: says, presses, sends; sees what the bot sent."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from tests.support.telegram import updates
from tests.support.telegram.chats import Callback, Chat, StoredFile, User
from tests.support.telegram.methods import photo_sizes, quoted
from tests.support.telegram.wire import Json

if TYPE_CHECKING:
    from tests.support.telegram.server import TelegramEmulator


@dataclass(frozen=True)
class Received:
    """A message of the bot as it was when it came or was last edited."""

    message: Json

    @property
    def text(self) -> str:
        return str(self.message.get("text") or self.message.get("caption") or "")

    @property
    def edited(self) -> bool:
        return "edit_date" in self.message

    @property
    def rows(self) -> list[list[Json]]:
        rows: list[list[Json]] = self.message.get("reply_markup", {}).get("inline_keyboard", [])
        return rows

    @property
    def labels(self) -> list[str]:
        """Of its inline buttons."""
        return [button["text"] for row in self.rows for button in row]


class Phone:
    """`chat` of the methods: a group; without it the private chat with the bot."""

    def __init__(self, telegram: TelegramEmulator, user: User) -> None:
        self.telegram = telegram
        self.user = user
        self.chat = telegram.chats.chats[user.id]
        self._heard_from: dict[int, int] = {}

    # What the person does

    def start(self, payload: str = "") -> int:
        """Presses Start, or follows a link with a payload: the app passes 64 of A-Za-z0-9_-."""
        assert re.fullmatch(r"[\w-]{0,64}", payload, re.ASCII), payload
        return self.say(f"/start {payload}".strip())

    def say(self, text: str, *, chat: Chat | None = None, reply_to: int | None = None) -> int:
        """The message's number."""
        return self.send(updates.text(text), chat=chat, reply_to=reply_to)

    def send(self, content: Json, *, chat: Chat | None = None, reply_to: int | None = None) -> int:
        """Any content of a message, as `updates` makes it."""
        place = chat or self.chat
        if place is self.chat:
            if self.user.blocked:
                raise AssertionError("a person who blocked the bot unblocks it before writing")
            self.user.started = True
        self.user.seen = True
        self._heard_from[place.id] = len(place.said)
        if reply_to is not None:
            content = content | {"reply_to_message": quoted(place.messages[reply_to])}
        message = self.telegram.chats.keep(place, self.user.as_json(), content)
        if place.private or self._is_for_the_bot(message):
            self.telegram.updates.add("message", dict(message), place.id)
        return int(message["message_id"])

    def _is_for_the_bot(self, message: Json) -> bool:
        """In groups: commands, mentions and replies; everything without the privacy mode."""
        written = str(message.get("text") or message.get("caption") or "")
        answered = message.get("reply_to_message", {}).get("from", {}).get("id")
        meant = written.startswith("/") or f"@{self.telegram.bot['username']}" in written
        return not self.telegram.privacy or meant or answered == self.telegram.bot["id"]

    def press(self, label: str, *, chat: Chat | None = None) -> str:
        """The newest button with this label. The callback's number; "" for a button of the reply keyboard,
        which sends its text, the number or the place."""
        place = chat or self.chat
        inline = [
            (message["message_id"], message, button)
            for message in place.messages.values()
            for row in Received(message).rows
            for button in row
            if button["text"] == label
        ]
        below = [
            (place.keyboard_from, None, button)
            for row in (place.keyboard or {}).get("keyboard", [])
            for button in row
            if button["text"] == label
        ]
        if not inline and not below:
            raise AssertionError(f"no button {label!r}; there are {self.buttons(chat=chat)}")
        _, message, button = max([*inline, *below], key=lambda one: one[0])
        if message is not None:
            return self._press_inline(place, message, button)
        self._press_keyboard(place, button)
        return ""

    def _press_inline(self, place: Chat, message: Json, button: Json) -> str:
        if "callback_data" not in button:
            raise AssertionError(f"{button['text']!r} opens {button.get('url')} and tells the bot nothing")
        self._heard_from[place.id] = len(place.said)
        made = self.telegram.chats.press(button["callback_data"], message)
        body = updates.callback_query(made.id, self.user.as_json(), dict(message), made.data)
        self.telegram.updates.add("callback_query", body, place.id)
        return made.id

    def _press_keyboard(self, place: Chat, button: Json) -> None:
        if (place.keyboard or {}).get("one_time_keyboard"):
            place.keyboard = None
        if button.get("request_contact"):
            self.share_contact()
        elif button.get("request_location"):
            self.share_location(21.59, 105.84)
        else:
            self.say(button["text"], chat=place)

    def press_old(self, data: str, message_id: int) -> str:
        """A button with any data under any message: one that is no more, or was never there."""
        message = self.chat.messages[message_id]
        return self._press_inline(self.chat, message, {"text": data, "callback_data": data})

    def share_contact(self, phone: str = "", *, own: bool = True) -> int:
        """The person's own number, or the card of somebody else."""
        return self.send(updates.contact(self.user.as_json(), phone or self.user.phone, own=own))

    def share_location(self, latitude: float, longitude: float, accuracy: float | None = None) -> int:
        return self.send(updates.location(latitude, longitude, accuracy))

    def send_photo(
        self, data: bytes = b"", *, caption: str = "", album: str = "", size: int | None = None
    ) -> int:
        """`album`: photos with the same word are one album. `size`: what the platform says its size is."""
        kept = self.telegram.chats.store("photos", data or picture(), "photo.jpg", "image/jpeg", size)
        content = updates.captioned({"photo": photo_sizes(self.telegram, kept)}, caption)
        return self.send(content | ({"media_group_id": album} if album else {}))

    def send_document(
        self,
        data: bytes = b"%PDF-1.4\n%%EOF\n",
        *,
        name: str = "hoa-don.pdf",
        mime_type: str = "application/pdf",
        caption: str = "",
        size: int | None = None,
    ) -> int:
        kept = self.telegram.chats.store("documents", data, name, mime_type, size)
        return self.send(updates.captioned({"document": described(kept, file_name=name)}, caption))

    def send_voice(self, data: bytes = b"OggS-voice", *, seconds: int = 4, size: int | None = None) -> int:
        kept = self.telegram.chats.store("voice", data, "voice.oga", "audio/ogg", size)
        return self.send({"voice": described(kept, duration=seconds)})

    def send_audio(self, data: bytes = b"ID3-audio", *, seconds: int = 30, size: int | None = None) -> int:
        kept = self.telegram.chats.store("music", data, "ghi-am.mp3", "audio/mpeg", size)
        return self.send({"audio": described(kept, duration=seconds, file_name="ghi-am.mp3")})

    def send_video(
        self, data: bytes = b"ftyp-video", *, caption: str = "", seconds: int = 9, size: int | None = None
    ) -> int:
        kept = self.telegram.chats.store("videos", data, "video.mp4", "video/mp4", size)
        shown = described(kept, width=640, height=360, duration=seconds)
        return self.send(updates.captioned({"video": shown}, caption))

    def send_sticker(self) -> int:
        kept = self.telegram.chats.store("stickers", b"RIFF-sticker", "sticker.webp", "image/webp")
        return self.send({"sticker": kept.as_json() | updates.STICKER})

    def send_video_note(self, *, seconds: int = 5) -> int:
        kept = self.telegram.chats.store("video_notes", b"ftyp-note", "note.mp4", "video/mp4")
        return self.send({"video_note": kept.as_json() | {"length": 240, "duration": seconds}})

    def edit(self, message_id: int, text: str) -> None:
        message = self.chat.messages[message_id]
        self._heard_from[self.chat.id] = len(self.chat.said)
        changed = self.telegram.chats.change(self.chat, message, {"entities": None} | updates.text(text))
        self.telegram.updates.add("edited_message", dict(changed), self.chat.id)

    def forward(self, text: str, *, origin: str = "hidden_user", name: str = "Nguoi Ban Hang") -> int:
        """A text that somebody else wrote. `origin`: `user`, `hidden_user`, `channel` or `chat`."""
        at = int(self.telegram.now()) - 3600
        other = {"id": 699_999_999, "is_bot": False, "first_name": name}
        place = {
            "id": -1_000_999_999_999,
            "type": "channel" if origin == "channel" else "supergroup",
            "title": name,
        }
        shown = updates.forward_origin(origin, at, user=other, name=name, chat=place)
        return self.send(updates.text(text) | {"forward_origin": shown})

    def block(self) -> None:
        self._change_membership("member", "kicked")
        self.user.blocked = True

    def unblock(self) -> None:
        self.user.blocked = False
        self._change_membership("kicked", "member")

    def _change_membership(self, old: str, new: str) -> None:
        changed = updates.membership(
            self.chat.as_json(), self.user.as_json(), self.telegram.bot, old, new, int(self.telegram.now())
        )
        self.telegram.updates.add("my_chat_member", changed, self.chat.id)

    def delete_account(self) -> None:
        """The bot is told nothing; its next send is refused."""
        self.user.deactivated = True

    # What the person sees

    @property
    def messages(self) -> list[Received]:
        """Of the bot, as they stand now."""
        return self.messages_in(self.chat)

    def messages_in(self, chat: Chat) -> list[Received]:
        bot = self.telegram.bot["id"]
        return [Received(one) for one in chat.messages.values() if one["from"]["id"] == bot]

    @property
    def keyboard(self) -> list[str]:
        """Labels of the reply keyboard."""
        return [button["text"] for row in (self.chat.keyboard or {}).get("keyboard", []) for button in row]

    def buttons(self, *, chat: Chat | None = None) -> list[str]:
        """Everything that can be pressed, the newest message first."""
        shown = [label for one in reversed(self.messages_in(chat or self.chat)) for label in one.labels]
        return shown + self.keyboard

    def callback(self, number: str) -> Callback:
        return self.telegram.chats.callbacks[number]

    async def hears(self, *parts: str, chat: Chat | None = None, within: float = 10.0) -> Received:
        """Waits for a message or an edit, since the person last did something, that holds all parts."""
        place = chat or self.chat

        def since() -> list[Received]:
            return [Received(one) for one in place.said[self._heard_from.get(place.id, 0) :]]

        def look() -> Received | None:
            return next((one for one in since() if all(part in one.text for part in parts)), None)

        try:
            return await self.telegram.until(look, within)
        except TimeoutError:
            said = [one.text for one in since()]
            raise AssertionError(f"{parts} were not said within {within} s, but {said}") from None

    async def answered(self, number: str, within: float = 10.0) -> dict[str, Any]:
        """Waits until the pressed button stops turning; the parameters of the answer."""
        return await self.telegram.until(lambda: self.callback(number).answer, within)


def described(kept: StoredFile, **more: Any) -> Json:
    return kept.as_json() | {"mime_type": kept.mime_type} | more


def picture() -> bytes:
    """A JPEG such as a camera makes."""
    kept = io.BytesIO()
    Image.new("RGB", (640, 480), "#d8d2c4").save(kept, "JPEG", quality=80)
    return kept.getvalue()
