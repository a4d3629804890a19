"""What a consultation message may look like (A.4 of the platform's facts), checked field by field."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from tests.support.zalo_oa.account import JSON, Button
from tests.support.zalo_oa.assets import Asset, Assets
from tests.support.zalo_oa.errors import Refused

TEXT, TITLE, SUBTITLE, PAYLOAD, SMS = 2000, 100, 500, 1000, 160
MOST_BUTTONS = MOST_LIST_ELEMENTS = 5


@dataclass(frozen=True)
class Shape:
    """A message that may be sent, before the rules about its recipient."""

    kind: str
    text: str = ""
    buttons: tuple[Button, ...] = ()
    elements: tuple[JSON, ...] = ()
    asset: Asset | None = None
    url: str | None = None
    quotes: str | None = None


class Shapes:
    def __init__(self, assets: Assets) -> None:
        self._assets = assets

    def read(self, message: Any, *, lists: bool) -> Shape:
        """Raises -201, -210, -233 or -100. `lists`: whether the list template is supported here."""
        if not isinstance(message, dict):
            raise Refused(-201, "message is invalid")
        text = _text(message)
        quotes = message.get("quote_message_id")
        if quotes is not None and not isinstance(quotes, str):
            raise Refused(-201, "quote_message_id is invalid")
        attachment = message.get("attachment")
        if attachment is None:
            if not text.strip():
                raise Refused(-201, "text is invalid")
            return Shape("text", text, quotes=quotes)
        payload = attachment.get("payload") if isinstance(attachment, dict) else None
        if not isinstance(payload, dict):
            raise Refused(-201, "attachment is invalid")
        if attachment.get("type") == "file":
            asset = self._assets.use(payload.get("token"), "file", "token")
            return Shape("file", text, _buttons(payload), asset=asset, quotes=quotes)
        if attachment.get("type") != "template":
            raise Refused(-233, "attachment type is not supported")
        return self._template(text, payload, lists=lists, quotes=quotes)

    def _template(self, text: str, payload: JSON, *, lists: bool, quotes: str | None) -> Shape:
        buttons = _buttons(payload)
        match payload.get("template_type"):
            case None:
                if not text.strip() or not buttons:
                    raise Refused(-201, "text is invalid" if buttons else "buttons is invalid")
                return Shape("text", text, buttons, quotes=quotes)
            case "media":
                return self._media(text, payload, buttons, quotes)
            case "request_user_info":
                # The shape has no text of its own: one that is sent along is not shown.
                return Shape("request_user_info", elements=(_request(payload),), quotes=quotes)
            case "list" if lists:
                return Shape("list", text, buttons, _list(payload), quotes=quotes)
            case _:
                raise Refused(-233, "template_type is not supported")

    def _media(self, text: str, payload: JSON, buttons: tuple[Button, ...], quotes: str | None) -> Shape:
        element = _elements(payload, most=1)[0]
        kind = element.get("media_type")
        url, asset_id = element.get("url"), element.get("attachment_id")
        if kind not in ("image", "gif", "sticker"):
            raise Refused(-233, "media_type is not supported")
        if kind == "sticker":
            _string(asset_id, "attachment_id", TITLE)
            return Shape(kind, text, buttons, (element,), quotes=quotes)
        if kind == "gif" and not all(isinstance(element.get(side), int) for side in ("width", "height")):
            raise Refused(-201, "width is invalid")
        if (url is None) == (asset_id is None) or (kind == "gif" and url is not None):
            raise Refused(-201, "url is invalid")
        if url is not None:
            return Shape(kind, text, buttons, (element,), url=_link(url, "url"), quotes=quotes)
        asset = self._assets.use(asset_id, kind, "attachment_id")
        return Shape(kind, text, buttons, (element,), asset=asset, quotes=quotes)


def _text(message: JSON) -> str:
    text = message.get("text", "")
    if not isinstance(text, str):
        raise Refused(-201, "text is invalid")
    if len(unicodedata.normalize("NFC", text)) > TEXT:
        raise Refused(-201, f"text is invalid: more than {TEXT} characters")
    return text


def _elements(payload: JSON, most: int) -> list[JSON]:
    elements = payload.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= most:
        raise Refused(-201, "elements is invalid")
    if not all(isinstance(element, dict) for element in elements):
        raise Refused(-201, "elements is invalid")
    return elements


def _request(payload: JSON) -> JSON:
    element = _elements(payload, most=1)[0]
    _string(element.get("title"), "title", TITLE)
    _string(element.get("subtitle"), "subtitle", SUBTITLE)
    _link(element.get("image_url"), "image_url")
    return element


def _list(payload: JSON) -> tuple[JSON, ...]:
    elements = _elements(payload, MOST_LIST_ELEMENTS)
    for number, element in enumerate(elements):
        _string(element.get("title"), "title", TITLE)
        if number == 0 or "subtitle" in element:
            _string(element.get("subtitle"), "subtitle", SUBTITLE)
    return tuple(elements)


def _buttons(payload: JSON) -> tuple[Button, ...]:
    buttons = payload.get("buttons", [])
    if not isinstance(buttons, list) or len(buttons) > MOST_BUTTONS:
        raise Refused(-201, f"buttons is invalid: more than {MOST_BUTTONS}")
    return tuple(_button(button) for button in buttons)


def _button(button: Any) -> Button:
    if not isinstance(button, dict):
        raise Refused(-201, "button is invalid")
    title = _string(button.get("title"), "title", TITLE)
    kind, payload = button.get("type"), button.get("payload")
    match kind:
        case "oa.query.show" | "oa.query.hide":
            _string(payload, "payload", PAYLOAD)
        case "oa.open.url":
            _link(_part(payload, "url"), "payload.url")
        case "oa.open.phone":
            _phone_code(payload)
        case "oa.open.sms":
            _phone_code(payload)
            _string(_part(payload, "content"), "payload.content", SMS)
        case _:
            raise Refused(-201, "type of button is invalid")
    return Button(title, kind, payload)


def _part(payload: Any, key: str) -> Any:
    return payload.get(key) if isinstance(payload, dict) else None


def _phone_code(payload: Any) -> None:
    code = _part(payload, "phone_code")
    if not isinstance(code, str) or not code.isdigit() or not code.startswith("84"):
        raise Refused(-201, "payload.phone_code is invalid")


def _string(value: Any, field: str, most: int) -> str:
    """Empty or not a string: -201. Longer than allowed: -210."""
    if not isinstance(value, str) or not value.strip():
        raise Refused(-201, f"{field} is invalid")
    if len(unicodedata.normalize("NFC", value)) > most:
        raise Refused(-210, f"{field} exceeds {most} characters")
    return value


def _link(value: Any, field: str) -> str:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        raise Refused(-201, f"{field} is invalid")
    return value
