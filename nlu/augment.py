"""Other ways in which people would have typed a training sentence. Deterministic for a given `Random`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from random import Random

from content.schema import Abbreviation
from nlu.steps.fold import fold

_TELEX_MARKS = {
    "\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j",
    "\u0302": "same", "\u0306": "w", "\u031b": "w",
}  # fmt: skip
_VNI_MARKS = {
    "\u0300": "2", "\u0301": "1", "\u0309": "3", "\u0303": "4", "\u0323": "5",
    "\u0302": "6", "\u0306": "8", "\u031b": "7",
}  # fmt: skip
_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "g": "fh", "h": "gj", "i": "uo", "k": "jl",
    "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "y": "tu",
}  # fmt: skip


class Augmenter:
    """Makes noisy copies; short forms come from the lexicon, turned round."""

    def __init__(self, abbreviations: Mapping[str, Abbreviation], random: Random) -> None:
        self._random = random
        self._short: dict[str, list[str]] = {}
        for short, entry in abbreviations.items():
            for meaning in entry.means.split(";"):
                self._short.setdefault(meaning.strip().lower(), []).append(short)
        phrases = sorted(self._short, key=len, reverse=True)
        self._phrase = re.compile(
            r"(?<!\w)(?:" + "|".join(map(re.escape, phrases)) + r")(?!\w)", re.IGNORECASE
        )

    def folded(self, text: str) -> str:
        return fold(text)

    def noisy(self, text: str) -> str:
        """Short forms, then one or two slips of the keyboard, then perhaps no diacritics."""
        chance = self._random.random
        noisy = self._phrase.sub(lambda m: self._shorten(m[0]) if chance() < 0.5 else m[0], text)
        for slip in (
            self._neighbour,
            self._lost_space,
            self._drawn_out,
            self._typed_marks,
            self._some_folded,
        ):
            if chance() < 0.3:
                noisy = slip(noisy)
        return fold(noisy) if chance() < 0.4 else noisy

    def _shorten(self, phrase: str) -> str:
        return self._random.choice(self._short[phrase.lower()])

    def _neighbour(self, text: str) -> str:
        """One letter hit beside its key, left out or swapped with the next."""
        places = [i for i, char in enumerate(text) if char.lower() in _NEIGHBOURS]
        if not places:
            return text
        at = self._random.choice(places)
        kind = self._random.random()
        if kind < 0.4:
            return text[:at] + self._random.choice(_NEIGHBOURS[text[at].lower()]) + text[at + 1 :]
        return (
            text[:at] + text[at + 1 :]
            if kind < 0.7
            else text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]
        )

    def _lost_space(self, text: str) -> str:
        spaces = [m.start() for m in re.finditer(r"(?<=\w) (?=\w)", text)]
        if not spaces:
            return text
        at = self._random.choice(spaces)
        return text[:at] + text[at + 1 :]

    def _drawn_out(self, text: str) -> str:
        ends = [m.start() for m in re.finditer(r"[aeiouy](?!\w)", text)]
        if not ends:
            return text
        at = self._random.choice(ends)
        return text[:at] + text[at] * self._random.randint(2, 4) + text[at + 1 :]

    def _typed_marks(self, text: str) -> str:
        """One or two words as their keys without a Vietnamese keyboard: "ddieenj", "tie62n"."""
        words = text.split(" ")
        marked = [i for i, word in enumerate(words) if not word.isascii()]
        for at in self._random.sample(marked, min(2, len(marked))):
            words[at] = typed(words[at], self._random.random() < 0.7)
        return " ".join(words)

    def _some_folded(self, text: str) -> str:
        return " ".join(fold(word) if self._random.random() < 0.4 else word for word in text.split(" "))


def typed(word: str, telex: bool) -> str:
    """The keys that make `word`, tone last as most people type it."""
    out, tone = "", ""
    for char in unicodedata.normalize("NFD", word):
        if char in "đĐ":
            out += "dd" if telex else "d9"
        elif char in _TELEX_MARKS:
            key = _TELEX_MARKS[char] if telex else _VNI_MARKS[char]
            if char in "\u0302\u0306\u031b":
                out += out[-1:] if key == "same" else key
            else:
                tone = key
        else:
            out += char
    return out + tone
