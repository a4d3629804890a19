"""A person with Zalo on a phone, writing to the OA and reading what it answers.

lan = oa.phone("Lan")
await lan.say("chào bạn")                   # returns when the webhook has answered (first attempt)
answer = await lan.reply()                  # the next unread message
await lan.press(answer.buttons[0])          # or its title, or its number from 1
lan.texts                                   # all texts so far
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.support.zalo_oa.account import JSON, Button, Person, Sent
from tests.support.zalo_oa.events import attachment, card

if TYPE_CHECKING:
    from tests.support.zalo_oa.server import ZaloOA


class Phone:
    def __init__(self, oa: ZaloOA, person: Person) -> None:
        self.person = person
        self._oa = oa
        self._unread = 0

    @property
    def id(self) -> str:
        return self.person.id

    # --- reading --------------------------------------------------------------------------------------------

    @property
    def inbox(self) -> list[Sent]:
        return self.person.inbox

    @property
    def texts(self) -> list[str]:
        return [sent.text for sent in self.inbox]

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Those of the newest message that has any."""
        return next((sent.buttons for sent in reversed(self.inbox) if sent.buttons), ())

    async def reply(self, within: float = 10.0) -> Sent:
        """The next message not yet read; TimeoutError when none comes."""
        async with asyncio.timeout(within):
            while len(self.inbox) <= self._unread:
                await self._oa.wait_for_a_send()
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

    async def see(self) -> None:
        """Opens the chat: `user_seen_message` for everything in it."""
        await self._emit(self._oa.events.seen(self.person, [sent.message_id for sent in self.inbox]))

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

    async def say(self, text: str, quote: str | None = None) -> str:
        """The id of the message."""
        extra = {"quote_msg_id": quote} if quote else {}
        return await self._send("user_send_text", {"text": text} | extra)

    async def type_number(self, number: int) -> str:
        return await self.say(str(number))

    async def press(self, button: Button | str | int) -> str | None:
        """Query buttons come back as text; a button that opens something sends nothing."""
        found = self._find(button)
        if found.type in ("oa.query.show", "oa.query.hide"):
            return await self.say(str(found.payload))
        return None

    async def send_photo(self, data: bytes, caption: str = "", name: str = "photo.jpg") -> str:
        return await self._send_media("image", data, name, "image/jpeg", caption)

    async def send_gif(self, data: bytes) -> str:
        return await self._send_media("gif", data, "moving.gif", "image/gif")

    async def send_audio(self, data: bytes, name: str = "voice.aac") -> str:
        return await self._send_media("audio", data, name, "audio/aac")

    async def send_video(self, data: bytes, description: str = "") -> str:
        return await self._send_media("video", data, "clip.mp4", "video/mp4", description=description)

    async def send_file(self, data: bytes, name: str, content_type: str = "application/pdf") -> str:
        url = self._oa.media.put(data, name, content_type)
        payload = {
            "url": url,
            "name": name,
            "size": str(len(data)),
            "type": name.rpartition(".")[2],
            "checksum": f"{len(data):032x}",
        }
        return await self._send("user_send_file", {"attachments": attachment("file", payload)})

    async def send_sticker(self, sticker_id: str = "bfe458bf64fa8da4d4eb") -> str:
        url = self._oa.media.put(b"\x89PNG\r\n\x1a\n", "sticker.png", "image/png")
        payload = {"id": sticker_id, "url": url}
        return await self._send("user_send_sticker", {"attachments": attachment("sticker", payload)})

    async def send_location(self, latitude: float, longitude: float) -> str:
        payload = {"coordinates": {"latitude": str(latitude), "longitude": str(longitude)}}
        return await self._send(
            "user_send_location", {"text": "", "attachments": attachment("location", payload)}
        )

    async def send_link(self, url: str, description: str = "", text: str = "") -> str:
        payload = {"url": url, "thumbnail": "https://thumbnail.example/1.jpg", "description": description}
        return await self._send("user_send_link", {"text": text, "attachments": attachment("link", payload)})

    async def send_card(self, phone: str, name: str = "") -> str:
        payload = {
            "thumbnail": "https://avatar.example/1.jpg",
            "description": card(phone),
            "url": "https://zalo.example/u",
        }
        message: JSON = {"text": name, "attachments": attachment("link", payload)}
        return await self._send("user_send_business_card", message)

    async def submit_info(self, name: str, phone: str, *, newer: bool = False, **address: str) -> None:
        """The form of `request_user_info`; `newer`: its shape with `full_address`. Kept as shared info."""
        if newer:
            place = {key: address.get(key, "") for key in ("user_city", "user_ward", "user_address")}
            info: JSON = {"name": name, "phone": phone, "user_dob": "", "gender": "", "full_address": place}
        else:
            place = {key: address.get(key, "") for key in ("address", "city", "district", "ward")}
            info = {"name": name, "phone": phone} | place
        self.person.shared = {
            "name": name,
            "phone": phone,
            "address": "",
            "city": "",
            "district": "",
        } | address
        self._interact()
        await self._emit(self._oa.events.submit(self.person, info))

    async def follow(self, source: str = "oa_profile") -> None:
        self.person.follows = True
        self._interact()
        await self._emit(self._oa.events.follow(self.person, "follow", source))

    async def unfollow(self) -> None:
        self.person.follows, self.person.gone = False, True
        await self._emit(self._oa.events.follow(self.person, "unfollow"))

    async def click_chat(self) -> None:
        self._interact()
        await self._emit(self._oa.events.click_chat(self.person))

    async def react(self, sent: Sent, icon: str = "/-heart") -> None:
        await self._emit(self._oa.events.reaction(self.person, sent.message_id, icon))

    async def withdraw(self) -> None:
        """Takes the consent back."""
        self.person.withdrawn = True
        await self._emit(self._oa.events.withdraw(self.person))

    # --- inside ---------------------------------------------------------------------------------------------

    def _find(self, button: Button | str | int) -> Button:
        if isinstance(button, Button):
            return button
        if isinstance(button, int):
            return self.buttons[button - 1]
        found = [shown for shown in self.buttons if shown.title == button]
        if not found:
            raise LookupError(f"no button {button!r} among {[shown.title for shown in self.buttons]}")
        return found[0]

    async def _send_media(
        self, kind: str, data: bytes, name: str, content_type: str, text: str = "", **more: str
    ) -> str:
        url = self._oa.media.put(data, name, content_type)
        payload = {"url": url} | ({} if kind == "audio" else {"thumbnail": url}) | more
        message: JSON = ({"text": text} if text else {}) | {"attachments": attachment(kind, payload)}
        return await self._send(f"user_send_{kind}", message)

    async def _send(self, name: str, message: JSON) -> str:
        message_id = self._oa.ids.next()
        self.person.said.add(message_id)
        self._interact()
        await self._emit(self._oa.events.from_user(self.person, name, {"msg_id": message_id} | message))
        return message_id

    def _interact(self) -> None:
        self.person.interact(self._oa.clock.now())

    async def _emit(self, event: JSON) -> None:
        await self._oa.webhook.emit(event)


class Visitor(Phone):
    """Not logged in: texts, images, files and stickers, from a widget on a website."""

    async def _send(self, name: str, message: JSON) -> str:
        message_id = self._oa.ids.next()
        self._interact()
        kind, person = name.removeprefix("user_send_"), self.person
        content = {"msg_id": message_id} | message
        await self._emit(self._oa.events.anonymous(kind, person.id, person.conversation, content))
        return message_id
