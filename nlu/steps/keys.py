"""Words whose keys were typed while the Vietnamese keyboard was off: "ddieenj" and "d9ie6n5" are "điện".

Only what is no syllable as it stands, and becomes one, is taken for such a word.
"""

from __future__ import annotations

import re
import unicodedata

from nlu.steps.fold import fold
from nlu.steps.remembered import Remembered

_CIRCUMFLEX, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
_TELEX_TONES = {"f": "\u0300", "s": "\u0301", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_VNI_HATS = {"6": _CIRCUMFLEX, "7": _HORN, "8": _BREVE}

_INITIAL = "ngh|ng|nh|gh|gi|g|kh|k|ch|c|th|tr|t|ph|p|qu|b|d|h|l|m|n|r|s|v|x|"
_OPEN = (
    "uyu|uya|uou|uoi|uay|uao|ieu|yeu|oai|oay|oao|oeo|ai|ao|au|ay|eo|eu|ia|iu|oa|oe|oi|ua|ue|ui|uo|uu|uy|ie"
    "|a|e|i|o|u|y"
)
_CLOSED = "uye|uyi|ie|ye|oa|oe|oo|ua|uo|uy|ue|a|e|i|o|u|y"
_SYLLABLE = re.compile(rf"(?:{_INITIAL})(?:(?:{_OPEN})|(?:{_CLOSED})(?:ch|ng|nh|c|m|n|p|t))")
_TELEX_KEYS = re.compile(r"dd|aa|ee|oo|w|[aeiouy][a-z]*[fsrxj]")
_VNI_KEYS = re.compile(r"[a-z]+(?:[1-9][a-z]*){1,4}")
_VOWELS = "aeiouy"
_FOREIGN = frozenset(
    re.findall(
        r"\w+",
        """
        air bar bars bas beef been beeps beer bees best bets bits boats bosch botox bots box burn bus cans
        car card cars cats chair chart chest chips church cons cost cow cows cup cups cuts days dirt dis
        does doesn door doors dorm down dust exp fax for gas gems gets gift gifts goes guest had hair
        hangs has hasn hasu hats her here hers his hits hops how hurt inn ins isn its keep keeps kits laos
        last law left lens lets lies lift lips list lists loans loops los lost lots lower lows man mans
        maps march mars mart mass max meet mens mess meter mets miss mix mom moms morn motor must nest
        next nor now nuts oops our ours owe own owns pains pair pans part parts pass past paw pawn pays
        per pets pieces pins plus poor pos post pots power put puts rats raw reset rest roof room rooms
        runs sales saw says see seem seen sees sets sex sir sit sits six sons soon sort sums tax taxi tell
        tens tense term test tests text there things this thus tips tons too tools toons tops torn tow
        tower town toys tries turn turns ures vans vary vast vest vets vow was ways wins won xis yes
        """,
    )
)
"""Words of other languages that occur in Vietnamese messages and look like keys of ours."""


def meant(word: str) -> str:
    """The word that the keys of a lower-case ASCII word make; the word itself where they make none."""
    if not word.isascii() or len(word) < 3 or word.isdigit() or word in _FOREIGN:
        return word
    if word.isalpha():
        if is_syllable(word) or not _TELEX_KEYS.search(word):
            return word
        made = _telex(word)
    else:
        made = _vni(word) if _VNI_KEYS.fullmatch(word) else None
    return made if made is not None and is_syllable(fold(made)) else word


MEANT = Remembered(meant)


def is_syllable(folded: str) -> bool:
    """Whether these letters, without diacritics, can be one Vietnamese syllable."""
    return _SYLLABLE.fullmatch(folded) is not None


def _telex(word: str) -> str | None:
    letters: list[str] = []
    tone = ""
    for char in word:
        last = letters[-1] if letters else ""
        if char == "d" and letters == ["d"]:
            letters = ["đ"]
        elif char in "aeo" and not tone and (at := _doubled(letters, char)) is not None:
            letters[at] += _CIRCUMFLEX
        elif char == "w":
            if not _hooked(letters):
                return None
        elif char in _TELEX_TONES and last and any(letter[0] in _VOWELS for letter in letters):
            if tone:
                return None
            tone = _TELEX_TONES[char]
        elif tone and char in "ae":
            return None  # "here", "visa": after its tone a syllable goes on with a consonant or a glide
        else:
            letters.append(char)
    return _composed(letters, tone)


def _doubled(letters: list[str], char: str) -> int | None:
    """Where the same bare vowel stands before, typed again for its circumflex: right before, or before the
    final consonant ("dien" + "e")."""
    for at in range(len(letters) - 1, -1, -1):
        if letters[at][0] in _VOWELS:
            return at if letters[at] == char else None
    return None


def _hooked(letters: list[str]) -> bool:
    """Puts horn or breve where "w" means them; False where it can mean neither."""
    places = [at for at, letter in enumerate(letters) if letter in ("a", "o", "u")]
    if len(places) >= 2 and [letters[at] for at in places[-2:]] == ["u", "o"]:
        letters[places[-2]] += _HORN
        letters[places[-1]] += _HORN
        return True
    if not places:
        return False
    letters[places[-1]] += _BREVE if letters[places[-1]] == "a" else _HORN
    return True


def _vni(word: str) -> str | None:
    letters: list[str] = []
    tone = ""
    for char in word:
        vowels = [at for at, letter in enumerate(letters) if letter[0] in _VOWELS]
        if char == "9" and letters and letters[0] == "d":
            letters[0] = "đ"
        elif char in _VNI_HATS and vowels:
            if not _hatted(letters, _VNI_HATS[char]):
                return None
        elif char in _VNI_TONES and vowels and not tone:
            tone = _VNI_TONES[char]
        elif char.isalpha():
            letters.append(char)
        else:
            return None
    return _composed(letters, tone)


def _hatted(letters: list[str], hat: str) -> bool:
    wearers = {_CIRCUMFLEX: "aeo", _BREVE: "a", _HORN: "ou"}[hat]
    places = [at for at, letter in enumerate(letters) if letter in wearers]
    if not places:
        return False
    if hat == _HORN and [letters[at] for at in places[-2:]] == ["u", "o"]:
        letters[places[-2]] += hat
    letters[places[-1]] += hat
    return True


def _composed(letters: list[str], tone: str) -> str | None:
    """The syllable, its tone on the vowel that carries it (old manner: "hòa", "thủy")."""
    vowels = [at for at, letter in enumerate(letters) if letter[0] in _VOWELS]
    if not vowels:
        return None
    if (
        letters[0] in ("q", "g")
        and len(vowels) > 1
        and letters[vowels[0]][0] == {"q": "u", "g": "i"}[letters[0]]
    ):
        vowels = vowels[1:]
    hatted = [at for at in vowels if len(letters[at]) > 1]
    closed = vowels[-1] < len(letters) - 1
    middle = vowels[-1] if closed or len(vowels) == 1 else vowels[len(vowels) - 2]
    carrier = hatted[-1] if hatted else middle
    letters[carrier] += tone
    return unicodedata.normalize("NFC", "".join(letters))
