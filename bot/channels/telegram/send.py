"""One message of the ledger as one call, with its keyboard; and the one place where text is escaped."""

from __future__ import annotations

from html import escape
from typing import Any

import msgspec
import structlog
from aiogram.methods import SendMessage, SendPhoto, TelegramMethod
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.channels.telegram.client import Client
from bot.channels.telegram.errors import CallFailed, Mend, rule_for, send_failed
from bot.channels.telegram.limits import CALLBACK_BYTES, CAPTION_UNITS, MESSAGE_UNITS
from bot.delivery.ports import Outgoing, OutgoingChoice, SendFailed

log = structlog.get_logger(__name__)

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove


class Sent(msgspec.Struct):
    message_id: int


class Form(msgspec.Struct, frozen=True):
    """What of the message is sent, to where, and whether with formatting."""

    chat_id: int
    message: Outgoing
    formatted: bool = True
    paid: bool = False


async def send(client: Client, address: str, message: Outgoing, *, paid: bool = False) -> str:
    """The platform's message id. Raises SendFailed. `paid`: where it goes beyond the free rate, it may cost.

    What can be mended is mended and sent again at once, each kind of it once: the first try was refused, so
    the person gets one message.
    """
    form, untried = Form(_chat_id(address), message, paid=paid), set(Mend)
    while isinstance(result := await _try(client, form), CallFailed):
        mend = rule_for(result).mend
        better = _mended(form, mend, result) if mend in untried else None
        if mend is None or better is None:
            raise send_failed(result)
        log.warning("telegram_send_mended", mend=str(mend), means=rule_for(result).means)
        form, untried = better, untried - {mend}
    return str(result.message_id)


async def _try(client: Client, form: Form) -> Sent | CallFailed:
    try:
        return await client.call(rendered(form), Sent)
    except CallFailed as failed:
        return failed


def _chat_id(address: str) -> int:
    if not address.removeprefix("-").isdecimal():
        raise SendFailed("this is no address of Telegram", retry=False, our_fault=True)
    return int(address)


def _mended(form: Form, mend: Mend | None, failure: CallFailed) -> Form | None:
    if mend is Mend.MOVED:
        moved = failure.moved_to
        return None if moved is None else msgspec.structs.replace(form, chat_id=moved)
    if mend is Mend.PLAIN:
        return msgspec.structs.replace(form, formatted=False) if form.formatted else None
    if form.message.picture is None:
        return None
    return msgspec.structs.replace(form, message=msgspec.structs.replace(form.message, picture=None))


def rendered(form: Form) -> TelegramMethod[Any]:
    """The call. A text longer than a caption may be goes without its picture: two messages would be two
    sends, of which one could fail alone, and the text is what matters."""
    message = form.message
    text, mode = worded(message, formatted=form.formatted)
    if message.picture is not None and units(_plain(message)) <= CAPTION_UNITS:
        photo = BufferedInputFile(message.picture, "picture.jpg")
        return SendPhoto(
            chat_id=form.chat_id,
            photo=photo,
            caption=text or None,
            parse_mode=mode,
            reply_markup=keyboard(message),
            allow_paid_broadcast=form.paid or None,
        )
    return SendMessage(
        chat_id=form.chat_id,
        text=text,
        parse_mode=mode,
        reply_markup=keyboard(message),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        allow_paid_broadcast=form.paid or None,
    )


def worded(message: Outgoing, *, formatted: bool = True) -> tuple[str, str | None]:
    """The text and its parse mode. Where an officer speaks, the agency's name stands above, bold; it is left
    out where there is no room for it."""
    plain = _plain(message)
    if plain == message.text or not formatted:
        return plain, None
    name, text = (escape(part, quote=False) for part in (message.sender or "", message.text))
    return f"<b>{name}</b>\n{text}", "HTML"


def _plain(message: Outgoing) -> str:
    named = f"{message.sender}\n{message.text}" if message.sender else message.text
    return named if units(named) <= MESSAGE_UNITS else message.text


def keyboard(message: Outgoing) -> Markup:
    """Only a reply keyboard can ask for the phone's own number; the choices beside it are then texts. A
    message without choices takes away a keyboard that an earlier one has left."""
    want = message.want
    if want is not None and want.kind == "phone":
        rows = [[KeyboardButton(text=want.label, request_contact=True)]]
        rows += [[KeyboardButton(text=choice.label)] for choice in message.choices]
        return ReplyKeyboardMarkup(keyboard=rows, resize_keyboard=True, one_time_keyboard=True)
    buttons = [[_button(choice)] for choice in message.choices if _fits(choice)]
    if not buttons:
        return ReplyKeyboardRemove(remove_keyboard=True)
    return InlineKeyboardMarkup(inline_keyboard=buttons)


def _button(choice: OutgoingChoice) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=choice.label, callback_data=choice.payload)


def _fits(choice: OutgoingChoice) -> bool:
    """Whoever types a label is understood too, so a choice that is too long is lost as a button only."""
    fits = 0 < len(choice.payload.encode()) <= CALLBACK_BYTES
    if not fits:
        log.error("telegram_choice_without_button", bytes=len(choice.payload.encode()))
    return fits


def units(text: str) -> int:
    """Length as the platform counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
