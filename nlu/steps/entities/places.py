"""Communes of both provinces, under their names of today and of before July 2025."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from content.schema import Commune, Province
from nlu.steps.entities.found import Found
from nlu.steps.entities.phrases import Phrases
from nlu.steps.fold import fold
from nlu.steps.normalise import Message, Token, spell

_KINDS = {
    "xa": "xa", "x": "xa", "commune": "xa", "phuong": "phuong", "p": "phuong", "ph": "phuong", "f": "phuong",
    "ward": "phuong", "tt": "thi tran", "tran": "thi tran", "townlet": "thi tran",
}  # fmt: skip
_DISTRICT_CUES = frozenset(["huyen", "h", "tx", "tp", "pho", "quan", "q", "tinh"])
_AT = frozenset(["o", "tai", "que", "xa", "huyen"])
_AROUND = frozenset(
    re.findall(
        r"\w+",
        "o tai que ve tu den cho dan ben khu vuc ban song in at near from to len gan xuong quanh around phien"
        " tam doan lich bo duong di ra kho vien chai dien phai",
    )
)
_WATERS = frozenset({"lake", "river", "waterfall", "mountain", "lakes"})
_NAMES_OF_PROVINCES = frozenset({"hung yen", "thai binh", "thai nguyen", "bac kan"})
_LOOK_AHEAD = 8


class Place(NamedTuple):
    """One reading of a name: a commune of today, or an old one and what it went into."""

    code: str
    kind: str
    name: str
    old: bool
    district: str
    province: str


class Communes:
    """Finds communes by name, with the old district or province near it as a hint."""

    def __init__(self, provinces: Iterable[tuple[Province, Sequence[Commune]]]) -> None:
        places: dict[str, list[Place]] = {}
        hints: dict[str, str] = {}
        for province, communes in provinces:
            for name in (province.name.vi, *province.former_names):
                hints[_bare(name)[1]] = "province"
            for place in _places(province, communes):
                places.setdefault(_bare(place.name)[1], []).append(place)
                if place.district:
                    hints.setdefault(place.district, "district")
        self._names = Phrases(places)
        self._hints = Phrases(hints)

    def find(self, message: Message) -> Iterator[Found]:
        tokens = message.tokens
        for index, count, places in self._names.find(tokens):
            cue, start = _cue(tokens, index)
            if cue == "district" or not self._meant(message, index, count, cue, places):
                continue
            chosen = self._choose(places, cue, tokens[index + count : index + count + _LOOK_AHEAD])
            normal = "|".join(dict.fromkeys(place.code for place in chosen))
            yield Found("commune", start, tokens[index + count - 1].end, normal)

    def _meant(self, message: Message, index: int, count: int, cue: str, places: list[Place]) -> bool:
        """Whether the words are the name of a place here, not everyday words, a person or the province."""
        tokens = message.tokens
        if cue:
            return True
        name = " ".join(token.word for token in tokens[index : index + count])
        if name in _NAMES_OF_PROVINCES:
            return False
        if count == len(tokens):
            return True
        before = tokens[index - 1].word if index else ""
        after = tokens[index + count].word if index + count < len(tokens) else ""
        first, last = message.span(tokens[index].start, tokens[index + count - 1].end)
        written = message.text[first:last]
        if count < 2 or before not in _AROUND or after in _WATERS:
            return False
        if not written.isascii():
            return any(spell(written) == spell(_bare(place.name)[0]) for place in places)
        return before in _AT or (written == written.title() and not _person(name))

    def _choose(self, places: list[Place], cue: str, after: Sequence[Token]) -> list[Place]:
        hint = self._hint(after)
        if hint:
            near = [p for p in places if hint in (p.district, p.province)]
            if near:
                places = near
        of_kind = [p for p in places if p.kind == cue] or places
        today = [p for p in of_kind if not p.old] or [p for p in places if not p.old and not hint]
        return today or of_kind

    def _hint(self, after: Sequence[Token]) -> str:
        for index in range(len(after)):
            if hit := self._hints.at(after, index):
                return " ".join(token.word for token in after[index : index + hit[0]])
        return ""


def _person(name: str) -> bool:
    """Communes and streets bear the names of people; alone such a name is nobody's address."""
    return name.split(maxsplit=1)[0] in (
        "nguyen",
        "tran",
        "le",
        "hoang",
        "pham",
        "phan",
        "trieu",
        "hoa",
        "ly",
        "phung",
        "dinh",
    )


def _cue(tokens: Sequence[Token], index: int) -> tuple[str, int]:
    """The kind of unit said before a name ("" when none), and where the entity begins."""
    if index == 0:
        return "", tokens[0].start
    before = tokens[index - 1]
    if before.word in _KINDS and tokens[index].start - before.end <= 2:
        start = before.start
        if before.word == "tran" and index > 1 and tokens[index - 2].word == "thi":
            start = tokens[index - 2].start
        elif before.word == "tran":
            return "", tokens[index].start
        return _KINDS[before.word], start
    if before.word in _DISTRICT_CUES or (
        before.word == "xa" and index > 1 and tokens[index - 2].word == "thi"
    ):
        return "district", tokens[index].start
    return "", tokens[index].start


def _bare(name: str) -> tuple[str, str]:
    """A name without its kind, as written and folded."""
    written = name.replace(".", ". ").split()
    folded = [fold(word).strip(".") for word in written]
    skip = 0
    if folded[:2] in (["thi", "tran"], ["thi", "xa"], ["thanh", "pho"]):
        skip = 2
    elif folded[0] in ("xa", "phuong", "tt", "p", "huyen", "tinh", "h", "tp", "tx") and len(folded) > 1:
        skip = 1
    return " ".join(written[skip:]), " ".join(folded[skip:])


def _kind(name: str) -> str:
    folded = fold(name)
    return next((k for k in ("thi tran", "phuong", "xa") if folded.startswith(k)), "")


def _places(province: Province, communes: Sequence[Commune]) -> Iterator[Place]:
    here = _bare(province.name.vi)[1]
    for commune in communes:
        yield Place(commune.code, _kind(commune.name), commune.name, False, "", here)
        for old in commune.formed_from:
            district = _bare(old.district)[1]
            yield Place(commune.code, _kind(old.name), old.name, True, district, _bare(old.province)[1])
