"""Finding known names word by word, whatever their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from nlu.steps.normalise import Token

T = TypeVar("T")


class Phrases(Generic[T]):
    """Folded phrases of one or more words, each with what it stands for."""

    def __init__(self, meanings: Mapping[str, T]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for phrase, meaning in meanings.items():
            first, *rest = phrase.split()
            self._by_first.setdefault(first, []).append((tuple(rest), meaning))
        for options in self._by_first.values():
            options.sort(key=lambda option: -len(option[0]))

    def at(self, tokens: Sequence[Token], index: int) -> tuple[int, T] | None:
        """The longest phrase that starts with `tokens[index]`: its number of words and meaning."""
        for rest, meaning in self._by_first.get(tokens[index].word, ()):
            if all(
                index + n < len(tokens) and tokens[index + n].word == word for n, word in enumerate(rest, 1)
            ):
                return len(rest) + 1, meaning
        return None

    def find(self, tokens: Sequence[Token]) -> Iterator[tuple[int, int, T]]:
        """(index of the first token, number of tokens, meaning) of each phrase, left to right."""
        index = 0
        while index < len(tokens):
            if hit := self.at(tokens, index):
                yield index, *hit
                index += hit[0]
            else:
                index += 1
