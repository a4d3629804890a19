"""Sentences of people that officers labelled: made nameless, and written as Rasa's NLU YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import yaml

from nlu.intents import TOPICAL
from nlu.understanding import SECRET_ENTITIES, Act, Entity

_LOOKS_ANNOTATED = re.compile(r"\](?=[({])")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")


class Sentence(msgspec.Struct, frozen=True):
    """A masked message and what a person says that it means."""

    text: str
    act: Act
    topic: str | None = None
    urgent: bool = False

    @property
    def intent(self) -> str:
        return f"{self.act}_{self.topic}" if self.act in TOPICAL else self.act


def dump(sentences: Iterable[Sentence]) -> str:
    """The file's text: `rasa_format.read` gives back the same sentences, one line each."""
    blocks: dict[tuple[str, bool], list[str]] = {}
    for sentence in sentences:
        line = one_line(sentence.text)
        if line:
            blocks.setdefault((sentence.intent, sentence.urgent), []).append(f"- {line}\n")
    nlu = [_block(intent, urgent, lines) for (intent, urgent), lines in sorted(blocks.items())]
    written: str = yaml.dump(
        {"version": "3.1", "nlu": nlu}, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=2**31
    )
    return written


def one_line(text: str) -> str:
    """Without line breaks and control signs, and with nothing that reads as Rasa's mark of an entity."""
    return _LOOKS_ANNOTATED.sub("] ", " ".join(_UNPRINTABLE.sub(" ", text).split()))


def _block(intent: str, urgent: bool, lines: list[str]) -> dict[str, Any]:
    marked = {"metadata": {"urgent": True}} if urgent else {}
    return {"intent": intent, **marked, "examples": _Lines("".join(dict.fromkeys(lines)))}


_NUMBERS = frozenset({"phone", "bank_account", "person_id", "ticket_code", "registration_number", "barcode"})
_KEPT = frozenset({"money", "date"})
_LONG_NUMBER = re.compile(r"\d(?:[ .\-]?\d){5,}")
_ADDRESS = re.compile(r"(?i)\b(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HANDLE = re.compile(r"(?<![\w.])@\w{2,}")
_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")


def nameless(text: str, entities: Sequence[Entity]) -> str:
    """`text` with numbers and codes as zeros, and addresses as one that is nobody's. The engine reads all
    digits alike, so nothing is lost for learning. Amounts, dates and communes stay. A long number that no
    entity tells of goes too."""
    kept = [(e.start, e.end) for e in entities if e.type in _KEPT]
    for entity in sorted(entities, key=lambda e: -e.start):
        if (hidden := _hidden(entity)) is not None:
            text = text[: entity.start] + hidden + text[entity.end :]
            moved = len(hidden) - len(entity.value)
            kept = [(a + moved, b + moved) if a >= entity.end else (a, b) for a, b in kept]

    def number(match: re.Match[str]) -> str:
        amount = any(a < match.end() and match.start() < b for a, b in kept)
        return match[0] if amount else _DIGIT.sub("0", match[0])

    text = _LONG_NUMBER.sub(number, text)
    text = _ADDRESS.sub(lambda match: "ai@example.vn" if "@" in match[0] else "example.vn", text)
    return _HANDLE.sub("@ai", text)


def _hidden(entity: Entity) -> str | None:
    """What stands for the entity; None where it may stay."""
    if entity.type == "order_code":
        return _LETTER.sub("X", _DIGIT.sub("0", entity.value))
    if entity.type in SECRET_ENTITIES:
        return "0" * 6
    if entity.type in _NUMBERS:
        return _DIGIT.sub("0", entity.value)
    return {"email": "ai@example.vn", "url": "example.vn"}.get(entity.type)


class _Lines(str):
    """Written as a literal block, the way people write these files."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    pass


def _literally(dumper: yaml.SafeDumper, lines: _Lines) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", lines, style="|")


_Dumper.add_representer(_Lines, _literally)
