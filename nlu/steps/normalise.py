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
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

from nlu.steps.abbreviations import Abbreviations, is_english
from nlu.steps.fold import fold, fold_each, kept
from nlu.steps.keys import MEANT
from nlu.steps.remembered import Remembered, made_once

if TYPE_CHECKING:
    from nlu.steps.spelling import Spelling
    from nlu.steps.urgency import Alarm

_MARKS = re.compile(r"([\u0300-\u036f]{3})[\u0300-\u036f]+")
_LATE_TONE = re.compile(r"(?:o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?<!q..)(?![^\W\d_])")
_EARLY_TONE = re.compile(r"[òóỏõọ][ae](?=[^\W\d_])|[ùúủũụ]y(?=[^\W\d_])|[ùúủũụ]y(?<=q..)")
_APOSTROPHE = re.compile(r"['\u2019](?<=\w.)(?=\w)")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLED_END = re.compile(r"([aiuy\u00e0-\u1ef9])(?<=[^\W\d_].)\1\b")
_DIGIT = re.compile(r"\d")
_TOKEN = re.compile(r"([^\W_]+)")
_WORD = re.compile(r"[^\W_]+|[?!]")
_MOST_PASSES = 4
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
    if text.isascii():
        text = text.lower()
        text = _APOSTROPHE.sub("", text) if "'" in text else text
    else:
        text = unicodedata.normalize("NFKC", _MARKS.sub(r"\1", text)).lower()
        text = unicodedata.normalize("NFC", _APOSTROPHE.sub("", text))
        if not text.isascii():
            text = _EARLY_TONE.sub(_move_tone, _LATE_TONE.sub(_move_tone, text))
    return _DOUBLED_END.sub(r"\1", _DRAWN_OUT.sub(r"\1", text))


def _words_of(chunk: str) -> Sequence[str]:
    """The words, as they are spelled, of what stands between two blanks."""
    return _WORD.findall(SPELT[chunk])


SPELT = Remembered(spell)
_WORDS_OF = Remembered(_words_of)


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

    @made_once
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

    @made_once
    def tokens(self) -> list[Token]:
        """Letters and digits of `folded` between blanks and punctuation."""
        return [*map(Token, self.spoken, self._ends[::2], self._ends[1::2])]

    @made_once
    def spoken(self) -> list[str]:
        """The words of `tokens`."""
        return self._cut[1::2]

    @made_once
    def typed(self) -> list[str]:
        """The words of `tokens` as they stand in the text."""
        text, ends = self.text, self._ends
        if len(self.folded) != len(text):
            ends = [*map(self._offsets.__getitem__, ends)]
        return [text[start:end] for start, end in zip(ends[::2], ends[1::2], strict=False)]

    @property
    def gaps(self) -> list[str]:
        """What stands before each token, and behind the last."""
        return self._cut[::2]

    @made_once
    def neighbours(self) -> list[str]:
        """Every two of the `spoken` words that stand beside each other."""
        return [f"{first} {second}" for first, second in pairwise(self.spoken)]

    @made_once
    def has_digits(self) -> bool:
        """Whether any digit, of whatever script, stands in `folded`."""
        return _DIGIT.search(self.folded) is not None

    @made_once
    def _cut(self) -> list[str]:
        return _TOKEN.split(self.folded)

    @made_once
    def _ends(self) -> list[int]:
        """Where the parts of `_cut` end: every second one where a token begins, the others where it ends."""
        return [*accumulate(map(len, self._cut))]

    @made_once
    def words(self) -> list[str]:
        """Words as meant, with the diacritics that were written; "?" and "!" count as words."""
        typed = [*chain.from_iterable(_WORDS_OF.each(self.text.split()))]
        if is_english(typed):
            return typed
        words = self._abbreviations.expand(MEANT.each(typed))
        return words if self._spelling is None else self._mended(words, self._spelling)

    def _mended(self, words: list[str], spelling: Spelling) -> list[str]:
        """What is mended may be a short form, and stands beside other words then: so once more."""
        for _ in range(_MOST_PASSES):
            mended = spelling.mend(words)
            if mended == words:
                break
            words = self._abbreviations.expand(mended)
        return words

    @made_once
    def marked(self) -> str:
        return " ".join(self.words)

    @made_once
    def plain_words(self) -> list[str]:
        """`words`, folded."""
        return self.words if self.marked.isascii() else fold_each(self.words)

    @made_once
    def plain(self) -> str:
        """The words as meant, folded, single spaces between them."""
        return self.marked if self.marked.isascii() else " ".join(self.plain_words)


def normalise(text: str, abbreviations: Abbreviations, spelling: Spelling | None = None) -> str:
    """The words of `text` as meant, single spaces between. Idempotent; never raises."""
    return Message(text, abbreviations, spelling).marked
