"""Web addresses taken apart, without opening anything: who is named in them, and what hides there."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from urllib.parse import unquote

import msgspec

from nlu.steps.fold import fold

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]{0,12}:/{1,3}", re.IGNORECASE)
_AUTHORITY_ENDS = re.compile(r"[/?#\\]")
_LABEL = re.compile(r"[^\s.]{1,63}")
_APK = re.compile(r"\.(?:apk|xapk|apks|ipa|exe|scr|mobileconfig)(?=$|[?#&/])", re.IGNORECASE)
_NUMBER = re.compile(r"(?:0x[0-9a-f]+|\d+)", re.IGNORECASE)

_VIETNAMESE = "com net org gov edu info name health ac biz pro int io id ai"
_ELSEWHERE = "co.uk com.au com.cn com.hk com.tw com.sg co.kr co.jp com.br co.in"
TWO_PART_ENDINGS = frozenset([*(f"{first}.vn" for first in _VIETNAMESE.split()), *_ELSEWHERE.split()])
"""Endings of which the part before belongs to the ending."""

_CONFUSABLE = str.maketrans(
    {
        "а": "a", "ɑ": "a", "α": "a", "ь": "b", "с": "c", "ϲ": "c", "ԁ": "d", "е": "e", "ё": "e", "є": "e",
        "ɡ": "g", "һ": "h", "і": "i", "ї": "i", "ı": "i", "ι": "i", "ј": "j", "к": "k", "κ": "k", "ӏ": "l",
        "ⅼ": "l", "м": "m", "п": "n", "ո": "n", "ν": "v", "о": "o", "ο": "o", "օ": "o", "р": "p", "ρ": "p",
        "ԛ": "q", "г": "r", "ѕ": "s", "т": "t", "τ": "t", "υ": "u", "ս": "u", "ѵ": "v", "ѡ": "w", "х": "x",
        "χ": "x", "у": "y", "γ": "y", "з": "z", "ᴢ": "z",
    }
)  # fmt: skip
"""Letters of other alphabets that look like ours."""

_DIGITS = str.maketrans("0134578", "oieastb")
_SHAPES = (("rn", "m"), ("vv", "w"), ("cl", "d"))


class Address(msgspec.Struct, frozen=True):
    """A web address in its parts. `host` is as a browser reads it, with punycode written out."""

    written: str
    host: str
    user: str = ""
    """What stands before an "@": a browser throws it away, people read it as the address."""
    path: str = ""
    foreign_letters: bool = False
    """The host holds letters of another alphabet, openly or as punycode."""

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.host.split("."))

    @property
    def ending(self) -> str:
        """What cannot be bought alone: "com", "com.vn"."""
        last_two = ".".join(self.labels[-2:])
        return last_two if last_two in TWO_PART_ENDINGS else self.labels[-1]

    @property
    def name(self) -> str:
        """The label that somebody bought: "vietcombank" of "a.vietcombank.com.vn"."""
        taken = self.ending.count(".") + 1
        return self.labels[-taken - 1] if len(self.labels) > taken else ""

    @property
    def domain(self) -> str:
        return f"{self.name}.{self.ending}" if self.name else self.host

    @property
    def number(self) -> bool:
        """The host is an IP address in any spelling that browsers take."""
        if _NUMBER.fullmatch(self.host) or all(_NUMBER.fullmatch(label) for label in self.labels):
            return True
        with suppress(ValueError):
            ipaddress.ip_address(self.host.strip("[]"))
            return True
        return False

    @property
    def file(self) -> bool:
        """It leads to a program to install."""
        return _APK.search(self.path) is not None


def address(written: str) -> Address | None:
    """None where there is no host in it."""
    rest = _SCHEME.sub("", written.strip().replace("\\", "/"), count=1)
    authority = _AUTHORITY_ENDS.split(rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    user, _, host = authority.rpartition("@")
    host = unquote(host).lower().rstrip(".")
    if not host.startswith("["):
        host = re.sub(r":\d*$", "", host)
    if not host or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return None
    shown = ".".join(_decoded(label) for label in host.split("."))
    foreign = not shown.isascii()
    return Address(written.strip(), shown, unquote(user), path, foreign)


def _decoded(label: str) -> str:
    """A label of punycode as it is shown."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").lower() or label
    except (UnicodeError, ValueError, OverflowError):
        return label


def latin(label: str) -> str:
    """The label with letters that only look like ours replaced, and without diacritics."""
    return fold(label.translate(_CONFUSABLE))


def skeletons(label: str) -> frozenset[str]:
    """What a hasty eye may read: "vietc0mbank" and "vietcornbank" are "vietcombank"."""
    plain = latin(label)
    read = {
        plain,
        plain.translate(_DIGITS),
        plain.translate(_DIGITS).replace("i", "l"),
        plain.replace("1", "l"),
    }
    for seen, meant in _SHAPES:
        read |= {one.replace(seen, meant) for one in read}
    return frozenset(read)
