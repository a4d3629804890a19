"""Is life, health or money in danger now? Rules of `content/lexicon/urgent.yml`, with or without a model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, reduce
from itertools import accumulate, pairwise
from operator import or_
from typing import NamedTuple

from content.schema import UrgentLexicon, UrgentRule
from nlu.steps.normalise import Message
from nlu.steps.remembered import Remembered, made_once

LIKELY, ALONE, AGAINST = 0.015, 0.45, 0.8
"""From these probabilities on the model is believed: where a rule thinks danger likely, where none speaks,
and where the message tells a story, asks in general or says that all is over. Chosen on the development set
and the frozen sentences (docs/nlu.md)."""

_GAPS = {" ~~ ": r"(?: \S+){0,12}? ", " ~ ": r"(?: \S+){0,4}? "}
_NAME = re.compile(r"\{(\w+)\}")
_EDGES = re.compile(r"(?<!\\)([$^])")
_WORD = re.compile(r"\\[$^]|[^\W_]+")
_BOUNDARY = re.compile(r" [^?*+{]|\((?:\?[:!])? ")
_BARS, _BRACKETS = re.compile("[()|]"), re.compile("[()]")
_END = frozenset("$")
_LOOSE = re.compile(r" [?*+{]")
_SLIP = re.compile(r"([cghkmntx])\1$")
_UNSLIPPED = Remembered(lambda word: _SLIP.sub(r"\1", word))
"""Without a last letter that was typed twice: "giatt"."""
_STEM = 4
_ENDS = 2_500
"""Of a longer message only this much of each end is read."""
_WORDS_KEPT = 5_000
"""So many words are remembered with the patterns that they begin."""


_Words = frozenset[str]
"""Any of these: whole words, the first letters of longer ones ("leak*"), or whatever begins with a digit
("#")."""


class _Pattern(NamedTuple):
    """An expression, the words one of which it begins with, and those one of which stands further behind in
    it; None where they cannot be told."""

    number: int
    expression: str
    starts: _Words | None
    behind: _Words | None


_Set = int
"""Patterns: pattern n is one of them where bit n is set."""


class _Rule(NamedTuple):
    """Every one of `needed` and none of `unless` is heard; each is heard where any of its patterns is."""

    name: str
    needed: tuple[_Set, ...]
    unless: tuple[_Set, ...]
    despite: frozenset[str]
    firm: bool


class _Patterns:
    """All patterns, and which of them a word can begin. A word's set holds these and, above them, those that
    the word can stand further behind in."""

    def __init__(self, patterns: Iterable[_Pattern]) -> None:
        self.all = tuple(patterns)
        self._size = len(self.all)
        self._free: _Set = 0
        self._sets: dict[str, _Set] = {}
        for pattern in self.all:
            low, high = pattern.number, pattern.number + self._size
            for words, bit in ((pattern.starts, low), (pattern.behind, high)):
                if words is None:
                    self._free |= 1 << bit
                for word in words or ():
                    self._sets[word] = self._sets.get(word, 0) | 1 << bit
        self.of = Remembered(self._of, most=_WORDS_KEPT)

    def _of(self, word: str) -> _Set:
        kinds = (word, f"{word[:_STEM]}*", "#" if word[0].isdigit() else "")
        return reduce(or_, (self._sets.get(kind, 0) for kind in kinds))

    def possible(self, words: Iterable[_Set]) -> _Set:
        """The patterns of which a message has both."""
        found = reduce(or_, words, self._free)
        return found & found >> self._size

    def beginning(self, words: _Set) -> _Set:
        """Of a word's set the patterns that it can begin."""
        return words & (1 << self._size) - 1


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """Made when first asked for: most expressions wait long for a word that they begin with."""
    return re.compile(f"(?<= )(?:{expression})(?= )")


class _Said:
    """A message under the patterns: each is tried once, and only where a word stands that may begin it."""

    def __init__(self, text: str, patterns: _Patterns) -> None:
        self._text, self._patterns = text, patterns
        self._words = patterns.of.each(text.split())
        self._possible = patterns.possible(self._words)
        """Those that may still be heard; what was tried in vain no longer is."""
        self._heard: _Set = 0

    @made_once
    def _places(self) -> dict[_Set, list[int]]:
        """Where words stand that may begin what is possible, by what that is."""
        lengths = map(len, self._text.split())
        starts = accumulate(lengths, lambda start, length: start + length + 1, initial=1)
        possible = self._patterns.beginning(self._possible)
        places: dict[_Set, list[int]] = {}
        for at, word in zip(starts, self._words, strict=False):
            if begun := word & possible:
                places.setdefault(begun, []).append(at)
        return places

    def holding(self, rules: Sequence[_Rule]) -> Iterator[_Rule]:
        """Those of the rules that hold."""
        possible = self._possible
        near = [rule for rule in rules if rule.needed[0] & possible]
        return filter(self._holds, near)

    def _holds(self, rule: _Rule) -> bool:
        for needed in rule.needed:
            if not needed & self._possible:
                return False
        return all(map(self._hears, rule.needed)) and not any(map(self._hears, rule.unless))

    def _hears(self, patterns: _Set) -> bool:
        while not patterns & self._heard:
            left = patterns & self._possible
            if not left:
                return False
            first = left & -left
            if self._tries(first):
                self._heard |= first
            else:
                self._possible ^= first
        return True

    def _tries(self, one: _Set) -> bool:
        pattern = self._patterns.all[one.bit_length() - 1]
        expression = _compiled(pattern.expression)
        if pattern.starts is None:
            return expression.search(self._text) is not None
        places = [at for begun, own in self._places.items() if begun & one for at in own]
        return any(expression.match(self._text, at) for at in places)


class Alarm:
    """What the rules find in one message; each part is looked for when first asked for."""

    def __init__(self, said: _Said, rules: _Lexicon) -> None:
        self._said, self._rules = said, rules

    @made_once
    def certain(self) -> bool:
        """Danger whatever else is said."""
        return bool(self._always)

    @made_once
    def firm(self) -> bool:
        """Danger also where the model hears none."""
        return self.certain or self._heeds(self._rules.firm)

    @made_once
    def likely(self) -> bool:
        """What the rules alone call danger."""
        return self.firm or self._heeds(self._rules.others)

    @made_once
    def calm(self) -> frozenset[str]:
        """What holds danger back: a story, a question in general, what is over."""
        return frozenset(self._names(self._rules.calm))

    @property
    def danger(self) -> str | None:
        """One of `content/dangers.yml`."""
        dangers = self._rules.dangers
        return next((name for name, own in dangers.items() if not own.isdisjoint(self._always)), None)

    @made_once
    def _always(self) -> frozenset[str]:
        return frozenset(self._names(self._rules.always))

    def _names(self, rules: Sequence[_Rule]) -> Iterator[str]:
        return (rule.name for rule in self._said.holding(rules))

    def _heeds(self, rules: Sequence[_Rule]) -> bool:
        return any(self.calm <= rule.despite for rule in self._said.holding(rules))


class _Lexicon(NamedTuple):
    """The rules by what they are worth."""

    always: Sequence[_Rule]
    firm: Sequence[_Rule]
    others: Sequence[_Rule]
    calm: Sequence[_Rule]
    dangers: dict[str, frozenset[str]]


class Urgency:
    """The rules, compiled."""

    def __init__(self, lexicon: UrgentLexicon) -> None:
        self._words = lexicon.words
        self._apart = frozenset(word for line in lexicon.apart for word in line.split())
        self._patterns: dict[str, _Pattern] = {}
        always, rules, calm = map(self._all, (lexicon.always, lexicon.rules, lexicon.calm))
        self._compiled = _Patterns(self._patterns.values())
        self._rules = _Lexicon(
            always=always,
            firm=[rule for rule in rules if rule.firm],
            others=[rule for rule in rules if not rule.firm],
            calm=calm,
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
        words = message.plain_words
        if not self._apart.isdisjoint(message.words):
            both = zip(message.words, words, strict=True)
            words = [word if word in self._apart else plain for word, plain in both]
        text = " ".join(words)
        if len(text) > 2 * _ENDS:
            words = f"{text[:_ENDS]} {text[-_ENDS:]}".split(" ")
        return f" ^ {' '.join(_UNSLIPPED.each(words)).rstrip(' ?!')} $ "

    def _all(self, rules: Mapping[str, UrgentRule]) -> list[_Rule]:
        """What can be said in fewest ways comes first: where that is not said, nothing else is asked."""
        return [
            _Rule(
                name,
                tuple(sorted(map(self._either, rule.all), key=int.bit_count)),
                tuple(map(self._either, rule.unless)),
                frozenset(rule.despite),
                rule.firm,
            )
            for name, rule in rules.items()
        ]

    def _either(self, pattern: str) -> _Set:
        """The alternatives of a pattern apart, entries of names opened: each is tried once for all rules."""
        patterns: _Set = 0
        for alternative in _flat(pattern):
            if name := _NAME.fullmatch(alternative):
                patterns = reduce(or_, map(self._either, self._words[name[1]]), patterns)
            else:
                patterns |= 1 << self._pattern(alternative).number
        return patterns

    def _pattern(self, pattern: str) -> _Pattern:
        """Words stand whole."""
        if pattern not in self._patterns:
            filled = self._filled(pattern)
            self._patterns[pattern] = _Pattern(len(self._patterns), filled, _starts(filled), _behind(filled))
        return self._patterns[pattern]

    def _filled(self, pattern: str) -> str:
        """The expression that is meant: names filled in, `~` a gap."""
        while _NAME.search(pattern):
            pattern = _NAME.sub(lambda m: "(?:" + "|".join(self._words[m[1]]) + ")", pattern)
        pattern = _EDGES.sub(r"\\\1", pattern)
        for gap, words in _GAPS.items():
            pattern = pattern.replace(gap, words)
        return pattern


def _parts(sequence: str) -> list[str]:
    """What stands between blanks that cannot be left out."""
    parts, depth, begin = [], 0, 0
    for at, char in enumerate(sequence):
        depth += (char in "([") - (char in ")]")
        if char == " " and not depth and sequence[at + 1 : at + 2] not in ("?", "*", "+", "{"):
            parts.append(sequence[begin:at])
            begin = at + 1
    return [*parts, sequence[begin:]]


def _behind(sequence: str) -> _Words | None:
    """Of the parts behind the first, the words that can begin the one with fewest of them. Not asked are
    parts whose words may be written together."""
    parts = [_starts(part) for part in _parts(sequence)[1:] if not _LOOSE.search(part)]
    return min((words for words in parts if words and words != _END), key=len, default=None)


@cache
def _starts(pattern: str) -> _Words | None:
    """The words with which a match can begin; None where they cannot be told."""
    starts: set[str] = set()
    for alternative in _alternatives(pattern):
        own = _first_words(alternative)
        if own is None:
            return None
        starts |= own
    return frozenset(starts)


def _first_words(sequence: str) -> _Words | None:
    if sequence.startswith("("):
        end = _closing(sequence)
        inside, after = sequence[1:end].removeprefix("?:"), sequence[end + 1 :]
        starts = None if inside.startswith("?") else _starts(inside)
        if starts is None or after[:1] in ("", " ") or after.startswith(("( ", "(?! ")):
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
        grouped = alternative.startswith("(") and not alternative.startswith("(?")
        if grouped and _closing(alternative) == len(alternative) - 1:
            yield from _flat(alternative[1:-1])
        else:
            yield alternative


@cache
def _alternatives(pattern: str) -> tuple[str, ...]:
    if "(" not in pattern:
        return tuple(pattern.split("|"))
    cuts, depth = [-1], 0
    for mark in _BARS.finditer(pattern):
        depth += (mark[0] == "(") - (mark[0] == ")")
        if mark[0] == "|" and not depth:
            cuts.append(mark.start())
    return tuple(pattern[a + 1 : b] for a, b in pairwise([*cuts, len(pattern)]))


def _closing(pattern: str) -> int:
    """Where the group closes that opens at the beginning."""
    depth = 0
    for mark in _BRACKETS.finditer(pattern):
        depth += 1 if mark[0] == "(" else -1
        if not depth:
            return mark.start()
    raise ValueError(pattern)
