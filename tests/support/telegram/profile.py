"""The methods that describe the bot: commands, descriptions, name, the menu button."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.telegram.wire import Json, Parameters, bad_request

if TYPE_CHECKING:
    from tests.support.telegram.methods import Method
    from tests.support.telegram.server import TelegramEmulator

MOST_COMMANDS = 100
SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}
TEXTS = {
    "Name": ("name", 64),
    "Description": ("description", 512),
    "ShortDescription": ("short_description", 120),
}


@dataclass
class Profile:
    """`commands` by scope (as JSON) and language; `texts` by field and language."""

    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    menu_buttons: dict[str, Json] = field(default_factory=dict)

    def commands_for(self, language: str, scope: str = "default") -> list[Json]:
        """What a person whose phone has this language sees in a private chat."""
        for one, spoken in (
            ("all_private_chats", language),
            ("all_private_chats", ""),
            (scope, language),
            (scope, ""),
        ):
            found = self.commands.get((json.dumps({"type": one}), spoken))
            if found:
                return found
        return []


def _scope(given: Parameters) -> str:
    scope = given.nested("scope", "bot command scope") or {"type": "default"}
    if not isinstance(scope, dict) or scope.get("type") not in SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    wanted = ("type", *SCOPES[scope["type"]])
    for name in wanted:
        if name not in scope:
            raise bad_request(f"can't parse BotCommandScope: Can't find field \"{name}\"")
    return json.dumps({name: scope[name] for name in wanted})


def _language(given: Parameters) -> str:
    language = given.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return language


async def set_my_commands(telegram: TelegramEmulator, given: Parameters) -> bool:
    commands = given.nested("commands", "commands")
    if commands is None:
        commands = []
    if not isinstance(commands, list):
        raise bad_request("expected an Array of BotCommand")
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    telegram.profile.commands[_scope(given), _language(given)] = [_command(one) for one in commands]
    return True


def _command(one: Any) -> Json:
    if not isinstance(one, dict):
        raise bad_request("expected BotCommand to be an Object")
    for name in ("command", "description"):
        if name not in one:
            raise bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
    command, description = str(one["command"]).strip().removeprefix("/"), str(one["description"]).strip()
    if not command:
        raise bad_request("command must be non-empty")
    if len(command) > 32:
        raise bad_request("command length must not exceed 32")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > 256:
        raise bad_request("command description length must not exceed 256")
    if not re.fullmatch(r"[a-z0-9_]+", command):
        raise bad_request("BOT_COMMAND_INVALID")
    return {"command": command, "description": description}


async def get_my_commands(telegram: TelegramEmulator, given: Parameters) -> list[Json]:
    return telegram.profile.commands.get((_scope(given), _language(given)), [])


async def delete_my_commands(telegram: TelegramEmulator, given: Parameters) -> bool:
    telegram.profile.commands.pop((_scope(given), _language(given)), None)
    return True


def _setter(name: str, most: int) -> Method:
    async def set_text(telegram: TelegramEmulator, given: Parameters) -> bool:
        if len(given.text(name)) > most:
            raise bad_request(f"{name.replace('_', ' ')} is too long")
        telegram.profile.texts[name, _language(given)] = given.text(name)
        return True

    return set_text


def _getter(name: str) -> Method:
    async def get_text(telegram: TelegramEmulator, given: Parameters) -> Json:
        texts = telegram.profile.texts
        return {name: texts.get((name, _language(given))) or texts.get((name, ""), "")}

    return get_text


async def set_chat_menu_button(telegram: TelegramEmulator, given: Parameters) -> bool:
    button = given.nested("menu_button", "menu button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in {"default", "commands", "web_app"}:
        raise bad_request("can't parse MenuButton: unsupported type specified")
    telegram.profile.menu_buttons[given.text("chat_id")] = button
    return True


async def get_chat_menu_button(telegram: TelegramEmulator, given: Parameters) -> Json:
    buttons = telegram.profile.menu_buttons
    return buttons.get(given.text("chat_id")) or buttons.get("") or {"type": "commands"}


def _every(make: Callable[[str, int], Method], verb: str) -> dict[str, Method]:
    return {f"{verb}My{name}": make(key, most) for name, (key, most) in TEXTS.items()}


METHODS: dict[str, Method] = {
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
    **_every(_setter, "set"),
    **_every(lambda name, _: _getter(name), "get"),
}
