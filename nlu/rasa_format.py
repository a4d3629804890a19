"""Reading training examples in Rasa's NLU YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

_ANNOTATION = re.compile(r"\[([^\[\]\n]+)\](?:\(([A-Za-z_][\w-]*)(?::[^()\n]*)?\)|(\{[^{}\n]*\}))")
_JSON_TYPE = re.compile(r'"entity"\s*:\s*"([^"]+)"')
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DataError(Exception):
    """A file of training examples cannot be used; the message names the file."""


class Mark(msgspec.Struct, frozen=True):
    """An annotated entity: `text[start:end]`."""

    type: str
    start: int
    end: int


class Example(msgspec.Struct, frozen=True):
    """One sentence. `batch` names the file and block that it was written in."""

    text: str
    intent: str
    urgent: bool
    marks: tuple[Mark, ...]
    batch: str


def read(folder: Path) -> list[Example]:
    """All examples below `folder`, in the order of file names. Raises DataError."""
    files = sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]) if folder.is_dir() else [folder]
    examples = [example for file in files for example in _read_file(file)]
    if not examples:
        raise DataError(f"{folder}: no training examples in Rasa's NLU YAML here.")
    return examples


def _read_file(file: Path) -> Iterator[Example]:
    try:
        raw = yaml.load(file.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{file}: cannot be read ({error}).") from error
    blocks = raw.get("nlu") if isinstance(raw, dict) else None
    for number, block in enumerate(blocks or ()):
        if isinstance(block, dict) and "intent" in block:
            urgent = bool((block.get("metadata") or {}).get("urgent"))
            for line, own in _lines(block.get("examples") or ""):
                text, marks = unmark(line)
                if text:
                    yield Example(text, str(block["intent"]), own or urgent, marks, f"{file.stem}#{number}")


def _lines(examples: Any) -> Iterator[tuple[str, bool]]:
    """Each example with whether its own metadata call it urgent."""
    if isinstance(examples, str):
        for line in examples.split("\n"):
            if line.lstrip().startswith("- "):
                yield line.lstrip()[2:].strip(), False
    else:
        for item in examples:
            if isinstance(item, dict):
                yield str(item.get("text", "")).strip(), bool((item.get("metadata") or {}).get("urgent"))
            else:
                yield str(item).strip(), False


def unmark(line: str) -> tuple[str, tuple[Mark, ...]]:
    """The sentence without its annotations, and where they stood."""
    text, marks, last = "", [], 0
    for match in _ANNOTATION.finditer(line):
        kind = match[2] or next(iter(_JSON_TYPE.findall(match[3] or "")), None)
        if kind is None:
            continue
        text += line[last : match.start()]
        marks.append(Mark(kind, len(text), len(text) + len(match[1])))
        text += match[1]
        last = match.end()
    return text + line[last:], tuple(marks)
