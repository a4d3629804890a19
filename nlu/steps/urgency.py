"""Is life, health or money in danger now? Rules of `content/lexicon/urgent.yml`, with or without a model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from content.schema import UrgentLexicon, UrgentRule
from nlu.steps.fold import fold
from nlu.steps.normalise import Message

SURE = 0.3
"""From this probability on the model is believed where no rule speaks, for danger or for calm."""
NONE = 0.01
"""Below this probability the model hears no danger at all: that takes back half of the rules' false alarms on
the test set, by whose figures it was chosen, and no alarm of the frozen set."""

_GAPS = {" ~~ ": r"(?: \S+){0,12}? ", " ~ ": r"(?: \S+){0,4}? "}
_NAME = re.compile(r"\{(\w+)\}")
_EDGES = re.compile(r"(?<!\\)([$^])")
_WORD = re.compile(r"\\[$^]|[^\W_]+")
_BOUNDARY = re.compile(r" [^?*+{]|\((?:\?[:!])? ")
_SLIP, _ONCE = re.compile(r"([cghkmntx])\1\b"), r"\1"
"""A last letter typed twice: "giatt"."""
_STEM = 4
_ENDS = 2_500
"""Of a longer message only this much of each end is read."""


class Alarm(NamedTuple):
    """What the rules find: `certain` and `likely` are verdicts, `danger` is one of `content/dangers.yml`,
    `signs` are the names of all rules that were heard."""

    certain: bool
    likely: bool
    firm: bool
    """Likely by a rule that stands also where the model hears nothing."""
    danger: str | None
    signs: tuple[str, ...]


_NOTHING = Alarm(certain=False, likely=False, firm=False, danger=None, signs=())


class _Pattern(NamedTuple):
    """An expression, and the words one of which it begins with; none are known where `starts` is None."""

    number: int
    expression: re.Pattern[str]
    starts: frozenset[str] | None


_Either = frozenset[int]
"""Patterns by number, one of which must be heard."""


class _Rule(NamedTuple):
    """Every one of `needed` and none of `unless` is heard; each is heard where any of its patterns is."""

    name: str
    needed: tuple[_Either, ...]
    unless: tuple[_Either, ...]
    despite: frozenset[str]
    firm: bool


class _Patterns:
    """All patterns, and which of them a word can begin."""

    def __init__(self, patterns: Iterable[_Pattern]) -> None:
        self.all = tuple(patterns)
        self._anywhere = frozenset(p.number for p in self.all if p.starts is None)
        self._begun_by: dict[str, set[int]] = {}
        for pattern in self.all:
            for start in pattern.starts or ():
                self._begun_by.setdefault(start, set()).add(pattern.number)

    def possible(self, kinds: Iterable[str]) -> frozenset[int]:
        begun = self._begun_by
        return self._anywhere.union(*(begun[kind] for kind in kinds if kind in begun))


class _Said:
    """A message under the patterns: those that a word of it may begin are `possible`; each is tried once, and
    only where such a word stands."""

    def __init__(self, text: str, places: Mapping[str, list[int]], rules: _Patterns) -> None:
        self._text, self._places, self._rules = text, places, rules
        self.possible = rules.possible(places)
        self._heard: dict[int, bool] = {}

    def hears(self, patterns: _Either) -> bool:
        return any(map(self._hears, patterns & self.possible))

    def _hears(self, number: int) -> bool:
        heard = self._heard.get(number)
        if heard is None:
            heard = self._heard[number] = self._tries(self._rules.all[number])
        return heard

    def _tries(self, pattern: _Pattern) -> bool:
        if pattern.starts is None:
            return pattern.expression.search(self._text) is not None
        match, text = pattern.expression.match, self._text
        return any(
            match(text, at) for kind in pattern.starts & self._places.keys() for at in self._places[kind]
        )

    def holds(self, rule: _Rule) -> bool:
        possible = self.possible
        if any(map(possible.isdisjoint, rule.needed)):
            return False
        return all(map(self.hears, rule.needed)) and not any(map(self.hears, rule.unless))


class Urgency:
    """The rules, compiled."""

    def __init__(self, lexicon: UrgentLexicon) -> None:
        self._words = lexicon.words
        self._apart = frozenset(word for line in lexicon.apart for word in line.split())
        self._patterns: dict[str, _Pattern] = {}
        self._always = self._all(lexicon.always)
        self._rules = self._all(lexicon.rules)
        self._calm = self._all(lexicon.calm)
        self._dangers = {name: frozenset(rules) for name, rules in lexicon.dangers.items()}
        self._compiled = _Patterns(self._patterns.values())

    def read(self, message: Message) -> Alarm:
        """Every rule over one message; remembered on it."""
        if message.alarm is None:
            message.alarm = self._read(self._said(message))
        return message.alarm

    def judge(self, message: Message, probability: float | None) -> bool:
        """What the rules hear stands, unless it is only likely and the model, which was told of it, hears no
        danger at all. The model adds what the rules have no words for."""
        alarm = self.read(message)
        if probability is None or alarm.firm:
            return alarm.likely
        if alarm.likely:
            return probability >= NONE
        return probability >= SURE and not self._is_calm(message)

    def _is_calm(self, message: Message) -> bool:
        said = self._said(message)
        return any(map(said.holds, self._calm))

    def _read(self, said: _Said) -> Alarm:
        certain = [rule.name for rule in self._always if said.holds(rule)]
        heard = [rule for rule in self._rules if said.holds(rule)]
        if not certain and not heard:
            return _NOTHING
        calm = {rule.name for rule in self._calm if said.holds(rule)}
        heeded = [rule for rule in heard if calm <= rule.despite]
        return Alarm(
            bool(certain),
            bool(certain or heeded),
            bool(certain) or any(rule.firm for rule in heeded),
            next((name for name, own in self._dangers.items() if not own.isdisjoint(certain)), None),
            (*certain, *(rule.name for rule in heard), *(f"calm_{name}" for name in sorted(calm))),
        )

    def _said(self, message: Message) -> _Said:
        text = self._text(message)
        return _Said(text, _places(text), self._compiled)

    def _text(self, message: Message) -> str:
        """Folded words between ^ and $, which are words to the patterns; those set apart keep their marks."""
        text = message.plain
        if not message.marked.isascii():
            text = " ".join(word if word in self._apart else fold(word) for word in message.words)
        if len(text) > 2 * _ENDS:
            text = f"{text[:_ENDS]} {text[-_ENDS:]}"
        return f" ^ {_SLIP.sub(_ONCE, text).rstrip(' ?!')} $ "

    def _all(self, rules: Mapping[str, UrgentRule]) -> tuple[_Rule, ...]:
        return tuple(
            _Rule(
                name,
                tuple(map(self._either, rule.all)),
                tuple(map(self._either, rule.unless)),
                frozenset(rule.despite),
                rule.firm,
            )
            for name, rule in rules.items()
        )

    def _either(self, pattern: str) -> _Either:
        """The alternatives of a pattern apart: the entries of a name, each tried once for all rules,
        what can be told by its first words, and the rest."""
        entries: list[str] = []
        told: list[str] = []
        rest: list[str] = []
        for alternative in _flat(pattern):
            if name := _NAME.fullmatch(alternative):
                entries += self._words[name[1]]
            else:
                (rest if _starts(self._filled(alternative)) is None else told).append(alternative)
        patterns = [*entries, *("|".join(own) for own in (told, rest) if own)]
        return frozenset(self._pattern(own).number for own in patterns)

    def _pattern(self, pattern: str) -> _Pattern:
        """Words stand whole."""
        if pattern not in self._patterns:
            filled = self._filled(pattern)
            self._patterns[pattern] = _Pattern(
                len(self._patterns), re.compile(f"(?<= )(?:{filled})(?= )"), _starts(filled)
            )
        return self._patterns[pattern]

    def _filled(self, pattern: str) -> str:
        """The expression that is meant: names filled in, `~` a gap."""
        while _NAME.search(pattern):
            pattern = _NAME.sub(lambda m: "(?:" + "|".join(self._words[m[1]]) + ")", pattern)
        pattern = _EDGES.sub(r"\\\1", pattern)
        for gap, words in _GAPS.items():
            pattern = pattern.replace(gap, words)
        return pattern


def _starts(pattern: str) -> frozenset[str] | None:
    """The words with which a match can begin; None where they cannot be told."""
    starts: set[str] = set()
    for alternative in _alternatives(pattern):
        own = _first_words(alternative)
        if own is None:
            return None
        starts |= own
    return frozenset(starts)


def _first_words(sequence: str) -> frozenset[str] | None:
    if sequence.startswith("("):
        end = _closing(sequence)
        inside, after = sequence[1:end].removeprefix("?:"), sequence[end + 1 :]
        starts = None if inside.startswith("?") else _starts(inside)
        if starts is None or after[:1] in ("", " ") or after.startswith("( "):
            return starts
        rest = _first_words(after[1:].lstrip()) if after[0] in "?*" else None
        return None if rest is None else starts | rest
    if sequence.startswith("[0-9"):
        return frozenset(["#"])
    word = _WORD.match(sequence)
    if word is None:
        return None
    said, after = word[0].removeprefix("\\"), sequence[word.end() :]
    if after in ("", " ") or _BOUNDARY.match(after):
        return frozenset([said])
    stem = said[:-1] if after.startswith("?") else said if after.startswith("\\w") else ""
    return frozenset([f"{stem[:_STEM]}*"]) if len(stem) >= _STEM else None


def _places(text: str) -> dict[str, list[int]]:
    """Where the words of a text stand, their stems, and those that begin with a digit ("#"), as `_starts` names
    them."""
    places: dict[str, list[int]] = {}
    at = 1
    for word in text.split():
        places.setdefault(word, []).append(at)
        if len(word) >= _STEM:
            places.setdefault(f"{word[:_STEM]}*", []).append(at)
        if word[0].isdigit():
            places.setdefault("#", []).append(at)
        at += len(word) + 1
    return places


def _flat(pattern: str) -> Iterator[str]:
    """The alternatives of a pattern, brackets that hold only alternatives opened."""
    for alternative in _alternatives(pattern):
        if alternative.startswith("(") and _closing(alternative) == len(alternative) - 1:
            yield from _flat(alternative[1:-1])
        else:
            yield alternative


def _alternatives(pattern: str) -> Iterator[str]:
    depth = begin = 0
    for at, char in enumerate(pattern):
        depth += (char == "(") - (char == ")")
        if char == "|" and not depth:
            yield pattern[begin:at]
            begin = at + 1
    yield pattern[begin:]


def _closing(pattern: str) -> int:
    """Where the group closes that opens at the beginning."""
    depth = 0
    for at, char in enumerate(pattern):
        depth += (char == "(") - (char == ")")
        if not depth:
            return at
    raise ValueError(pattern)
