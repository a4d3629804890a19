"""Which format of `content/registrations.yml` a registration number has."""

from __future__ import annotations

import re

from nlu.steps.fold import fold

_FORMATS = {
    "medicine_new": re.compile(r"\d{12}"),
    "medicine_old": re.compile(r"(?:vd|vn|vs|vx|gc|qldb|qlsp|sp)\d?-(?:h\d{2}-)?\d{1,6}-\d{2}"),
    "cosmetics": re.compile(r"\d{1,8}/\d{2,4}/cbmp-[a-z]{2,5}"),
    "functional_food": re.compile(r"\d{1,8}/\d{2,4}/(?:dksp|dkcb|attp|xncb|tcb|tcbsp)(?:-[a-z]{2,5})?"),
}


def format_of(written: str) -> str | None:
    """The key of its format; None for a form that we know nothing of, which does not make it false."""
    plain = re.sub(r"\s", "", fold(written))
    return next((key for key, pattern in _FORMATS.items() if pattern.fullmatch(plain)), None)
