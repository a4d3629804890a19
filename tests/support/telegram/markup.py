"""Text with HTML marks into plain text and entities, with the platform's own complaints."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.support.telegram.wire import Json, bad_request

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_BARE_VALUE = re.compile(r"[A-Za-z0-9.-]*")
_LANGUAGE = "language-"


def units(text: str) -> int:
    """Length in UTF-16 code units, which is how offsets of entities count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def decoded(text: str) -> str:
    """Only the four named references and the numeric ones are known; all others stay as they are."""

    def one(found: re.Match[str]) -> str:
        if found[3]:
            return NAMED[found[3]]
        code = int(found[1]) if found[1] else int(found[2], 16)
        return chr(code) if 0 < code < 0x10FFFF else found[0]

    return _REFERENCE.sub(one, text)


@dataclass
class _Open:
    tag: str
    start: int
    attributes: dict[str, str]
    read_from: int


class _Reader:
    def __init__(self, text: str) -> None:
        self.source = text
        self.at = 0
        self.plain = ""
        self.open: list[_Open] = []
        self.entities: list[Json] = []

    def refuse(self, complaint: str) -> Exception:
        return bad_request(f"can't parse entities: {complaint}")

    def offset(self, position: int) -> int:
        return len(self.source[:position].encode())

    def read(self) -> tuple[str, list[Json]]:
        while self.at < len(self.source):
            tag = self.source.find("<", self.at)
            end = len(self.source) if tag < 0 else tag
            self.plain += decoded(self.source[self.at : end])
            self.at = end
            if tag >= 0 and self.source.startswith("</", tag):
                self._end_tag()
            elif tag >= 0:
                self._start_tag()
        if self.open:
            raise self.refuse(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return self.plain, sorted(self.entities, key=lambda one: (one["offset"], -one["length"]))

    def _start_tag(self) -> None:
        begin = self.at
        found = re.compile(r"<([^\s>]*)").match(self.source, begin)
        assert found
        name = found[1].lower()
        self.at = found.end()
        if self.at >= len(self.source):
            raise self.refuse(f"Unclosed start tag at byte offset {self.offset(begin)}")
        if name not in TAGS:
            raise self.refuse(f'Unsupported start tag "{name}" at byte offset {self.offset(begin)}')
        attributes = self._attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise self.refuse(f'Tag "span" must have class "tg-spoiler" at byte offset {self.offset(begin)}')
        self.open.append(_Open(name, units(self.plain), attributes, len(self.plain)))

    def _skip_spaces(self) -> str:
        while self.at < len(self.source) and self.source[self.at].isspace():
            self.at += 1
        return self.source[self.at : self.at + 1]

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        """Reads up to and with the `>` of a start tag."""
        found: dict[str, str] = {}
        where = self.offset(begin)
        while self._skip_spaces() != ">":
            name_match = re.compile(r"[^\s=>]*").match(self.source, self.at)
            assert name_match
            self.at = name_match.end()
            if not self.source[self.at : self.at + 1] and not name_match[0]:
                raise self.refuse(f"Unclosed start tag at byte offset {where}")
            if not name_match[0]:
                raise self.refuse(f'Empty attribute name in the tag "{tag}" at byte offset {where}')
            sign = self._skip_spaces()
            if sign == ">" and tag == "blockquote" and name_match[0].lower() == "expandable":
                found["expandable"] = ""
                continue
            if sign != "=":
                raise self.refuse(
                    f'Expected equal sign in declaration of an attribute of the tag "{tag}" '
                    f"at byte offset {where}"
                )
            self.at += 1
            found[name_match[0].lower()] = self._value(tag, where)
        self.at += 1
        return found

    def _value(self, tag: str, where: int) -> str:
        quote = self._skip_spaces()
        if not quote:
            raise self.refuse(f'Unclosed start tag "{tag}" at byte offset {where}')
        begin = self.at
        if quote in "\"'":
            end = self.source.find(quote, begin + 1)
            if end < 0:
                raise self.refuse(f"Unclosed start tag at byte offset {where}")
            self.at = end + 1
            return decoded(self.source[begin + 1 : end])
        bare = _BARE_VALUE.match(self.source, begin)
        assert bare
        self.at = bare.end()
        if not re.compile(r"[\s>]").match(self.source, self.at):
            raise self.refuse(f"Unexpected end of name token at byte offset {self.offset(begin)}")
        return bare[0].lower()

    def _end_tag(self) -> None:
        begin = self.at
        where = self.offset(begin)
        if not self.open:
            raise self.refuse(f"Unexpected end tag at byte offset {where}")
        opened = self.open.pop()
        found = re.compile(r"</([^\s>]*)\s*(>?)").match(self.source, begin)
        assert found
        if not found[2]:
            raise self.refuse(f"Unclosed end tag at byte offset {where}")
        if found[1] and found[1].lower() != opened.tag:
            raise self.refuse(
                f'Unmatched end tag at byte offset {where}, expected "</{opened.tag}>", '
                f'found "</{found[1].lower()}>"'
            )
        self.at = found.end()
        self._close(opened)

    def _close(self, opened: _Open) -> None:
        length = units(self.plain) - opened.start
        entity: Json = {"type": TAGS[opened.tag], "offset": opened.start, "length": length}
        if opened.tag == "a":
            target = opened.attributes.get("href") or self.plain[opened.read_from :]
            if "." not in target and "://" not in target:
                return
            entity["url"] = target if "://" in target or target.startswith("tg:") else f"http://{target}/"
        elif opened.tag == "tg-emoji":
            entity["custom_emoji_id"] = opened.attributes.get("emoji-id", "")
        elif opened.tag == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        elif opened.tag == "code" and opened.attributes.get("class", "").startswith(_LANGUAGE):
            entity["language"] = opened.attributes["class"].removeprefix(_LANGUAGE)
        if length:
            self._add(entity)

    def _add(self, entity: Json) -> None:
        """A `code` with a language says it for the `pre` of the same stretch, and is no entity of its own."""
        same = [
            one
            for one in self.entities
            if (one["offset"], one["length"]) == (entity["offset"], entity["length"])
            and {one["type"], entity["type"]} == {"pre", "code"}
        ]
        if entity["type"] == "pre" and same and same[0].get("language"):
            same[0]["type"] = "pre"
            return
        self.entities.append(entity)


def parse_html(text: str) -> tuple[str, list[Json]]:
    """Raises the platform's refusal where a tag is unknown, unclosed or crossed."""
    plain, entities = _Reader(text).read()
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return plain, entities
