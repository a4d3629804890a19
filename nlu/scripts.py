"""Which writing a message is in, where it is neither of our two languages."""

from __future__ import annotations

import re
from typing import Literal

Writing = Literal["han", "hangul", "kana"]

_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_KANA = re.compile(r"[\u3041-\u30ff]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile(r"[^\W\d_\u1100-\uffff]")
_LETTERS_A_WORD = 5
"""A syllable of Hangul or a Han character says about as much as this many of our letters."""


def writing_of(text: str) -> Writing | None:
    """The writing that carries most of the message; None where that is our own letters, or there is none.

    Japanese has Han characters too and is known by its kana.
    """
    hangul, kana, han = (len(kind.findall(text)) for kind in (_HANGUL, _KANA, _HAN))
    if (hangul + kana + han) * _LETTERS_A_WORD <= len(_LATIN.findall(text)):
        return None
    if hangul >= max(kana + han, 1):
        return "hangul"
    return "kana" if kana else "han" if han else None
