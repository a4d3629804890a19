"""Short forms written out; those with several meanings only where the rest of the message tells which."""

from __future__ import annotations

import re
from collections.abc import Mapping

from content.schema import Abbreviation
from nlu.steps.fold import fold

# What a message is about, by folded words of it.
_ABOUT = {
    subject: re.compile(rf"\b(?:{words})\b")
    for subject, words in {
        "money": r"tien|tai khoan|chuyen khoan|ngan hang|vietcombank|bidv|agribank|vietinbank|techcombank"
        r"|mbbank"
        r"|momo|otp|the tin dung|khoan vay|lai suat|atm|rut|napas|trieu|nghin|cu|coc|giao dich|vcb"
        r"|\d+(?:k|tr|cu)\d*",
        "food": r"an|uong|quan|mon|bun|pho|com|bep|nau|nem",
        "secret": r"doi|quen|lo|dang nhap|otp|pin|hack|tai khoan|bao mat|cap",
        "place": r"o|tai|tinh|que|huyen|xa|phuong|so cong thuong|thanh pho|ve",
        "signing": r"ky|ki ket|huy|cham dut|gym|thue|coc|vay|dieu khoan|hop dong",
        "stock": r"san|quoc te|co phieu|dau tu",
        "goods": r"mua|hang|shop|shopee|tiktok|lazada|giao|don",
        "family": r"em|minh|toi|vo|con|nha|bi|bo|me",
        "sign_up": r"goi|cuoc|sim|thue bao|dich vu|so|thuoc|kinh doanh|muon|nhan",
        "time": r"sang|chieu|toi|nay|nua",
    }.items()
}
# Key -> (what the message is about, place of the meaning), tried in order; "" always fits.
_MEANINGS: dict[str, tuple[tuple[str, int], ...]] = {
    "ck": (("stock", 3), ("money", 0), ("family", 1), ("", 0)),
    "tk": (("", 0),),
    "đk": (("sign_up", 0), ("", 2)),
    "dk": (("sign_up", 1), ("", 0)),
    "tn": (("place", 1), ("", 0)),
    "tb": (("place", 1), ("", 0)),
    "hn": (("place", 1), ("", 0)),
    "nh": (("food", 1), ("money", 0)),
    "sp": (("", 0),),
    "đt": (("", 0),),
    "dt": (("", 0),),
    "hđ": (("signing", 0), ("money", 1), ("", 0)),
    "hd": (("signing", 0), ("goods", 1), ("", 2)),
    "cs": (("", 0),),
    "kh": (("", 0),),
    "sk": (("money", 0), ("", 1)),
    "mk": (("secret", 1), ("", 0)),
    "nt": (("", 0),),
    "tp": (("food", 1), ("", 0)),
    "0": (("", 0),),
    "vc": (("goods", 1), ("", 2)),
}
_POLICE_BESIDE = (
    frozenset({"danh", "xung", "gia", "bao", "la"}),
    frozenset({"xa", "xã", "phuong", "phường", "huyen"}),
)
_UNITS = frozenset(["k", "kg", "tr", "km", "m", "c", "h", "t", "p", "đ", "0", "g", "ch", "r"])
"""After a number these are units, not short forms."""
_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "the is my i to and of in they was for it me you what how at with have are he she this that not on "
        "from but his her we our do does can be who where",
    )
)
_ENGLISH_SHARE = 0.3
_MOST_PASSES = 4


class _About(dict[str, bool]):
    """Subject -> whether `said` is about it; found out when first asked for."""

    def __init__(self, said: str) -> None:
        self._said = said

    def __missing__(self, subject: str) -> bool:
        self[subject] = told = _ABOUT[subject].search(self._said) is not None
        return told


class Abbreviations:
    """Expands a list of words. A word that carries diacritics only matches a key that carries the same."""

    def __init__(self, entries: Mapping[str, Abbreviation]) -> None:
        self._plain: dict[str, list[str]] = {}
        self._meanings: dict[str, list[list[str]]] = {}
        for key, entry in entries.items():
            if entry.ambiguous:
                self._meanings[key] = [m.lower().split() for m in entry.means.split(";")]
            else:
                self._plain[key] = entry.means.lower().split()

    def expand(self, words: list[str]) -> list[str]:
        """The words as meant. Expanding twice changes nothing more. English is left alone."""
        if is_english(words):
            return words
        words = self._certain(words)
        for _ in range(_MOST_PASSES):
            if self._meanings.keys().isdisjoint(words):
                break
            clearer = self._likely(words)
            if clearer == words:
                break
            words = clearer
        return words

    def _certain(self, words: list[str]) -> list[str]:
        plain = self._plain
        if plain.keys().isdisjoint(words):
            return words
        out: list[str] = []
        for i, word in enumerate(words):
            if word in plain and not _is_unit(words, i):
                out += plain[word]
            else:
                out.append(word)
        return out

    def _likely(self, words: list[str]) -> list[str]:
        about = _About(fold(" ".join(words)))
        out: list[str] = []
        for i, word in enumerate(words):
            meaning = None
            if word in self._meanings and not _is_unit(words, i):
                meaning = self._police(words, i) if word == "ca" else self._meaning(word, about)
            out += meaning or [word]
        return out

    def _meaning(self, word: str, about: _About) -> list[str] | None:
        for subject, place in _MEANINGS.get(word, ()):
            if not subject or about[subject]:
                return self._meanings[word][place]
        return None

    def _police(self, words: list[str], i: int) -> list[str] | None:
        """ "ca xã", "giả danh ca" are the police; "ca" alone is a shift, or "cả"."""
        before, after = _POLICE_BESIDE
        beside = (i > 0 and fold(words[i - 1]) in before) or (i + 1 < len(words) and words[i + 1] in after)
        return self._meanings["ca"][0] if beside else None


def _is_unit(words: list[str], i: int) -> bool:
    return words[i] in _UNITS and i > 0 and words[i - 1].isdigit()


def is_english(words: list[str]) -> bool:
    """Whether the message is English: then nothing in it is a short form, or a slip, of Vietnamese."""
    if len(words) < 3:
        return False
    return sum(map(_ENGLISH.__contains__, words)) >= _ENGLISH_SHARE * len(words)
