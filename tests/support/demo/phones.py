"""The emulators' phones, all with the same handles: what stands on the screen, and what a thumb can do."""

from __future__ import annotations

import io
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from PIL import Image, ImageDraw

from tests.support import telegram, zalo_bot, zalo_oa

MADE_UP_PHONE = "0900000001"
PLACE = (21.5685, 105.8471)
"""In Thái Nguyên, phường Gia Sàng."""
LONGEST = 4000

Given = dict[str, Any]
Act = Callable[[Given], Awaitable[None]]


class Refused(Exception):
    """What a thumb wanted cannot be done; the message says why."""


@dataclass(frozen=True)
class Bubble:
    """One message on the screen. `buttons`: labels under it. `picture`: the key for `Handset.picture`."""

    id: str
    mine: bool
    text: str
    at: float
    buttons: list[str] = field(default_factory=list)
    picture: str | None = None


class Handset:
    """A phone of the page. `acts`: what can be done, by name; each is an `Act`."""

    key = ""
    title = ""

    def __init__(self) -> None:
        self.acts: dict[str, Act] = {"say": self._say, "press": self._press, "sample_photo": self._sample}
        self.said: list[Bubble] = []
        self._pictures: dict[str, bytes] = {}
        self.new_person("")

    def state(self) -> dict[str, Any]:
        shown = sorted([*self.said, *self._received()], key=lambda bubble: bubble.at)
        return {
            "title": self.title,
            "person": self.person,
            "bubbles": [asdict(bubble) for bubble in shown],
            "keyboard": self._keyboard(),
            "acts": sorted(self.acts),
            "gone": self.gone,
        }

    async def act(self, name: str, given: Given) -> None:
        """Raises Refused."""
        if name == "new_person":
            self.new_person(str(given.get("text") or ""))
            return
        if name not in self.acts:
            raise Refused(f"this phone cannot {name}")
        if self.gone and name not in ("unblock", "follow"):
            raise Refused("blocked: unblock first")
        try:
            await self.acts[name](given)
        except (AssertionError, LookupError) as error:
            raise Refused(str(error)) from error

    async def photo(self, data: bytes) -> None:
        if self.gone:
            raise Refused("blocked: unblock first")
        await self._photo(data)

    def picture(self, key: str) -> bytes | None:
        return self._pictures.get(key)

    # --- what the messengers differ in ------------------------------------------------------

    person = ""
    gone = False
    """Blocked the bot, or follows it no more."""

    def new_person(self, name: str) -> None:
        raise AssertionError("each messenger has its own people")

    def _received(self) -> list[Bubble]:
        raise AssertionError("each messenger has its own inbox")

    def _keyboard(self) -> list[str]:
        return []

    async def _say(self, given: Given) -> None:
        raise AssertionError("each messenger has its own way to write")

    async def _press(self, given: Given) -> None:
        raise AssertionError("each messenger has its own buttons")

    async def _photo(self, data: bytes) -> None:
        raise AssertionError("each messenger has its own photos")

    async def _sample(self, given: Given) -> None:
        await self._photo(medicine_box())

    def _mine(self, text: str, picture: bytes | None = None) -> None:
        number = f"mine-{len(self.said)}-{time.time_ns()}"
        if picture is not None:
            self._pictures[number] = picture
        self.said.append(Bubble(number, True, text, time.time(), picture=number if picture else None))


class ZaloBotHandset(Handset):
    key, title = "zalo_bot", "Zalo Bot"

    def __init__(self, bot: zalo_bot.ZaloBot) -> None:
        self._bot = bot
        super().__init__()
        self.acts["sticker"] = self._sticker

    def new_person(self, name: str) -> None:
        self.person = name or "Lê Thị Hoa"
        self._phone = self._bot.phone(self.person)
        self.said.clear()

    def _received(self) -> list[Bubble]:
        return [
            Bubble(sent.message_id, False, sent.text, sent.at.timestamp(), self._numbers(sent))
            for sent in self._phone.inbox
        ]

    def _numbers(self, sent: zalo_bot.Sent) -> list[str]:
        """There are no buttons: what is pressed on the page is the number, typed. The list of choices stands
        at the end of the newest message."""
        if sent is not self._phone.inbox[-1]:
            return []
        found: list[str] = []
        for line in reversed(sent.text.splitlines()):
            number, dot, _ = line.partition(". ")
            if not dot or not number.isdigit():
                break
            found.insert(0, number)
        return found if found[:1] == ["1"] else []

    async def _say(self, given: Given) -> None:
        self._mine(given["text"])
        await self._phone.say(given["text"])

    async def _press(self, given: Given) -> None:
        await self._say({"text": str(given["text"])})

    async def _photo(self, data: bytes) -> None:
        self._mine("", data)
        await self._phone.send_photo(data)

    async def _sticker(self, given: Given) -> None:
        self._mine("[sticker]")
        await self._phone.send_sticker()


class ZaloOaHandset(Handset):
    key, title = "zalo", "Zalo OA"

    def __init__(self, oa: zalo_oa.ZaloOA) -> None:
        self._oa = oa
        super().__init__()
        self.acts |= {
            "follow": self._follow,
            "unfollow": self._unfollow,
            "share_phone": self._share_phone,
            "share_place": self._share_place,
            "sticker": self._sticker,
        }

    def new_person(self, name: str) -> None:
        self.person = name or "Trần Thị Lan"
        self._phone = self._oa.phone(self.person)
        self.said.clear()
        self.gone = False

    def _received(self) -> list[Bubble]:
        return [self._bubble(sent) for sent in self._phone.inbox]

    def _bubble(self, sent: zalo_oa.Sent) -> Bubble:
        text = sent.text or "\n".join(
            f"{element.get('title', '')}\n{element.get('subtitle', '')}".strip() for element in sent.elements
        )
        picture = None
        if sent.data and sent.kind in ("image", "gif"):
            picture = sent.message_id
            self._pictures[picture] = sent.data
        return Bubble(
            sent.message_id, False, text or f"[{sent.kind}]", sent.at.timestamp(), sent.labels, picture
        )

    async def _say(self, given: Given) -> None:
        self._mine(given["text"])
        await self._phone.say(given["text"])

    async def _press(self, given: Given) -> None:
        """The newest button with this label; a visible one shows its label as what was said."""
        label = given["text"]
        found = [button for sent in self._phone.inbox for button in sent.buttons if button.title == label]
        if not found:
            raise Refused(f"there is no button {label!r}")
        if found[-1].type.startswith("oa.open"):
            raise Refused(f"opens {found[-1].payload}")
        self._mine(label)
        await self._phone.press(found[-1])

    async def _photo(self, data: bytes) -> None:
        self._mine("", data)
        await self._phone.send_photo(data)

    async def _sticker(self, given: Given) -> None:
        self._mine("[sticker]")
        await self._phone.send_sticker()

    async def _follow(self, given: Given) -> None:
        self.gone = False
        self._mine("[theo dõi]")
        await self._phone.follow()

    async def _unfollow(self, given: Given) -> None:
        self.gone = True
        self._mine("[bỏ theo dõi]")
        await self._phone.unfollow()

    async def _share_phone(self, given: Given) -> None:
        self._mine(f"[chia sẻ số {MADE_UP_PHONE}]")
        await self._phone.submit_info(self.person, "84" + MADE_UP_PHONE[1:])

    async def _share_place(self, given: Given) -> None:
        self._mine(f"[vị trí {PLACE[0]}, {PLACE[1]}]")
        await self._phone.send_location(*PLACE)


class TelegramHandset(Handset):
    key, title = "telegram", "Telegram"

    def __init__(self, emulator: telegram.TelegramEmulator) -> None:
        self._telegram = emulator
        super().__init__()
        self.acts |= {
            "start": self._start,
            "block": self._block,
            "unblock": self._unblock,
            "share_phone": self._share_phone,
            "share_place": self._share_place,
            "sticker": self._sticker,
        }

    def new_person(self, name: str) -> None:
        self.person = name or "Phạm Văn Minh"
        last, _, first = self.person.rpartition(" ")
        self._phone = self._telegram.phone(first, last_name=last or None)
        self.said.clear()
        self.gone = False

    def _received(self) -> list[Bubble]:
        """Both sides, in the order of the chat."""
        messages = self._phone.chat.messages
        return [self._bubble(number, messages[number]) for number in sorted(messages)]

    def _bubble(self, number: int, message: dict[str, Any]) -> Bubble:
        mine = message["from"]["id"] != self._telegram.bot["id"]
        text = str(message.get("text") or message.get("caption") or "")
        if "contact" in message:
            text = f"[chia sẻ số {message['contact']['phone_number']}]"
        elif "location" in message:
            text = f"[vị trí {message['location']['latitude']}, {message['location']['longitude']}]"
        elif "sticker" in message:
            text = "[sticker]"
        picture = None
        if message.get("photo"):
            picture = str(message["photo"][-1]["file_id"])
            kept = self._telegram.chats.files.get(picture)
            self._pictures[picture] = kept.data if kept else b""
        return Bubble(str(number), mine, text, number, telegram.Received(message).labels, picture)

    def _keyboard(self) -> list[str]:
        return self._phone.keyboard

    async def _say(self, given: Given) -> None:
        self._phone.say(given["text"])

    async def _press(self, given: Given) -> None:
        self._phone.press(given["text"])

    async def _photo(self, data: bytes) -> None:
        self._phone.send_photo(data)

    async def _sticker(self, given: Given) -> None:
        self._phone.send_sticker()

    async def _start(self, given: Given) -> None:
        self._phone.start()

    async def _block(self, given: Given) -> None:
        self.gone = True
        self._phone.block()

    async def _unblock(self, given: Given) -> None:
        self.gone = False
        self._phone.unblock()

    async def _share_phone(self, given: Given) -> None:
        self._phone.share_contact("84" + MADE_UP_PHONE[1:])

    async def _share_place(self, given: Given) -> None:
        self._phone.share_location(*PLACE)


def medicine_box() -> bytes:
    """A photo to send when there is none at hand."""
    picture = Image.new("RGB", (640, 480), "#d9d4c7")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((120, 120, 520, 360), fill="#ffffff", outline="#7a7364", width=4)
    draw.rectangle((120, 120, 520, 180), fill="#2f6f62")
    draw.text((140, 135), "PANADOL EXTRA", fill="#ffffff", font_size=32)
    draw.text((140, 215), "Paracetamol 500 mg", fill="#333333", font_size=26)
    draw.text((140, 300), "VD-12345-20   EXP 08/2025", fill="#333333", font_size=24)
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=85)
    return data.getvalue()
