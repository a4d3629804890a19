"""Barcodes of goods (GTIN-8, -12, -13, -14): the check digit, and what their first digits tell."""

from __future__ import annotations

import re

import msgspec

VIETNAM = "893"
"""Issued by GS1 Viet Nam: says where the code was issued, not where the goods were made (playbooks P6)."""
_LENGTHS = (8, 12, 13, 14)


class Gtin(msgspec.Struct, frozen=True):
    digits: str
    right: bool
    """The check digit fits the others."""
    prefix: str | None
    """Three digits of whoever issued it; None for a short code, which has none to show."""


def gtin(written: str) -> Gtin | None:
    """None where it is no number of a barcode's length."""
    digits = re.sub(r"[\s.-]", "", written)
    if not (digits.isascii() and digits.isdigit() and len(digits) in _LENGTHS):
        return None
    full = digits.zfill(14)
    return Gtin(digits, check_digit(full[:-1]) == int(full[-1]), None if len(digits) == 8 else full[1:4])


def check_digit(body: str) -> int:
    """Of the digits before it, weighed 3 and 1 from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -total % 10
