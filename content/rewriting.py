"""A telephone number that an operator changed, changed in every text that names it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from content.catalog import Catalog
from content.schema import Language

Numbers = Mapping[str, tuple[str, Mapping[Language, str]]]
"""Number as the texts have it -> what stands there instead, and the source line in each language."""

_NO_TEXTS = ("messages", "provinces", "hotlines", "banks", "sources")
"""`messages` are of one language each; the others name no hotline, or are laid over by themselves."""

_TEXTS = tuple(name for name in Catalog.__struct_fields__ if name not in _NO_TEXTS)


def rewritten(catalog: Catalog, numbers: Numbers) -> Catalog:
    """The first mention in a text is followed by who entered the number and when."""
    changed: dict[str, Any] = {name: _in(getattr(catalog, name), numbers) for name in _TEXTS}
    messages = {
        language: {key: replaced(text, numbers, language) for key, text in sentences.items()}
        for language, sentences in catalog.messages.items()
    }
    return msgspec.structs.replace(catalog, messages=messages, **changed)


def named_in(catalog: Catalog, number: str) -> int:
    """How many questions, topics and sentences of the product name the number."""
    pattern = _pattern([number])
    said = sum(bool(pattern.search(text)) for text in catalog.messages["vi"].values())
    texts = [getattr(catalog, name) for name in _TEXTS]
    parts = [part for text in texts if isinstance(text, dict) for part in text.values()]
    return said + sum(any(pattern.search(text) for text in _texts(part)) for part in parts)


def replaced(text: str, numbers: Numbers, language: Language) -> str:
    seen: set[str] = set()

    def instead(found: re.Match[str]) -> str:
        new, said = numbers[found[0]]
        first = found[0] not in seen
        seen.add(found[0])
        return f"{new} ({said[language]})" if first else new

    return _pattern(numbers).sub(instead, text)


def _pattern(numbers: Iterable[str]) -> re.Pattern[str]:
    """Short numbers are also articles of laws and parts of longer numbers."""
    any_of = "|".join(map(re.escape, sorted(numbers, key=len, reverse=True)))
    return re.compile(rf"(?<!\u0110i\u1ec1u )(?<!Article )(?<![\w/.,])(?:{any_of})(?![\w/]|[.,]\d)")


def _in(value: Any, numbers: Numbers) -> Any:
    """`value` with its texts in both languages rewritten; the same object where nothing changes."""
    if isinstance(value, dict):
        return {key: _in(one, numbers) for key, one in value.items()}
    if isinstance(value, tuple):
        return tuple(_in(one, numbers) for one in value)
    if not isinstance(value, msgspec.Struct):
        return value
    found: dict[str, Any] = {}
    for name in value.__struct_fields__:
        old = getattr(value, name)
        if isinstance(old, str):
            new = replaced(old, numbers, name) if name in ("vi", "en") else old  # type: ignore[arg-type]
        else:
            new = _in(old, numbers)
        if new != old:
            found[name] = new
    return msgspec.structs.replace(value, **found) if found else value


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, tuple):
        return [text for one in value for text in _texts(one)]
    if not isinstance(value, msgspec.Struct):
        return []
    own = [getattr(value, name) for name in value.__struct_fields__]
    if isinstance(getattr(value, "vi", None), str):
        return [text for text in own if isinstance(text, str)]
    return [text for one in own for text in _texts(one)]
