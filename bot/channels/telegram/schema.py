"""What is read of an update, and nothing besides: so a field that is new or odd elsewhere stops no message.

The types of aiogram know all fields and refuse an update in which one of them is not as they expect; one such
update would hold up every other behind it.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

Id = Annotated[int, Meta(ge=-(2**53), le=2**53)]
"""Ids of people and chats fit into 52 bits."""
Moment = Annotated[int, Meta(ge=0, le=253_402_300_799)]
"""Seconds since 1970, until the end of the year 9999."""
Size = Annotated[int, Meta(ge=0)]


class User(msgspec.Struct, frozen=True):
    id: Id
    first_name: str = ""
    is_bot: bool = False
    language_code: str | None = None


class Chat(msgspec.Struct, frozen=True):
    id: Id
    type: str


class File(msgspec.Struct, frozen=True):
    """Of any kind: document, voice, audio, video, one size of a photo."""

    file_id: Annotated[str, Meta(min_length=1, max_length=500)]
    file_name: str | None = None
    file_size: Size | None = None
    width: Size = 0
    height: Size = 0


class Contact(msgspec.Struct, frozen=True):
    phone_number: str
    user_id: Id | None = None


class Location(msgspec.Struct, frozen=True):
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    live_period: int | None = None


class Venue(msgspec.Struct, frozen=True):
    title: str = ""
    address: str = ""


class Button(msgspec.Struct, frozen=True):
    text: str
    callback_data: str | None = None


class Keyboard(msgspec.Struct, frozen=True):
    inline_keyboard: tuple[tuple[Button, ...], ...] = ()


class Message(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    message_id: Id
    date: Moment
    chat: Chat
    sender: User | None = None
    edit_date: Moment | None = None
    forward_origin: Any = None
    text: str | None = None
    caption: str | None = None
    photo: tuple[File, ...] = ()
    document: File | None = None
    animation: File | None = None
    voice: File | None = None
    audio: File | None = None
    video: File | None = None
    video_note: File | None = None
    contact: Contact | None = None
    location: Location | None = None
    venue: Venue | None = None
    reply_markup: Keyboard | None = None
    sticker: Any = None
    poll: Any = None
    dice: Any = None
    story: Any = None
    game: Any = None
    invoice: Any = None
    paid_media: Any = None
    checklist: Any = None
    giveaway: Any = None
    gift: Any = None


class CallbackQuery(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """`message` may be one that the platform does not show any more: then it has no keyboard."""

    id: Annotated[str, Meta(min_length=1, max_length=100)]
    sender: User
    message: Message | None = None
    data: str | None = None


class Member(msgspec.Struct, frozen=True):
    status: str


class MembershipChange(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    chat: Chat
    sender: User
    new_chat_member: Member


class Update(msgspec.Struct, frozen=True):
    """At most one of the optional fields is there."""

    update_id: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: MembershipChange | None = None


ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
"""What is asked for; everything else the platform keeps to itself."""

OTHER_UPDATES = frozenset(
    {
        *("channel_post", "edited_channel_post", "inline_query", "chosen_inline_result", "shipping_query"),
        *("pre_checkout_query", "poll", "poll_answer", "chat_member", "chat_join_request", "chat_boost"),
        *("removed_chat_boost", "message_reaction", "message_reaction_count", "business_connection"),
        *("business_message", "edited_business_message", "deleted_business_messages", "guest_message"),
        *("purchased_paid_media", "managed_bot"),
    }
)
"""Known and not acted upon, should one come all the same."""
