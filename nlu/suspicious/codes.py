"""What a QR code or barcode holds: a link, a payment, goods, an identity card, or plain text."""

from __future__ import annotations

import re

import msgspec

from nlu.suspicious.barcodes import Gtin, gtin

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_BARE = re.compile(r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?:[:/?#]\S*)?", re.IGNORECASE)
_IDENTITY = re.compile(r"\d{12}\|(?:\d{9})?\|[^|]*\|\d{8}\|")
"""As the QR of a citizen card begins: number, old number, name, birthday."""
_ACCOUNT_FIELD = "38"
_AMOUNT_FIELD = "54"
_NAPAS = "A000000727"


class Payment(msgspec.Struct, frozen=True):
    """An order to pay. `amount` in VND where the code fixes it."""

    account: str
    amount: int | None = None


class Code(msgspec.Struct, frozen=True):
    """Exactly one is filled, but for plain `text`, which may be empty."""

    link: str | None = None
    payment: Payment | None = None
    goods: Gtin | None = None
    identity: bool = False
    text: str = ""


def read(held: str, *, goods: bool = False) -> Code:
    """`goods`: the symbol was a barcode as stands on goods."""
    held = held.strip()
    if goods and (number := gtin(held)) is not None:
        return Code(goods=number)
    if _IDENTITY.match(held):
        return Code(identity=True)
    if (payment := _payment(held)) is not None:
        return Code(payment=payment)
    found = _LINK.search(held)
    if found:
        return Code(link=found[0])
    return Code(link=held) if _BARE.fullmatch(held) else Code(text=held)


def _payment(held: str) -> Payment | None:
    """The receiving account of a payment code (EMV fields: two digits of name, two of length, the value)."""
    if not held.startswith("000201"):
        return None
    fields = _fields(held)
    service = _fields(fields.get(_ACCOUNT_FIELD, ""))
    if service.get("00") != _NAPAS:
        return None
    account = _fields(service.get("01", "")).get("01", "")
    if not re.fullmatch(r"[A-Za-z0-9]{4,19}", account):
        return None
    amount = fields.get(_AMOUNT_FIELD, "").partition(".")[0]
    return Payment(account, int(amount) if re.fullmatch(r"\d{1,13}", amount) else None)


def _fields(held: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    at = 0
    while at + 4 <= len(held) and held[at : at + 4].isascii() and held[at : at + 4].isdigit():
        size = int(held[at + 2 : at + 4])
        fields.setdefault(held[at : at + 2], held[at + 4 : at + 4 + size])
        at += 4 + size
    return fields
