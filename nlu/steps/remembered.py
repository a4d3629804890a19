"""What is made of a word, or of a message, is made once: messages say the same words again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Remembered(dict[str, T]):
    """Word -> what `make` makes of it, made when first asked for and kept; `memo[word]` never fails. Words
    longer than `longest` are made anew each time; with `most` words all are forgotten and made anew."""

    def __init__(self, make: Callable[[str], T], longest: int = 24, most: int = 20_000) -> None:
        super().__init__()
        self._make, self._longest, self._most = make, longest, most

    def __missing__(self, word: str) -> T:
        made = self._make(word)
        if len(word) <= self._longest:
            if len(self) >= self._most:
                self.clear()
            self[word] = made
        return made

    def each(self, words: Iterable[str]) -> list[T]:
        """Of every word what is made of it."""
        return [*map(self.__getitem__, words)]


class made_once(Generic[T]):  # noqa: N801 - it stands where `cached_property` would
    """`functools.cached_property` without its lock, which takes longer than most of what it guards: two
    threads may make the same thing, and either is right."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make, self.__doc__ = make, make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> T:
        made = instance.__dict__[self._name] = self._make(instance)
        return made
