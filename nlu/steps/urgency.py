"""Is life, health or money in danger now? Rules of `content/lexicon/urgent.yml`, with or without a model."""

from __future__ import annotations

import re

from content.schema import UrgentLexicon, UrgentRule
from nlu.steps.normalise import Message

_GAP = r"(?: \S+){0,4}? "
_NAME = re.compile(r"\{(\w+)\}")


class Urgency:
    """The rules, compiled. `threshold` is the model's probability from which it is believed on its own."""

    def __init__(self, lexicon: UrgentLexicon, threshold: float = 0.5) -> None:
        self._words = lexicon.words
        self._always = [self._compile(rule) for rule in lexicon.always.values()]
        self._rules = [self._compile(rule) for rule in lexicon.rules.values()]
        self._calm = [self._pattern(pattern) for pattern in lexicon.calm]
        self._threshold = threshold

    def by_rule(self, message: Message) -> bool:
        """What the rules say alone."""
        said = f" {message.plain} "
        if any(_holds(rule, said) for rule in self._always):
            return True
        if any(calm.search(said) for calm in self._calm):
            return False
        return any(_holds(rule, said) for rule in self._rules)

    def judge(self, message: Message, probability: float | None) -> bool:
        """Rules first: a model may add to what they find, never take away."""
        return self.by_rule(message) or (probability is not None and probability >= self._threshold)

    def _compile(self, rule: UrgentRule) -> tuple[list[re.Pattern[str]], list[re.Pattern[str]]]:
        return [self._pattern(p) for p in rule.all], [self._pattern(p) for p in rule.unless]

    def _pattern(self, pattern: str) -> re.Pattern[str]:
        """Words stand whole; `~` is a gap."""
        filled = pattern
        while _NAME.search(filled):
            filled = _NAME.sub(lambda m: "(?:" + "|".join(self._words[m[1]]) + ")", filled)
        return re.compile(f"(?<= )(?:{filled.replace(' ~ ', _GAP)})(?= )")


def _holds(rule: tuple[list[re.Pattern[str]], list[re.Pattern[str]]], said: str) -> bool:
    needed, unless = rule
    return all(p.search(said) for p in needed) and not any(p.search(said) for p in unless)
