"""Which number of a list was meant: "2", "2.", "số 2", "chọn 3", "cái thứ hai", "2 nhé", "the second one".

Only for channels that write numbers before their choices. What else may follow a number makes it an answer
of its own: "2 người" are two people, "thứ hai" alone is a Monday.
"""

from __future__ import annotations

import re

from nlu.steps.fold import fold

_WORDS = {
    "mot": 1, "nhat": 1, "dau": 1, "dau tien": 1, "hai": 2, "nhi": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5,
    "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
}  # fmt: skip

_LONGEST = 200
"""Characters; a line of a list with its label is shorter."""

_DIGITS = r"(?P<digits>\d{1,2})"
_WORD = rf"(?P<word>{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_POLITE = r"(?:(?:da|vang|u|ok|oke|roi)[ ,]+)?"
_WHO = r"(?:(?:toi|minh|em|anh|chi|chau|con|i|i'll|ill) )?"
_KIND = r"(?:cai|muc|y|phuong an|lua chon|dong|cau|viec|loai|option|choice|item)"
_PICK = r"(?:chon|lay|bam|cho (?:toi|minh|em)|choose|pick|take|select)"
_CLOSE = r"(?:[ ,]*(?:nhe|nha|nhen|a|ah|di|thoi|please|pls)(?: (?:ban|em|anh|chi|ad|shop))?){0,2}"

_FORMS = tuple(
    re.compile(rf"{_POLITE}{form}{_CLOSE}")
    for form in (
        rf"[(\[]?{_DIGITS}[)\].:]?",
        rf"(?:{_WHO}{_PICK} )?(?:{_KIND} )?(?:so|number|no\.?|#) ?(?:{_DIGITS}|{_WORD})",
        rf"{_WHO}{_PICK} (?:{_KIND} )?(?:thu )?(?:{_DIGITS}|{_WORD})",
        rf"(?:{_WHO}{_PICK} )?{_KIND} (?:thu )?(?:{_DIGITS}|{_WORD})",
        rf"(?:{_WHO}{_PICK} )?(?:the )?{_WORD} (?:one|option|choice)",
    )
)
_LABELLED = re.compile(r"[(\[]?(?P<digits>\d{1,2})[)\].:\- ]+(?P<label>\S.*)")


def number_meant(text: str, labels: tuple[str, ...]) -> int | None:
    """The number, from 1 to as many as there are labels; None where the text is no choice among them."""
    if len(text) > _LONGEST:
        return None
    said = " ".join(fold(text).split()).strip(" .!")
    number = _said(said) or _copied(said, labels)
    return number if number is not None and 1 <= number <= len(labels) else None


def _said(said: str) -> int | None:
    for form in _FORMS:
        found = form.fullmatch(said)
        if found:
            groups = found.groupdict()
            digits = groups.get("digits")
            return int(digits) if digits else _WORDS[groups["word"]]
    return None


def _copied(said: str, labels: tuple[str, ...]) -> int | None:
    """A line of the list as it stands there: "2. Gặp cán bộ"."""
    found = _LABELLED.fullmatch(said)
    if found is None or not 1 <= int(found["digits"]) <= len(labels):
        return None
    label = " ".join(fold(labels[int(found["digits"]) - 1]).split()).strip(" .!")
    return int(found["digits"]) if found["label"].strip() == label else None
