"""Scripts of conversations: YAML files with the turns of one person, and what is expected of the answers."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import msgspec
import yaml


class ScriptError(Exception):
    """A script cannot be read, or its story does not come out; the message names file and turn."""


class OfficerTurn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An officer's act on the newest complaint."""

    agency: str
    do: str
    text: str = ""
    to: str | None = None
    """Agency to transfer to."""
    outcome: str = "solved"


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the turn before must have led to. Texts are compared folded; what is not named is free."""

    act: str | None = None
    topic: str | None = None
    urgent: bool | None = None
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    replies: int | None = None
    complaint: dict[str, Any] | None = None
    """Compared part by part with the newest complaint; `none: true` where there must be none."""


class ScriptTurn(msgspec.Struct, frozen=True):
    """Exactly one of these happens."""

    say: str | None = None
    choose: str | None = None
    photo: Path | None = None
    location: tuple[float, float] | None = None
    contact: str | None = None
    forward: str | None = None
    wait: dt.timedelta | None = None
    officer: OfficerTurn | None = None
    person: str | None = None
    """From here on another person, on an account of their own, acts (`as: NAME`)."""
    expect: Expectation | None = None


class Script(msgspec.Struct, frozen=True):
    path: Path | None
    province: str | None
    channel: str
    turns: tuple[ScriptTurn, ...]
    name: str | None = None
    """The person's name on the channel, where the channel tells it."""
    language: str | None = None


_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


KINDS = ("say", "choose", "photo", "location", "contact", "forward", "wait", "officer", "expect", "as")


def read_script(path: Path, province: str | None = None, channel: str = "web") -> Script:
    """Reads a script; `province` and `channel` stand in where it names none. Raises ScriptError."""
    try:
        text = path.read_text("utf-8")
        raw, typed = yaml.load(text, Loader=yaml.BaseLoader), yaml.safe_load(text)  # noqa: S506 - only strings
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ScriptError(f"{path}: not a script ({' '.join(str(error).split())}).") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("turns"), list):
        raise ScriptError(f"{path}: a script has `turns`, a list.")
    pairs = zip(raw["turns"], typed["turns"], strict=True)
    turns = tuple(_turn(entry, meant, number, path) for number, (entry, meant) in enumerate(pairs, 1))
    return Script(
        path=path,
        province=raw.get("province", province),
        channel=raw.get("channel", channel),
        turns=turns,
        name=raw.get("name"),
        language=raw.get("language"),
    )


def _turn(entry: object, meant: Any, number: int, path: Path) -> ScriptTurn:
    """`entry` is all strings, as people type ("no" is no truth value); `meant` has YAML's types."""
    where = f"{path}, turn {number}"
    if isinstance(entry, str):
        return ScriptTurn(say=entry)
    if not isinstance(entry, dict) or len(entry) != 1:
        raise ScriptError(f"{where}: a turn is a text or one of {', '.join(KINDS)}.")
    [(kind, value)] = entry.items()
    try:
        if kind == "wait":
            return ScriptTurn(wait=_span(str(value)))
        if kind == "photo":
            return ScriptTurn(photo=path.parent / str(value))
        if kind == "officer":
            return ScriptTurn(officer=msgspec.convert(value, OfficerTurn))
        if kind == "expect":
            return ScriptTurn(expect=msgspec.convert(meant[kind], Expectation))
        if kind == "location":
            return ScriptTurn(location=msgspec.convert(meant[kind], tuple[float, float]))
        if kind == "as":
            return ScriptTurn(person=str(value))
        if kind in ("say", "choose", "contact", "forward"):
            return msgspec.convert({kind: str(value)}, ScriptTurn)
    except (msgspec.ValidationError, ValueError) as error:
        raise ScriptError(f"{where}: {error}.") from error
    raise ScriptError(f"{where}: {kind!r} is not known.")


def _span(text: str) -> dt.timedelta:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError("a span of time is written like 90m, 26h or 3d")
    return dt.timedelta(**{_UNITS[found[2]]: float(found[1])})
