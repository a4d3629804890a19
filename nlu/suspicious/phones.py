"""What kind of number a telephone number is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from content.schema import Bank, Hotline

Kind = Literal["mobile", "fixed", "service", "foreign"]


class Phone(msgspec.Struct, frozen=True):
    """`number` is national digits, or with + and the country. `known` names whose number of ours it is."""

    number: str
    kind: Kind
    known: str | None = None


def look(normal: str, numbers: Mapping[str, str]) -> Phone:
    """`normal` as entities have it; `numbers`: digits -> whose they are, of those that may be shown."""
    if normal.startswith("+"):
        return Phone(re.sub(r"[^\d+]", "", normal), "foreign")
    digits = re.sub(r"\D", "", normal)
    if digits.startswith(("1800", "1900")):
        return Phone(digits, "service", numbers.get(digits))
    return Phone(digits, "fixed" if digits.startswith("02") else "mobile", numbers.get(digits))


def known_numbers(hotlines: Mapping[str, Hotline], banks: Mapping[str, Bank]) -> dict[str, str]:
    """Digits -> name, of every number that may be shown."""
    shown = {re.sub(r"\D", "", one.number): one.name.vi for one in hotlines.values() if one.show}
    return shown | {
        re.sub(r"\D", "", bank.number): bank.name for bank in banks.values() if bank.show and bank.number
    }
