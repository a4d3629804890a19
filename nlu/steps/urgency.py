"""Is life, health or money in danger now? Rules of `content/lexicon/urgent.yml`, with or without a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
    `signs` are the names of all that was heard, `calm` whether any of the lexicon's `calm` was."""

    certain: bool
    likely: bool
    firm: bool
    """Likely by a rule that stands also where the model hears nothing."""
    calm: bool
    danger: str | None
    signs: tuple[str, ...]


class _Pattern(NamedTuple):
    """An expression, and the words one of which it begins with; none are known where `starts` is None."""

    number: int
    """Its key: an expression itself would be hashed anew, all of it, each time it is looked up."""
    expression: re.Pattern[str]
    starts: frozenset[str] | None


class _Rule(NamedTuple):
    """Every one of `needed` and none of `unless` is heard; each is heard where any of its patterns is."""

    name: str
    needed: tuple[tuple[_Pattern, ...], ...]
    unless: tuple[tuple[_Pattern, ...], ...]
    despite: frozenset[str]
    firm: bool


class _Said:
    """A message under the patterns; each pattern is tried once, and only if a word is there to begin it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = _kinds(text.split())
        self._heard: dict[int, bool] = {}

    def hears(self, patterns: tuple[_Pattern, ...]) -> bool:
        for number, expression, starts in patterns:
            heard = self._heard.get(number)
            if heard is None:
                heard = self._heard[number] = (
                    starts is None or not starts.isdisjoint(self.words)
                ) and expression.search(self.text) is not None
            if heard:
                return True
        return False

    def holds(self, rule: _Rule) -> bool:
        return all(map(self.hears, rule.needed)) and not any(map(self.hears, rule.unless))


class Urgency:
    """The rules, compiled."""

    def __init__(self, lexicon: UrgentLexicon) -> None:
        self._words = lexicon.words
        self._apart = frozenset(word for line in lexicon.apart for word in line.split())
        self._patterns: dict[str, _Pattern] = {}
        self._sets = {name: self._either(f"{{{name}}}") for name in lexicon.signs}
        self._always = self._all(lexicon.always)
        self._rules = self._all(lexicon.rules)
        self._calm = self._all(lexicon.calm)
        self._dangers = {name: frozenset(rules) for name, rules in lexicon.dangers.items()}
        self.signs = (
            *self._sets,
            *lexicon.always,
            *lexicon.rules,
            *(f"calm_{name}" for name in lexicon.calm),
        )

    def read(self, message: Message) -> Alarm:
        """Every rule over one message; remembered on it."""
        if message.alarm is None:
            message.alarm = self._read(message)
        return message.alarm

    def judge(self, message: Message, probability: float | None) -> bool:
        """What the rules hear stands, unless it is only likely and the model, which was told of it, hears no
        danger at all. The model adds what the rules have no words for."""
        alarm = self.read(message)
        if probability is None or alarm.firm:
            return alarm.likely
        return (alarm.likely and probability >= NONE) or (probability >= SURE and not alarm.calm)

    def _read(self, message: Message) -> Alarm:
        said = _Said(self._text(message))
        certain = [rule.name for rule in self._always if said.holds(rule)]
        heard = [rule for rule in self._rules if said.holds(rule)]
        calm = {rule.name for rule in self._calm if said.holds(rule)}
        heeded = [rule for rule in heard if calm <= rule.despite]
        signs = [name for name, patterns in self._sets.items() if said.hears(patterns)]
        return Alarm(
            bool(certain),
            bool(certain or heeded),
            bool(certain) or any(rule.firm for rule in heeded),
            bool(calm),
            next((name for name, own in self._dangers.items() if not own.isdisjoint(certain)), None),
            (*signs, *certain, *(rule.name for rule in heard), *(f"calm_{name}" for name in sorted(calm))),
        )

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

    def _either(self, pattern: str) -> tuple[_Pattern, ...]:
        """The alternatives of a pattern apart: the entries of a name, each tried once for all rules,
        what can be told by its first words, and the rest."""
        entries: list[str] = []
        told: list[str] = []
        rest: list[str] = []
        for alternative in _flat(pattern):
            if name := _NAME.fullmatch(alternative):
                entries += self._words[name[1]]
            else:
                (rest if self._pattern(alternative).starts is None else told).append(alternative)
        return tuple(map(self._pattern, [*entries, *("|".join(own) for own in (told, rest) if own)]))

    def _pattern(self, pattern: str) -> _Pattern:
        """Words stand whole; `~` is a gap."""
        if pattern not in self._patterns:
            filled = pattern
            while _NAME.search(filled):
                filled = _NAME.sub(lambda m: "(?:" + "|".join(self._words[m[1]]) + ")", filled)
            filled = _EDGES.sub(r"\\\1", filled)
            for gap, words in _GAPS.items():
                filled = filled.replace(gap, words)
            self._patterns[pattern] = _Pattern(
                len(self._patterns), re.compile(f"(?<= )(?:{filled})(?= )"), _starts(filled)
            )
        return self._patterns[pattern]


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


def _kinds(words: list[str]) -> frozenset[str]:
    """The words, their stems, and "#" where one begins with a digit: what `_starts` may name."""
    kinds = {*words, *(f"{word[:_STEM]}*" for word in words)}
    if any(word[0].isdigit() for word in words):
        kinds.add("#")
    return frozenset(kinds)


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
