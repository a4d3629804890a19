"""Is life, health or money in danger now? Rules of `content/lexicon/urgent.yml`, with or without a model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from content.schema import UrgentLexicon, UrgentRule
from nlu.steps.fold import fold
from nlu.steps.normalise import Message

LIKELY, ALONE, AGAINST = 0.01, 0.35, 0.6
"""From these probabilities on the model is believed: where a rule thinks danger likely, where none speaks,
and where the message tells a story, asks in general or says that all is over. Chosen on the development set
and the frozen sentences (docs/nlu.md)."""

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
        self._anywhere: dict[int, Sequence[int]] = {p.number: () for p in self.all if p.starts is None}
        self._begun_by: dict[str, list[int]] = {}
        for pattern in self.all:
            for start in pattern.starts or ():
                self._begun_by.setdefault(start, []).append(pattern.number)

    def possible(self, text: str) -> dict[int, Sequence[int]]:
        """The patterns that words of a text can begin, and where; those that can begin anywhere, nowhere."""
        begun, places = self._begun_by, {**self._anywhere}
        at = 1
        for word in text.split():
            here = (at,)
            for kind in (word, f"{word[:_STEM]}*", "#" if word[0].isdigit() else ""):
                for number in begun.get(kind, ()):
                    places[number] = (*places[number], at) if number in places else here
            at += len(word) + 1
        return places


class _Said:
    """A message under the patterns: each is tried once, and only where a word stands that may begin it."""

    def __init__(self, text: str, patterns: _Patterns) -> None:
        self._text, self._patterns = text, patterns.all
        self._places = patterns.possible(text)
        self.possible = self._places.keys()
        self._heard: dict[int, bool] = {}

    def hears(self, patterns: _Either) -> bool:
        return any(map(self._hears, patterns & self.possible))

    def _hears(self, number: int) -> bool:
        heard = self._heard.get(number)
        if heard is None:
            heard = self._heard[number] = self._tries(number)
        return heard

    def _tries(self, number: int) -> bool:
        places, expression = self._places[number], self._patterns[number].expression
        if not places:
            return expression.search(self._text) is not None
        return any(expression.match(self._text, at) for at in places)

    def holds(self, rule: _Rule) -> bool:
        if any(map(self.possible.isdisjoint, rule.needed)):
            return False
        return all(map(self.hears, rule.needed)) and not any(map(self.hears, rule.unless))


class _Rules:
    """Rules that are asked only where what they need most rarely is possible."""

    def __init__(self, rules: Sequence[_Rule], patterns: Sequence[_Pattern]) -> None:
        self._rules = rules
        self._needing: dict[int, list[int]] = {}
        for place, rule in enumerate(self._rules):
            for number in min(rule.needed, key=lambda either: _commonness(either, patterns)):
                self._needing.setdefault(number, []).append(place)

    def heard(self, said: _Said) -> list[_Rule]:
        needing = self._needing
        asked = {place for number in needing.keys() & said.possible for place in needing[number]}
        return [self._rules[place] for place in sorted(asked) if said.holds(self._rules[place])]


def _commonness(either: _Either, patterns: Sequence[_Pattern]) -> int:
    """By how many words any of some patterns may begin."""
    starts = [patterns[number].starts for number in either]
    return sum(len(own) if own is not None else 1_000 for own in starts)


class Alarm:
    """What the rules find in one message; each part is looked for when first asked for."""

    def __init__(self, said: _Said, rules: _Lexicon) -> None:
        self._said, self._rules = said, rules

    @cached_property
    def certain(self) -> bool:
        """Danger whatever else is said."""
        return bool(self._always)

    @cached_property
    def firm(self) -> bool:
        """Danger also where the model hears none."""
        return self.certain or self._heeds(self._rules.firm)

    @cached_property
    def likely(self) -> bool:
        """What the rules alone call danger."""
        return self.firm or self._heeds(self._rules.others)

    @cached_property
    def calm(self) -> frozenset[str]:
        """What holds danger back: a story, a question in general, what is over."""
        return frozenset(rule.name for rule in self._rules.calm.heard(self._said))

    @property
    def danger(self) -> str | None:
        """One of `content/dangers.yml`."""
        dangers = self._rules.dangers
        return next((name for name, own in dangers.items() if not own.isdisjoint(self._always)), None)

    @cached_property
    def _always(self) -> frozenset[str]:
        return frozenset(rule.name for rule in self._rules.always.heard(self._said))

    def _heeds(self, rules: _Rules) -> bool:
        return any(self.calm <= rule.despite for rule in rules.heard(self._said))


class _Lexicon(NamedTuple):
    """The rules by what they are worth."""

    always: _Rules
    firm: _Rules
    others: _Rules
    calm: _Rules
    dangers: dict[str, frozenset[str]]


class Urgency:
    """The rules, compiled."""

    def __init__(self, lexicon: UrgentLexicon) -> None:
        self._words = lexicon.words
        self._apart = frozenset(word for line in lexicon.apart for word in line.split())
        self._patterns: dict[str, _Pattern] = {}
        always, rules, calm = map(self._all, (lexicon.always, lexicon.rules, lexicon.calm))
        self._compiled = _Patterns(self._patterns.values())

        def ready(rules: list[_Rule]) -> _Rules:
            return _Rules(rules, self._compiled.all)

        self._rules = _Lexicon(
            always=ready(always),
            firm=ready([rule for rule in rules if rule.firm]),
            others=ready([rule for rule in rules if not rule.firm]),
            calm=ready(calm),
            dangers={name: frozenset(own) for name, own in lexicon.dangers.items()},
        )

    def read(self, message: Message) -> Alarm:
        """The rules over one message; remembered on it."""
        if message.alarm is None:
            message.alarm = Alarm(_Said(self._text(message), self._compiled), self._rules)
        return message.alarm

    def judge(self, message: Message, probability: float | None) -> bool:
        """What the rules hear firmly stands; for the rest the model's word counts: sooner where the rules
        think danger likely, later where they hear calm."""
        alarm = self.read(message)
        if probability is None:
            return alarm.likely
        if alarm.firm or probability >= AGAINST:
            return True
        if probability < LIKELY:
            return False
        return alarm.likely or (probability >= ALONE and not alarm.calm)

    def _text(self, message: Message) -> str:
        """Folded words between ^ and $, which are words to the patterns; those set apart keep their marks."""
        text = message.plain
        if not message.marked.isascii():
            text = " ".join(word if word in self._apart else fold(word) for word in message.words)
        if len(text) > 2 * _ENDS:
            text = f"{text[:_ENDS]} {text[-_ENDS:]}"
        return f" ^ {_SLIP.sub(_ONCE, text).rstrip(' ?!')} $ "

    def _all(self, rules: Mapping[str, UrgentRule]) -> list[_Rule]:
        return [
            _Rule(
                name,
                tuple(map(self._either, rule.all)),
                tuple(map(self._either, rule.unless)),
                frozenset(rule.despite),
                rule.firm,
            )
            for name, rule in rules.items()
        ]

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
