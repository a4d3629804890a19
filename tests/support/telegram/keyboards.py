"""Keyboards under messages, checked as the platform checks them."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.support.telegram.wire import Json, Parameters, bad_request

CALLBACK_DATA_BYTES = 64
BUTTONS_PER_KEYBOARD = 100
BUTTONS_PER_ROW = 8
ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
KINDS = ("inline_keyboard", "keyboard", "remove_keyboard", "force_reply")


def read_markup(parameters: Parameters, *, private: bool) -> Json | None:
    """The `reply_markup` of a call; None without one."""
    markup = parameters.nested("reply_markup", "reply keyboard markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        _check_inline(markup)
    elif "keyboard" in markup:
        _check_keyboard(markup, private=private)
    return markup if any(kind in markup for kind in KINDS) else None


def _rows(markup: Json, name: str) -> list[list[object]]:
    rows = markup[name]
    if not isinstance(rows, list):
        raise bad_request(f'field "{name}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{name}" must be an Array of Arrays')
    if sum(map(len, rows)) > BUTTONS_PER_KEYBOARD or any(len(row) > BUTTONS_PER_ROW for row in rows):
        raise bad_request("reply markup is too long")
    return rows


def _check_inline(markup: Json) -> None:
    for row in _rows(markup, "inline_keyboard"):
        for button in row:
            _check_inline_button(button)


def _check_inline_button(button: object) -> None:
    complaint = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad_request(complaint + "InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise bad_request(complaint + 'Can\'t find field "text"')
    if not isinstance(button["text"], str):
        raise bad_request(complaint + 'Field "text" must be of type String')
    given = [name for name in ACTIONS if button.get(name) not in (None, "")]
    if not given:
        raise bad_request(complaint + "Text buttons are unallowed in the inline keyboard")
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if not all(isinstance(button[name], str) for name in ("url", "callback_data") if name in given):
        raise bad_request(complaint + "Field must be of type String")
    if "callback_data" in given and len(button["callback_data"].encode()) > CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in given:
        _check_url(button["url"])


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https", "tg"}:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if parts.scheme != "tg" and "." not in parts.netloc:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _check_keyboard(markup: Json, *, private: bool) -> None:
    for row in _rows(markup, "keyboard"):
        for position, button in enumerate(row):
            row[position] = checked = {"text": button} if isinstance(button, str) else button
            if not isinstance(checked, dict) or not isinstance(checked.get("text"), str):
                raise bad_request("can't parse keyboard button: Can't find field \"text\"")
            if checked.get("request_contact") and not private:
                raise bad_request("phone number can be requested in private chats only")
            if checked.get("request_location") and not private:
                raise bad_request("location can be requested in private chats only")
    if len(markup.get("input_field_placeholder", "")) > 64:
        raise bad_request("input field placeholder is too long")
