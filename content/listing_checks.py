"""What is wrong with a listing that somebody entered, in sentences of `content/messages/*/listings.yml`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from content import listings
from content.catalog import Catalog, ContentError, read
from content.listings import FIELDS, Entry
from content.schema import Language

LONGEST = {
    "name": 160, "name_en": 160, "address": 200, "phone": 60, "email": 120, "url": 200, "hours": 120,
    "reason": 300, "by": 120,
}  # fmt: skip
"""Characters."""

_PHONE = re.compile(r"\+?\d[\d .\-()]*(?:\s*[;,]\s*\+?\d[\d .\-()]*)*")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)


class Fault(msgspec.Struct, frozen=True):
    """`field`: of the listing. `sentence`: a key of the messages, with what stands in it."""

    field: str
    sentence: str
    values: dict[str, str]

    def said(self, catalog: Catalog, language: Language) -> str:
        field = catalog.say(language, f"listings.field_{self.field}")
        return catalog.say(language, f"listings.{self.sentence}", field=field, **self.values)


def faults(base: Catalog, key: str, entry: Entry, today: dt.date) -> Iterator[Fault]:
    """`base` is the repository's catalog, over which the entry is to be laid. The key must name a listing."""
    kind = listings.kind_of(base, key)
    assert kind is not None
    told = entry.told()
    for name in told.keys() - set(FIELDS[kind]):
        yield Fault(name, "field_not_here", {})
    words = {"reason": entry.reason, "by": entry.by, **told}
    for name, value in words.items():
        if isinstance(value, str) and len(value) > LONGEST[name]:
            yield Fault(name, "too_long", {"most": str(LONGEST[name])})
    if len(entry.reason.strip()) < 5:
        yield Fault("reason", "reason_missing", {})
    if not entry.by.strip():
        yield Fault("by", "by_missing", {})
    if entry.on > today:
        yield Fault("on", "in_future", {})
    yield from _shapes(entry)
    yield from _together(base, key, entry)


def _shapes(entry: Entry) -> Iterator[Fault]:
    if entry.name == "" or entry.name_en == "":
        yield Fault("name" if entry.name == "" else "name_en", "name_missing", {})
    if entry.phone:
        counts = [len(re.sub(r"\D", "", number)) for number in re.split("[;,]", entry.phone)]
        if not _PHONE.fullmatch(entry.phone) or not all(3 <= count <= 15 for count in counts):
            yield Fault("phone", "no_phone", {})
    if entry.email and not _EMAIL.fullmatch(entry.email):
        yield Fault("email", "no_email", {})
    if entry.url and not _is_address(entry.url):
        yield Fault("url", "no_url", {})


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    named = _HOST.fullmatch(parts.hostname or "") is not None
    return parts.scheme in ("http", "https") and named and not re.search(r"\s", url)


def _together(base: Catalog, key: str, entry: Entry) -> Iterator[Fault]:
    """What the listing would be with the entry laid over it."""
    kind, id_ = listings.kind_of(base, key), key.partition("/")[2]
    now = listings.values(base, key) | entry.told()
    if kind in ("hotline", "bank"):
        if not now["phone"] and (now["show"] or kind == "hotline"):
            yield Fault("phone", "phone_missing", {})
        if other := _same_number(base, key, str(now["phone"])):
            yield Fault("phone", "number_of_other", {"other": other})
    if kind == "hotline" and not now["show"] and id_ in called(base):
        yield Fault("show", "called_in_danger", {})
    if kind in ("agency", "commune") and not entry.told() and listings.checked_on(base, key) is None:
        yield Fault("phone", "nothing_entered", {})


def called(catalog: Catalog) -> frozenset[str]:
    """Hotlines that the first steps in danger name: they cannot be hidden."""
    urgent = [*(topic.urgent for topic in catalog.topics.values()), *catalog.dangers.values()]
    named = [*(one.call for one in urgent)]
    named += [case.call for topic in catalog.cases.values() for case in topic.values()]
    return frozenset(id_ for call in named for id_ in call)


def _same_number(catalog: Catalog, key: str, number: str) -> str:
    """Who else has the number: numbers that were mixed up circulate."""
    digits = re.sub(r"\D", "", number)
    others = {f"hotline/{id_}": (line.number, line.name.vi) for id_, line in catalog.hotlines.items()}
    others |= {f"bank/{id_}": (bank.number or "", bank.name) for id_, bank in catalog.banks.items()}
    owners = (
        name for id_, (theirs, name) in others.items() if id_ != key and digits == re.sub(r"\D", "", theirs)
    )
    return next(owners, "") if digits else ""


# --- the local file ---------------------------------------------------------------------------------------


class FileFaultError(Exception):
    """The file of listings cannot be used: every fault in both languages."""

    def __init__(self, said: Mapping[Language, list[str]]) -> None:
        super().__init__("; ".join(said["en"]))
        self.said = said


def read_file(path: Path, base: Catalog, today: dt.date) -> dict[str, Entry]:
    """The file as `key: {fields, reason, by, on}`; empty where there is none. Raises FileFaultError."""
    if not path.exists():
        return {}
    try:
        raw = read(path, dict[str, dict[str, Any]]) if _holds_anything(path) else {}
    except (ContentError, OSError, UnicodeDecodeError) as error:
        line = getattr(error, "line", None)
        sentence = "file_line" if line else "file_unreadable"
        raise FileFaultError(_in_both(base, sentence, file=path.name, line=line or "")) from error
    said: dict[Language, list[str]] = {"vi": [], "en": []}
    entries: dict[str, Entry] = {}
    for key, fields in raw.items():
        for fault in _of_file(base, key, fields, today, entries):
            for language, sentences in said.items():
                at = base.say(language, "listings.file_entry", file=path.name, entry=key)
                sentences.append(f"{at} {fault.said(base, language)}")
    if said["vi"]:
        raise FileFaultError(said)
    return entries


def _holds_anything(path: Path) -> bool:
    """A file of comments alone is an empty one."""
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    return any(line and not line.startswith("#") for line in lines)


def _in_both(base: Catalog, sentence: str, **told: object) -> dict[Language, list[str]]:
    return {
        "vi": [base.say("vi", f"listings.{sentence}", **told)],
        "en": [base.say("en", f"listings.{sentence}", **told)],
    }


def _of_file(
    base: Catalog, key: str, fields: dict[str, Any], today: dt.date, entries: dict[str, Entry]
) -> Iterator[Fault]:
    """Adds the entry where it has the right fields; its faults otherwise, or besides."""
    if listings.kind_of(base, key) is None:
        yield Fault("key", "key_unknown", {})
        return
    known = set(Entry.__struct_fields__)
    for name in fields.keys() - known:
        yield Fault("key", "field_unknown", {"name": str(name)})
    missing = {"reason", "by", "on"} - fields.keys()
    yield from (Fault(name, "field_missing", {}) for name in sorted(missing))
    shaped = {name: value for name, value in fields.items() if name in known}
    for name, value in shaped.items():
        wanted = dt.date if name == "on" else bool if name == "show" else str
        if type(value) is not wanted:
            yield Fault(name, {"on": "no_date", "show": "no_truth"}.get(name, "no_text"), {})
            missing.add(name)
    if missing:
        return
    entry = msgspec.convert(shaped, Entry)
    yield from faults(base, key, entry, today)
    entries[key] = entry
