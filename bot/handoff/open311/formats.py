"""Answers as JSON or XML, as GeoReport v2 writes both, and its errors."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from xml.etree import ElementTree as Xml

import msgspec
from litestar import Response

Format = Literal["json", "xml"]

_TYPES = {"json": "application/json", "xml": "text/xml"}
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Refusal(Exception):
    """Answered as a list of errors with one entry, as GeoReport v2 has it."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


def split(name: str) -> tuple[str, Format]:
    """`requests.json` -> its name and format. Raises Refusal for another ending."""
    stem, _, ending = name.rpartition(".")
    if not stem or ending not in _TYPES:
        raise Refusal(404, "the address must end in .json or .xml")
    return stem, "xml" if ending == "xml" else "json"


def answer(format_: Format, root: str, item: str, data: Any, status: int = 200) -> Response[bytes]:
    """`root` and `item`: the elements of XML; a list becomes `item`s within `root`."""
    body = msgspec.json.encode(data) if format_ == "json" else _xml(root, item, data)
    return Response(body, status_code=status, media_type=_TYPES[format_], headers=_HEADERS)


def refused(format_: Format, refusal: Refusal) -> Response[bytes]:
    errors = [{"code": refusal.code, "description": refusal.description}]
    return answer(format_, "errors", "error", errors, refusal.code)


def _xml(root: str, item: str, data: Any) -> bytes:
    top = Xml.Element(root)
    _fill(top, item, data)
    told: bytes = Xml.tostring(top, encoding="utf-8", xml_declaration=True)
    return told


def _fill(element: Xml.Element, item: str, data: Any) -> None:
    if isinstance(data, Mapping):
        for name, value in data.items():
            _fill(Xml.SubElement(element, name), _ITEMS.get(name, "value"), value)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for value in data:
            _fill(Xml.SubElement(element, item), "value", value)
    elif data is not None:
        element.text = _NO_XML.sub("", _text(data))


_ITEMS = {"attributes": "attribute", "values": "value", "details": "detail", "formats": "format",
          "endpoints": "endpoint", "updates": "update"}  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return str(value)
