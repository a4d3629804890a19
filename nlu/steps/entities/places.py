"""Communes of both provinces, under their names of today and of before July 2025."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from content.schema import Commune, Province
from nlu.steps.entities.found import Found
from nlu.steps.entities.phrases import Phrases
from nlu.steps.entities.slips import SHORTEST, SHORTEST_ASKED, slip_key
from nlu.steps.fold import fold
from nlu.steps.normalise import Message, Token, spell

_KINDS = {
    "xa": "xa", "x": "xa", "commune": "xa", "phuong": "phuong", "p": "phuong", "ph": "phuong", "f": "phuong",
    "ward": "phuong", "tt": "thi tran", "tran": "thi tran", "townlet": "thi tran", "xp": "any",
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
_LONGEST_NAME = 4
_OF_DISTRICTS = frozenset(["huyen", "h", "tx", "tp", "thi", "xa", "thanh", "pho", "cu"])
_ANY = "any"
"""Stands for "a place is asked for": any kind of unit."""
ASKED = "xp"
"""Before the answer to "which commune?": whatever it names is a place."""


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
        self._slips = _by_slip(places)

    def find(self, message: Message) -> Iterator[Found]:
        named = self._named(message)
        if not named:
            return
        tokens = message.tokens
        end = 0
        for index, count, places in named:
            if index < end:
                continue
            cue, start = _cue(tokens, index, end)
            if cue == "district" or not self._meant(message, index, count, cue, places):
                continue
            end = index + count
            chosen = self._choose(
                _as_written(message, index, count, places), cue, tokens[end : end + _LOOK_AHEAD]
            )
            yield _found(tokens, start, end, chosen)

    def _named(self, message: Message) -> list[tuple[int, int, list[Place]]]:
        """Index, number of tokens and places of each name, misspelt ones too."""
        exact = {index: (count, places) for index, count, places in self._names.find(message)}
        if not exact and _KINDS.keys().isdisjoint(message.spoken):
            return []
        tokens = message.tokens
        for index in [one for one in exact if _is_of_a_town(tokens, one)]:
            if hit := self._names.at(tokens, index + 1):  # "thị trấn Phủ Thông" is not about Trần Phú
                del exact[index]
                exact[index + 1] = hit
        hits = [(index, *hit) for index, hit in exact.items()]
        for index, before in enumerate(message.spoken[:-1], 1):
            if before in _KINDS and index not in exact and (hit := self._misspelt(tokens, index)):
                hits.append((index, *hit))
        return sorted(hits, key=lambda hit: hit[0])

    def _misspelt(self, tokens: Sequence[Token], index: int) -> tuple[int, list[Place]] | None:
        """The longest name that was meant here, where a kind of unit stands before it."""
        cue, _ = _cue(tokens, index, 0)
        if cue in ("", "district"):
            return None
        shortest = SHORTEST_ASKED if cue == _ANY else SHORTEST
        for count in range(min(_LONGEST_NAME, len(tokens) - index), 0, -1):
            key = slip_key("".join(token.word for token in tokens[index : index + count]))
            if len(key) >= shortest and key in self._slips:
                return count, self._slips[key]
        return None

    def _meant(self, message: Message, index: int, count: int, cue: str, places: list[Place]) -> bool:
        """Whether the words are the name of a place here, not everyday words, a person or the province."""
        tokens = message.tokens
        if cue:
            return True
        name = " ".join(token.word for token in tokens[index : index + count])
        if name in _NAMES_OF_PROVINCES:
            return False
        if count == len(tokens) or self._own_district_follows(tokens, index + count, places):
            return True
        before = tokens[index - 1].word if index else ""
        after = tokens[index + count].word if index + count < len(tokens) else ""
        written = _written(message, index, count)
        if count < 2 or before not in _AROUND or after in _WATERS:
            return False
        if not written.isascii():
            return any(spell(written) == spell(_bare(place.name)[0]) for place in places)
        return before in _AT or (written == written.title() and not _person(name))

    def _own_district_follows(self, tokens: Sequence[Token], index: int, places: list[Place]) -> bool:
        """ "Liêu Xá, Yên Mỹ": whoever names the old district right behind the name means the place."""
        districts = {place.district for place in places if place.district}
        while index < len(tokens):
            if self._hint(tokens[index : index + _LONGEST_NAME], first_only=True) in districts:
                return True
            if tokens[index].word not in _OF_DISTRICTS:
                return False
            index += 1
        return False

    def _choose(self, places: list[Place], cue: str, after: Sequence[Token]) -> list[Place]:
        """What the name may mean, with what stands beside it. A name of today that an old commune elsewhere
        bore too stays both: people use the old ones still."""
        if hint := self._hint(after):
            near = [p for p in places if hint == p.district] or [p for p in places if hint == p.province]
            places = near or places
        if cue == _ANY:
            return places
        of_kind = [p for p in places if p.kind == cue]
        return of_kind or places

    def _hint(self, after: Sequence[Token], first_only: bool = False) -> str:
        for index in range(min(1, len(after)) if first_only else len(after)):
            if hit := self._hints.at(after, index):
                return " ".join(token.word for token in after[index : index + hit[0]])
        return ""


def _is_of_a_town(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and tokens[index].word == "tran" and tokens[index - 1].word == "thi"


def _found(tokens: Sequence[Token], start: int, end: int, places: Iterable[Place]) -> Found:
    """`end`: the index of the token after the name."""
    normal = "|".join(dict.fromkeys(place.code for place in places))
    return Found("commune", start, tokens[end - 1].end, normal)


def _written(message: Message, index: int, count: int) -> str:
    """Some tokens as they stand in the text."""
    first, last = message.span(message.tokens[index].start, message.tokens[index + count - 1].end)
    return message.text[first:last]


def _as_written(message: Message, index: int, count: int, places: list[Place]) -> list[Place]:
    """Văn Lang and Văn Lăng are two: diacritics decide where they were written."""
    written = spell(_written(message, index, count))
    return [place for place in places if spell(_bare(place.name)[0]) == written] or places


def _by_slip(places: Mapping[str, list[Place]]) -> dict[str, list[Place]]:
    """Slip key -> places, by their names and by their names joined to a kind ("xanhuquynh"), which many get
    wrong since towns became communes. Names of one word say too little."""
    found: dict[str, list[Place]] = {}
    for name, named in places.items():
        if " " not in name:
            continue
        for prefix in ("", "xa", "phuong", "thitran"):
            found.setdefault(slip_key(prefix + name), []).extend(named)
    return found


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


def _cue(tokens: Sequence[Token], index: int, free: int) -> tuple[str, int]:
    """The kind of unit said before a name ("" when none), and where the entity begins. Tokens before `free`
    belong to another name: "Liêu Xá Yên Mỹ" speaks of no xã Yên Mỹ."""
    here = tokens[index].start
    if index <= free:
        return "", here
    before = tokens[index - 1]
    in_town = index - free > 1 and tokens[index - 2].word == "thi"
    if before.word == "tran":
        return ("thi tran", tokens[index - 2].start) if in_town else ("", here)
    if before.word == "xa" and in_town:
        return "district", here
    if before.word in _KINDS and here - before.end <= 2:
        return _KINDS[before.word], before.start
    return ("district" if before.word in _DISTRICT_CUES else ""), here


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
