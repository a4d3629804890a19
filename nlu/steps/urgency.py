"""Is life, health or money in danger now? Rules of `content/lexicon/urgent.yml`, with or without a model."""

from __future__ import annotations

import re
from typing import NamedTuple

from content.schema import UrgentLexicon, UrgentRule
from nlu.steps.normalise import Message

SURE = 0.2
"""From this probability on the model is believed alone (docs/nlu.md has the figures)."""
LIKELY = 0.1
"""With a model, a rule that is not under `always` needs at least this."""

_GAP = r"(?: \S+){0,4}? "
_NAME = re.compile(r"\{(\w+)\}")
_WHOLE = re.compile(r"^\^ (.*) \$$")
_ENDS = 2_500
"""Of a longer message only this much of each end is read."""


class Alarm(NamedTuple):
    """What the rules find: `certain` and `likely` are verdicts, `danger` is one of `content/dangers.yml`,
    `signs` are the names of all that was heard."""

    certain: bool
    likely: bool
    danger: str | None
    signs: tuple[str, ...]


class _Rule(NamedTuple):
    name: str
    needed: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]


class _Said:
    """A message under the patterns; each pattern is tried once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._heard: dict[re.Pattern[str], bool] = {}

    def hears(self, pattern: re.Pattern[str]) -> bool:
        heard = self._heard.get(pattern)
        if heard is None:
            heard = self._heard[pattern] = pattern.search(self.text) is not None
        return heard

    def holds(self, rule: _Rule) -> bool:
        return all(map(self.hears, rule.needed)) and not any(map(self.hears, rule.unless))


class Urgency:
    """The rules, compiled."""

    def __init__(self, lexicon: UrgentLexicon) -> None:
        self._words = lexicon.words
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._sets = {name: self._pattern(f"{{{name}}}") for name in lexicon.signs}
        self._always = tuple(self._rule(name, rule) for name, rule in lexicon.always.items())
        self._rules = tuple(self._rule(name, rule) for name, rule in lexicon.rules.items())
        self._dangers = {name: frozenset(rules) for name, rules in lexicon.dangers.items()}
        self._calm = tuple(self._pattern(pattern) for pattern in lexicon.calm)
        self.signs = (*self._sets, *lexicon.always, *lexicon.rules, "calm")

    def read(self, message: Message) -> Alarm:
        """Every rule over one message; remembered on it."""
        if message.alarm is None:
            message.alarm = self._read(message)
        return message.alarm

    def judge(self, message: Message, probability: float | None) -> bool:
        """Rules and model together; without a model the rules alone, on the side of caution."""
        alarm = self.read(message)
        if alarm.certain or probability is None:
            return alarm.certain or alarm.likely
        return probability >= SURE or (alarm.likely and probability >= LIKELY)

    def _read(self, message: Message) -> Alarm:
        said = _Said(f" {_ends(message.plain)} ")
        certain = [rule.name for rule in self._always if said.holds(rule)]
        likely = [rule.name for rule in self._rules if said.holds(rule)]
        calm = any(map(said.hears, self._calm))
        signs = [name for name, pattern in self._sets.items() if said.hears(pattern)]
        return Alarm(
            bool(certain),
            bool(certain) or (bool(likely) and not calm),
            next((name for name, own in self._dangers.items() if not own.isdisjoint(certain)), None),
            (*signs, *certain, *likely, *(("calm",) if calm else ())),
        )

    def _rule(self, name: str, rule: UrgentRule) -> _Rule:
        return _Rule(name, tuple(map(self._pattern, rule.all)), tuple(map(self._pattern, rule.unless)))

    def _pattern(self, pattern: str) -> re.Pattern[str]:
        """Words stand whole; `~` is a gap, `^ ` and ` $` hold the whole message."""
        if pattern not in self._patterns:
            filled = pattern
            while _NAME.search(filled):
                filled = _NAME.sub(lambda m: "(?:" + "|".join(self._words[m[1]]) + ")", filled)
            filled = filled.replace(" ~ ", _GAP)
            whole = _WHOLE.match(filled)
            self._patterns[pattern] = re.compile(
                f"^ (?:{whole[1]}) (?:[?!] )*$" if whole else f"(?<= )(?:{filled})(?= )"
            )
        return self._patterns[pattern]


def _ends(text: str) -> str:
    return text if len(text) <= 2 * _ENDS else f"{text[:_ENDS]} {text[-_ENDS:]}"
