"""Hands events to the intake, and answers what the platform expects an answer to besides: presses of buttons,
and groups."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageReplyMarkup,
    LeaveChat,
    SendMessage,
    TelegramMethod,
)
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram.client import Client
from bot.channels.telegram.errors import CallFailed, rule_for
from bot.channels.telegram.parse import CHOSEN, NAME, Event, InGroup, Press, Unsupported
from bot.delivery import counted
from bot.delivery.ports import Inbound, Intake, Notice
from content.catalog import Catalog
from content.schema import Language

log = structlog.get_logger(__name__)


class Receiver:
    def __init__(self, client: Client, catalog: Catalog) -> None:
        self._client = client
        self._catalog = catalog
        self._tasks: set[asyncio.Task[None]] = set()
        self._leaving: set[int] = set()

    async def take(self, event: Event, intake: Intake) -> None:
        """Returns once it is kept. Raises what the intake raises."""
        if isinstance(event, Inbound):
            await intake.accept(event)
        elif isinstance(event, Notice):
            await intake.notice(event)
        elif isinstance(event, Press):
            await self._press(event, intake)
        elif isinstance(event, InGroup):
            counted.unsupported(NAME, "group")
            self._leave(event)
        elif isinstance(event, Unsupported):
            counted.unsupported(NAME, event.event)

    async def close(self) -> None:
        """Lets what was begun end."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _press(self, press: Press, intake: Intake) -> None:
        """The button stops turning at once; when the choice is kept, its message shows it and offers nothing
        else any more: no second press by mistake, and the chat can be read again later."""
        self._soon(self._quietly(AnswerCallbackQuery(callback_query_id=press.query_id)))
        if press.inbound is None:
            counted.unsupported(NAME, "press_without_choice")
            return
        await intake.accept(press.inbound)
        if press.message_id is not None:
            self._soon(self._quietly(self._shown(press.inbound, press.message_id)))

    def _shown(self, chosen: Inbound, message_id: int) -> TelegramMethod[Any]:
        language = spoken(chosen.language)
        rows = []
        if chosen.text:
            label = self._catalog.say(language, "telegram.chosen", label=chosen.text)
            rows = [[InlineKeyboardButton(text=label, callback_data=CHOSEN)]]
        return EditMessageReplyMarkup(
            chat_id=int(chosen.address),
            message_id=message_id,
            reply_markup=InlineKeyboardMarkup(inline_keyboard=rows),
        )

    def _leave(self, group: InGroup) -> None:
        """Says once why not, and goes: complaints are nobody else's business. Being taken in brings several
        events, so those that come meanwhile begin nothing."""
        if group.chat_id not in self._leaving:
            self._leaving.add(group.chat_id)
            self._soon(self._leave_now(group))

    async def _leave_now(self, group: InGroup) -> None:
        language = spoken(group.language)
        text = self._catalog.say(language, "telegram.private_only")
        try:
            await self._quietly(SendMessage(chat_id=group.chat_id, text=text))
            await self._quietly(LeaveChat(chat_id=group.chat_id))
        finally:
            self._leaving.discard(group.chat_id)

    async def _quietly(self, method: TelegramMethod[Any]) -> None:
        """What fails here costs nobody anything: nothing is said by it."""
        try:
            await self._client.do(method)
        except CallFailed as failed:
            log.info("telegram_aside_failed", method=type(method).__name__, means=rule_for(failed).means)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def spoken(code: str | None) -> Language:
    """Ours, by the language of the person's app."""
    return "en" if (code or "").lower().startswith("en") else "vi"
