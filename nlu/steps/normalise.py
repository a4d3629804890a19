"""One spelling for everything that people type.

Two views of a message leave this module. `folded` keeps one character for every kept character of the
original, so that a span found in it can be carried back (`Message.span`). `words` are what the message says:
short forms written out, slips mended, keys of a keyboard that was off read as what they make, drawn-out
letters shortened, each with and without its diacritics.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from nlu.steps.abbreviations import Abbreviations, is_english
from nlu.steps.fold import fold, kept
from nlu.steps.keys import meant

if TYPE_CHECKING:
    from nlu.steps.spelling import Spelling
    from nlu.steps.urgency import Alarm

_MARKS = re.compile(r"([\u0300-\u036f]{3})[\u0300-\u036f]+")
_LATE_TONE = re.compile(r"(?<!q)(o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?![^\W\d_])")
_EARLY_TONE = re.compile(r"[òóỏõọ][ae](?=[^\W\d_])|[ùúủũụ]y(?=[^\W\d_])|(?<=q)[ùúủũụ]y")
_APOSTROPHE = re.compile(r"(?<=\w)['\u2019](?=\w)")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLED_END = re.compile(r"(?<=[^\W\d_])([aiuy\u00e0-\u1ef9])\1\b")
_DIGIT = re.compile(r"\d")
_TOKEN = re.compile(r"([^\W_]+)")
_WORD = re.compile(r"[^\W_]+|[?!]")
_MOST_PASSES = 4
_LONGEST_KEPT, _MOST_KEPT = 24, 20_000
"""What stands between two blanks and is no longer is taken apart once and remembered."""
_TONES = "\u0300\u0301\u0309\u0303\u0323"


def _move_tone(match: re.Match[str]) -> str:
    """Carry the tone mark to the other of two vowels: both "hoà" and "hòa" are written."""
    first, second = (unicodedata.normalize("NFD", c) for c in match[0])
    tone = next((c for c in first + second if c in _TONES), "")
    first, second = (c.replace(tone, "") for c in (first, second))
    late = tone in unicodedata.normalize("NFD", match[0][0])
    return unicodedata.normalize("NFC", first + second + tone if late else first + tone + second)


def spell(text: str) -> str:
    """Lower case, NFC, tone marks in their old place, drawn-out letters once: "quááá" -> "quá"."""
    text = unicodedata.normalize("NFKC", _MARKS.sub(r"\1", text)).lower()
    text = unicodedata.normalize("NFC", _APOSTROPHE.sub("", text))
    if not text.isascii():
        text = _EARLY_TONE.sub(_move_tone, _LATE_TONE.sub(_move_tone, text))
    return _DOUBLED_END.sub(r"\1", _DRAWN_OUT.sub(r"\1", text))


def _words_of(chunk: str) -> Sequence[str]:
    """The words, as they are spelled, of what stands between two blanks."""
    return _remembered_words_of(chunk) if len(chunk) <= _LONGEST_KEPT else _WORD.findall(spell(chunk))


@lru_cache(_MOST_KEPT)
def _remembered_words_of(chunk: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(spell(chunk)))


class Token(NamedTuple):
    """A word of `Message.folded`, which it is `folded[start:end]` of."""

    word: str
    start: int
    end: int


class Message:
    """A text under all its views; each is made when first asked for."""

    def __init__(self, text: str, abbreviations: Abbreviations, spelling: Spelling | None = None) -> None:
        self.text = text
        self.folded = fold(text)
        self._abbreviations, self._spelling = abbreviations, spelling
        self.alarm: Alarm | None = None
        self.spoken_of: list[tuple[str, bool]] | None = None

    @cached_property
    def _offsets(self) -> Sequence[int]:
        if len(self.folded) == len(self.text):
            return range(len(self.text) + 1)
        return [*kept(self.text), len(self.text)]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `folded[start:end]` stands in the original, with the marks of its last letter."""
        return self._offsets[start], self._offsets[end]

    def place(self, original: int) -> int:
        """The place in `folded` of an offset of the original."""
        if isinstance(self._offsets, range):
            return original
        low, high = 0, len(self._offsets) - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._offsets[middle] < original else (low, middle)
        return low

    @cached_property
    def tokens(self) -> list[Token]:
        """Letters and digits of `folded` between blanks and punctuation."""
        ends = [*accumulate(map(len, self._cut))]
        return [*map(Token, self.spoken, ends[::2], ends[1::2])]

    @cached_property
    def spoken(self) -> list[str]:
        """The words of `tokens`."""
        return self._cut[1::2]

    @property
    def gaps(self) -> list[str]:
        """What stands before each token, and behind the last."""
        return self._cut[::2]

    @cached_property
    def neighbours(self) -> frozenset[str]:
        """Every two words that stand beside each other."""
        return frozenset([f"{first} {second}" for first, second in pairwise(self.spoken)])

    @cached_property
    def has_digits(self) -> bool:
        """Whether any digit, of whatever script, stands in `folded`."""
        return _DIGIT.search(self.folded) is not None

    @cached_property
    def _cut(self) -> list[str]:
        return _TOKEN.split(self.folded)

    @cached_property
    def words(self) -> list[str]:
        """Words as meant, with the diacritics that were written; "?" and "!" count as words."""
        typed = [word for chunk in self.text.split() for word in _words_of(chunk)]
        if is_english(typed):
            return typed
        words = self._abbreviations.expand([*map(meant, typed)])
        return words if self._spelling is None else self._mended(words, self._spelling)

    def _mended(self, words: list[str], spelling: Spelling) -> list[str]:
        """What is mended may be a short form, and stands beside other words then: so once more."""
        for _ in range(_MOST_PASSES):
            mended = spelling.mend(words)
            if mended == words:
                break
            words = self._abbreviations.expand(mended)
        return words

    @cached_property
    def marked(self) -> str:
        return " ".join(self.words)

    @cached_property
    def plain(self) -> str:
        """The words as meant, folded, single spaces between them."""
        return self.marked if self.marked.isascii() else fold(self.marked)


def normalise(text: str, abbreviations: Abbreviations, spelling: Spelling | None = None) -> str:
    """The words of `text` as meant, single spaces between. Idempotent; never raises."""
    return Message(text, abbreviations, spelling).marked
