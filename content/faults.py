"""What is wrong with a file, in words that help whoever wrote it: which entry, which line, what to do."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import msgspec

_HINTS = {
    "mapping values are not allowed": "a text that holds a colon must stand in quotation marks",
    "expected <block end>": "this line begins too far left or right; compare the spaces with its neighbours",
    "did not find expected key": "this line begins too far left or right, or a text before it is cut off",
    "could not find expected ':'": "a colon is missing, or a text runs over the line without more spaces",
    "cannot start any token": "use spaces, no tabs; a text that begins with a sign needs quotation marks",
    "expected ',' or": "a comma or a closing bracket is missing",
    "found unexpected end of stream": "a quotation mark or a bracket is not closed",
    "a key stands twice": "the same name stands twice: change one of them",
}


def yaml_hint(problem: str | None) -> str:
    """What to do about a problem that the YAML reader names; empty where we know no better words."""
    return next((f": {hint}" for sign, hint in _HINTS.items() if sign in (problem or "")), "")


def entry_at_fault(raw: Any, kind: Any) -> tuple[str, str] | None:
    """The entry of a file of entries that does not fit its shape, and what is wrong in it."""
    if get_origin(kind) is not dict or not isinstance(raw, dict):
        return None
    inner = get_args(kind)[1]
    for key, value in raw.items():
        try:
            msgspec.convert(value, inner)
        except msgspec.ValidationError as error:
            return str(key), in_words(str(error))
    return None


def in_words(error: str) -> str:
    """A fault of msgspec's, its place written as `now[2].vi` with entries counted from 1."""
    said, _, place = error.partition(" - at `$")
    said = said.replace("Object contains unknown field", "there is no field called")
    said = said.replace("Object missing required field", "this field is missing:")
    path = _from_one(place.rstrip("`").lstrip("."))
    return f"{path}: {said}" if path else said


def _from_one(path: str) -> str:
    parts = path.replace("]", "[").split("[")
    return "".join(f"[{int(part) + 1}]" if part.isdigit() else part for part in parts)


def line_of(text: str, key: str) -> int | None:
    """The line on which the entry begins."""
    starts = (f"{key}:", f'"{key}":', f"'{key}':")
    return next((n for n, line in enumerate(text.splitlines(), 1) if line.startswith(starts)), None)
