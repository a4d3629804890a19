"""Codes that are more than a number: tickets, orders, registrations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.steps.entities.found import Found
from nlu.steps.normalise import Message

_TICKET = re.compile(r"(?<!\w)(hy|tn)(?:\s?-\s?|\s?)(2\d|3\d)(?:(?:\s?-\s?|\s)(\d{1,6})|(\d{6}))(?![\w-])")
_ASKS_FOR_TICKET = re.compile(r"\bma\b|phan anh|ho so|tra cuu|khieu nai|code")

# Medicines before 2023 (prefix-number-year), cosmetics (number/year/CBMP-place), food, devices.
_REGISTRATION = re.compile(
    r"(?<![\w/-])(?:"
    r"(?:vd|vn|vs|vx|gc|qldb|qlsp|sp|vnb|vna|hd|nc)\d?\s?-\s?(?:h\d{2}\s?-\s?)?\d{1,6}\s?-\s?\d{2}"
    r"|\d{1,8}/\d{2,4}/cbmp\s?-\s?[a-z]{2,5}"
    r"|\d{1,8}/\d{4}/(?:dksp|dkcb|attp|ycdk|tcb|tcbsp|xncb|qlatt?p|tccs)(?:-[a-z]{2,5})?"
    r"|\d{4,9}\s?/?\s?(?:dklh|pcbb|pcba|pcbsx|cbhc)\s?[/-]\s?[a-z]{2,4}(?:-[a-z]{2,5})?"
    r")(?![\w/-])"
)
_DECLARED = re.compile(
    r"(?:cong bo|tu cong bo|so tcb|giay phep|gpqc|xnqc)\D{0,20}?(?<![\w/])"
    r"(\d{1,6}/[a-z0-9][a-z0-9&. -]{0,20}/\d{4}|\d{1,6}/\d{4}/[a-z][a-z-]{1,12})(?![\w/-])"
)
_CARRIER = re.compile(
    r"(?<!\w)(?:spx(?:vn)?\d{8,16}|(?:ghn|vtp|jt|vne|best|nvs|ghtk|lzd|vnp)[a-z]{0,4}\d{6,15}[a-z]{0,3}"
    r"|s\d{6,9}\.[\w.]{4,30}|[a-z]{2}\d{9}vn|(?=\d*[a-z])2[0-9]{5}[a-z0-9]{8})(?!\w)"
)
_ORDER = re.compile(
    r"(?<!\w)(?:mvd|mdh|ma (?:van don|don hang|don|giao dich|gd|ship)|van don|don hang|don(?: so)?|dh"
    r"|order(?: code| id| number| no)?|bill|so don)"
    r"(?: (?:hang|so|la|cua|em|e|toi|minh|nay|shopee|lazada|tiktok|tiki|sendo|shop|spx|ghtk|ghn|vtp))*"
    r"\s?[:#.\-]?\s?#?((?=[a-z-]{0,8}\d)[a-z0-9][a-z0-9_-]{4,29})(?!\w)"
)
_NOT_CODE = re.compile(
    r"\d+(?:k|tr|cu|trieu|nghin|ngan|d|dong|vnd|ngay|thang|gio|phut|nguoi|kg|cai|hop|lan)\d*|\d{1,5}"
    r"|[12]\d{3}"
)


_LETTERED = re.compile(
    r"(?<!\w)(?:ma(?: dat(?: phong| hang| cho| ve)?| giam gia| booking| tra cuu)?|voucher(?: number)?"
    r"|booking(?: code| id| number)?|don)(?: la| so)?\s?[:#]?\s?([a-z]{1,6}-?\d{3,12})(?!\w)"
)


def find_tickets(message: Message) -> Iterator[Found]:
    folded = message.folded
    if "hy" not in folded and "tn" not in folded:
        return
    for match in _TICKET.finditer(folded):
        number = match[3] or match[4]
        if len(number) >= 3 or _ASKS_FOR_TICKET.search(folded):
            yield Found("ticket_code", *match.span(), f"{match[1].upper()}-{match[2]}-{int(number):06d}")


def find_registrations(message: Message) -> Iterator[Found]:
    folded = message.folded
    if "-" not in folded and "/" not in folded:
        return
    for match in _REGISTRATION.finditer(folded):
        yield Found("registration_number", *match.span(), match[0].replace(" ", "").upper())
    for match in _DECLARED.finditer(folded):
        yield Found("registration_number", *match.span(1), match[1].replace(" ", "").upper())


def find_orders(message: Message) -> Iterator[Found]:
    folded = message.folded
    if not message.has_digits or not any(digit in folded for digit in "0123456789"):
        return
    for match in _CARRIER.finditer(folded):
        yield Found("order_code", *match.span(), match[0].upper())
    for match in _ORDER.finditer(folded):
        if not _NOT_CODE.fullmatch(match[1]):
            yield Found("order_code", *match.span(1), match[1].upper())
    for match in _LETTERED.finditer(folded):
        yield Found("order_code", *match.span(1), match[1].upper())
