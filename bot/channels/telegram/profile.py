"""How the bot shows itself in people's apps: the menu of commands, and what a chat not yet begun says."""

from __future__ import annotations

from typing import Any

import structlog
from aiogram.methods import SetMyCommands, SetMyDescription, SetMyShortDescription, TelegramMethod
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats

from bot.channels.telegram.client import Client
from bot.channels.telegram.commands import MENU
from bot.channels.telegram.errors import CallFailed, rule_for
from content.catalog import Catalog
from content.schema import Language

SHOWN: tuple[tuple[str | None, Language], ...] = (("vi", "vi"), (None, "en"))
"""Language of a person's app -> ours: Vietnamese for Vietnamese apps, English for all others."""

_TRIES = 3

log = structlog.get_logger(__name__)


class Profile:
    def __init__(self, client: Client, catalog: Catalog) -> None:
        self._client = client
        self._catalog = catalog
        self._tries = _TRIES

    async def show(self) -> None:
        """Until it was done once. What is not taken, however often, stays as it was set before."""
        if self._tries == 0:
            return
        self._tries -= 1
        try:
            for call in calls(self._catalog):
                await self._client.do(call)
        except CallFailed as failed:
            log.warning("telegram_profile_not_set", code=failed.code, means=rule_for(failed).means)
        else:
            self._tries = 0


def calls(catalog: Catalog) -> list[TelegramMethod[Any]]:
    made: list[TelegramMethod[Any]] = []
    for spoken, language in SHOWN:
        commands = [
            BotCommand(
                command=one.name(language), description=catalog.say(language, f"telegram.command_{one.key}")
            )
            for one in MENU
        ]
        made += [
            SetMyCommands(commands=commands, scope=BotCommandScopeAllPrivateChats(), language_code=spoken),
            SetMyDescription(description=catalog.say(language, "telegram.description"), language_code=spoken),
            SetMyShortDescription(
                short_description=catalog.say(language, "telegram.short_description"), language_code=spoken
            ),
        ]
    return made
