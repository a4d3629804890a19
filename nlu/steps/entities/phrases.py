"""Finding known names word by word, whatever their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from nlu.steps.normalise import Message, Token

T = TypeVar("T")


class Phrases(Generic[T]):
    """Folded phrases of one or more words, each with what it stands for. Those of several words are looked up
    by their first two: most messages have no such pair."""

    def __init__(self, meanings: Mapping[str, T]) -> None:
        self._single: dict[str, T] = {}
        self._longer: dict[str, list[tuple[list[str], T]]] = {}
        for phrase, meaning in meanings.items():
            words = phrase.split()
            if len(words) == 1:
                self._single[phrase] = meaning
            else:
                self._longer.setdefault(f"{words[0]} {words[1]}", []).append((words, meaning))
        for options in self._longer.values():
            options.sort(key=lambda option: -len(option[0]))

    def at(self, tokens: Sequence[Token], index: int) -> tuple[int, T] | None:
        """The longest phrase that starts with `tokens[index]`: its number of words and meaning."""
        return self._at([token.word for token in tokens], index)

    def find(self, message: Message) -> Iterator[tuple[int, int, T]]:
        """(index of the first token, number of tokens, meaning) of each phrase, left to right."""
        words, free = message.spoken, 0
        for index in self._starts(message):
            if index >= free and (hit := self._at(words, index)):
                yield index, *hit
                free = index + hit[0]

    def _starts(self, message: Message) -> Sequence[int]:
        """Where a phrase may start."""
        words, pairs = message.spoken, message.neighbours
        several = not self._longer.keys().isdisjoint(pairs)
        if not several and self._single.keys().isdisjoint(words):
            return ()
        single, longer = self._single, self._longer
        starts = [index for index, word in enumerate(words) if word in single]
        if several:
            starts += [index for index, pair in enumerate(pairs) if pair in longer]
            starts.sort()
        return starts

    def _at(self, words: Sequence[str], index: int) -> tuple[int, T] | None:
        if index + 1 < len(words):
            for phrase, meaning in self._longer.get(f"{words[index]} {words[index + 1]}", ()):
                if words[index : index + len(phrase)] == phrase:
                    return len(phrase), meaning
        if words[index] in self._single:
            return 1, self._single[words[index]]
        return None
