"""The one reader of `content/`: every file as frozen, validated structs. An error names file and field."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import msgspec
import yaml

from content.case_schema import Case
from content.faults import entry_at_fault, in_words, line_of, yaml_hint
from content.schema import (
    Abbreviation,
    Act,
    Agency,
    Bank,
    Clause,
    Commune,
    Faq,
    Hotline,
    Language,
    Listing,
    Province,
    Question,
    Routing,
    Slot,
    Source,
    Topic,
    Urgent,
    UrgentLexicon,
)
from content.visitors import VisitorText

ROOT = Path(__file__).parent
T = TypeVar("T")


class ContentError(Exception):
    """A file under `content/` cannot be used. The message names the file and, where known, line or field."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class ProvinceContent(msgspec.Struct, frozen=True, dict=True):
    """Everything about one province: `content/provinces/<id>/`."""

    folder: Path
    province: Province
    routing: Routing
    agencies: dict[str, Agency]
    communes: tuple[Commune, ...]
    listings: dict[str, Listing]
    """`agency`, `agency/unit` or `agency/commune code` -> where it is found; of most nothing is confirmed."""

    @cached_property
    def plan(self) -> dict[str, Clause]:
        """Clause -> what it asks for, in the plan's order. Raises ContentError.

        Read when it is first asked for: officers and the checks need it, the bot's start does not.
        """
        return read(self.folder / "plan.yml", dict[str, Clause])

    def party(self, named: str, language: Language = "vi") -> str:
        """One of a clause's `lead` or `coordinating` as people read it: an agency of ours by its name."""
        agency = self.agencies.get(named)
        return agency.name.in_(language) if agency else named


class Catalog(msgspec.Struct, frozen=True, dict=True, eq=False):
    """All content, read once at start-up; equal only to itself, so that results can be cached."""

    topics: dict[str, Topic]
    cases: dict[str, dict[str, Case]]
    """Topic -> its sub-cases by id, in the order in which they are tried."""
    slots: dict[str, Slot]
    provinces: dict[str, ProvinceContent]
    sources: dict[str, Source]
    acts: dict[str, Act]
    hotlines: dict[str, Hotline]
    banks: dict[str, Bank]
    abbreviations: dict[str, Abbreviation]
    asides: dict[str, Question]
    """Short questions that are answered in the middle of a form too."""
    faq: dict[str, Faq]
    conditions: dict[str, tuple[str, ...]]
    """Condition -> phrases, any of which calls for it."""
    phrases: dict[str, tuple[str, ...]]
    """Turns of phrase that steer a dialogue (skip, correction, why, ...), folded."""
    urgent: UrgentLexicon
    dangers: dict[str, Urgent]
    """Steps for danger that no topic has, such as threats."""
    concepts: dict[str, str]
    """What words speak of -> those words, with commas between."""
    products: dict[str, str]
    """Kind of goods -> what people call them, with commas between."""
    messages: dict[Language, dict[str, str]]
    visitors: dict[str, VisitorText]
    """Language -> texts for visitors, those only that somebody who knows the language has reviewed."""

    def say(self, language: Language, key: str, **values: object) -> str:
        """The sentence `key` (`<file>.<name>`) with its values filled in."""
        return self.messages[language][key].format(**values)

    @cached_property
    def commune_by_code(self) -> dict[str, tuple[str, Commune]]:
        """Commune code -> (province id, commune)."""
        return {c.code: (pid, c) for pid, p in self.provinces.items() for c in p.communes}


def province_ids(root: Path = ROOT) -> tuple[str, ...]:
    """Every province that has a folder of content."""
    return tuple(sorted(path.name for path in (root / "provinces").iterdir() if path.is_dir()))


def load(root: Path = ROOT) -> Catalog:
    """Read and validate all content below `root`. Raises ContentError."""
    return Catalog(
        topics={path.stem: read(path, Topic) for path in sorted((root / "topics").glob("*.yml"))},
        cases={path.stem: read(path, dict[str, Case]) for path in sorted((root / "cases").glob("*.yml"))},
        slots=read(root / "slots.yml", dict[str, Slot]),
        provinces={id_: _province(root / "provinces" / id_) for id_ in province_ids(root)},
        sources=read(root / "sources.yml", dict[str, Source]),
        acts=_merged(root / "legal", Act),
        hotlines=read(root / "hotlines.yml", dict[str, Hotline]),
        banks=read(root / "banks.yml", dict[str, Bank]),
        abbreviations=read(root / "lexicon" / "abbreviations.yml", dict[str, Abbreviation]),
        asides=_merged(root / "asides", Question),
        faq=_merged(root / "faq", Faq),
        conditions=read(root / "lexicon" / "conditions.yml", dict[str, tuple[str, ...]]),
        urgent=read(root / "lexicon" / "urgent.yml", UrgentLexicon),
        dangers=read(root / "dangers.yml", dict[str, Urgent]),
        concepts=read(root / "lexicon" / "concepts.yml", dict[str, str]),
        products=read(root / "lexicon" / "products.yml", dict[str, str]),
        phrases=read(root / "lexicon" / "dialogue.yml", dict[str, tuple[str, ...]]),
        messages={"vi": _messages(root / "messages" / "vi"), "en": _messages(root / "messages" / "en")},
        visitors={id_: text for id_, text in visitor_texts(root).items() if text.may_be_shown},
    )


def visitor_texts(root: Path = ROOT) -> dict[str, VisitorText]:
    """All of `content/visitors/`, also what nobody has reviewed: for checks alone. Raises ContentError."""
    return {path.stem: read(path, VisitorText) for path in sorted((root / "visitors").glob("*.yml"))}


def _province(folder: Path) -> ProvinceContent:
    contacts = folder / "contacts.yml"
    return ProvinceContent(
        folder=folder,
        province=read(folder / "province.yml", Province),
        routing=read(folder / "routing.yml", Routing),
        agencies=read(folder / "agencies.yml", dict[str, Agency]),
        communes=read(folder / "communes.yml", tuple[Commune, ...]),
        listings=read(contacts, dict[str, Listing]) if contacts.exists() else {},
    )


def _merged(folder: Path, kind: type[T]) -> dict[str, T]:
    merged: dict[str, T] = {}
    for path in sorted(folder.glob("*.yml")):
        found = read(path, dict[str, kind])  # type: ignore[valid-type]
        if twice := sorted(merged.keys() & found.keys()):
            raise ContentError(f"{_named(path)}: {twice[0]!r} stands in another file of this folder too.")
        merged |= found
    return merged


def _messages(folder: Path) -> dict[str, str]:
    return {
        f"{path.stem}.{name}": sentence
        for path in sorted(folder.glob("*.yml"))
        for name, sentence in read(path, dict[str, str]).items()
    }


def read(path: Path, kind: type[T]) -> T:
    """One YAML file as `kind`. Raises ContentError."""
    name = _named(path)
    try:
        text = path.read_text("utf-8")
        raw = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, see below
    except FileNotFoundError:
        raise ContentError(f"{name}: this file is missing.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        fault = f"not valid YAML ({error.problem}){yaml_hint(error.problem)}."
        raise ContentError(f"{name}, line {line or '?'}: {fault}", line) from error
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        found = entry_at_fault(raw, kind)
        if found is None:
            raise ContentError(f"{name}: {in_words(str(error))}.") from error
        key, fault = found
        line = line_of(text, key)
        raise ContentError(f"{name}, line {line or '?'}: {key}: {fault}.", line) from error


def _named(path: Path) -> Path:
    return path.relative_to(ROOT.parent) if path.is_relative_to(ROOT.parent) else path


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML's safe loader, in C where it is there, that refuses a key written twice and takes only `true` and
    `false` for truth values: "no", "yes" and "on" are words that consumers write."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return mapping


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("(?:true|false)$"), ["t", "f"])
