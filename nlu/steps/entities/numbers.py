"""Long numbers: each is looked at once, with what stands beside it, and called one thing.

The order of the questions matters: a scammer's account must not vanish as a bank card, a medicine's number
and a citizen's have twelve digits both, and one card number in ten that passes Luhn is a barcode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
from stdnum import ean, luhn

from nlu.steps.entities.found import Found
from nlu.steps.normalise import Message
from nlu.understanding import EntityType

_RUN = re.compile(r"(?<![\w@/.,-])\(?\+?\d[\d]*\)?(?:[ .\-]{1,2}\(?\d+\)?)*(?![\w@])")
_GROUP = re.compile(r"\(?\+?\d+\)?")
_MOST_GROUPS = 8
_MOST_STARTS = 40
"""Nobody writes a number in more groups, and no list of more numbers is worth every combination."""
_BEFORE, _AFTER = 48, 24

_FILLER = (
    r"(?:\s|[:.,=>\-]|cua|no|la|nay|nguoi|nhan|ng|ben|ho|ban|lua|dao|so|ngan|hang|nh|minh|em|e|toi"
    r"|shop|vao|toi|den|cho"
    r"|bank|tk|thu|huong|ke|dang|nhan|tien|thi|nhe|a|ten|ghi|chinh|chu|moi|cu|sau|thang|chi|anh|day|sau day"
    r"|nguoi nhan|doi tac|bao|chuyen|khai|dung|gian|ke|o|tai|ben|va)"
)
_BANKS = (
    r"(?:[a-z]{2,9}bank|vcb|tcb|mb|mbb|bidv|acb|ocb|shb|vib|msb|vpb|tpb|hdb|stb|vtb|ctg|agri|lpb|momo"
    r"|viettinbank|eximbank|cake|timo)"
)
_ACCOUNT = re.compile(
    rf"\b(?:stk|so tk|s tk|so tai khoan|so tkhoan|tai khoan|tkhoan|tk|account(?: number| no)?"
    rf"|acc(?: no)?|a/c)\b(?:{_FILLER}|{_BANKS}){{0,10}}$"
)
_ACCOUNT_VERB = re.compile(
    rf"\b(?:ck|chuyen khoan|chuyen tien|chuyen|nap|gui tien|bank)\b(?: \w+)? (?:vao|toi|den|qua"
    rf"|cho)\b(?:{_FILLER}|{_BANKS}){{0,6}}$"
)
_BANK_BEFORE = re.compile(rf"\b{_BANKS}(?:\s(?:so|la|stk))?\s?[:.\-]?\s?$")
_BANK_AFTER = re.compile(rf"^\s?[,:.\-(]?\s?(?:(?:cua|nh|ngan hang|bank|tai|o|ben)\s)?{_BANKS}\b")
_PHONE_CUE = re.compile(
    r"\b(?:sdt|so dt|dt|dien thoai|so dien thoai|goi|zalo|lien he|lh|hotline|tong dai|phone|call"
    r"|so may|so la|dau so|alo|so)\b\W*(?:\w+\W+){0,2}$"
)
_PERSON_CUE = re.compile(
    r"\b(?:cccd|cmnd|cmt|can cuoc|cmtnd|chung minh|dinh danh|so dinh danh|id card"
    r"|passport)\b[^.?!\n\d]{0,24}$"
)
_REGISTRATION_CUE = re.compile(
    r"\b(?:sdk|so dang ky|so dk|so luu hanh|gplh|dang ky|so cap phep|registration|thuoc|hop|vi"
    r"|vien)\b[^?!\n\d]{0,36}$"
)
_BARCODE_CUE = re.compile(
    r"\b(?:ma vach|barcode|ma so vach|ean|quet ma|vach|ma sp|ma san pham|gtin)\b[^?!\n\d]{0,30}$"
)
_CARD_CUE = re.compile(r"\b(?:so the|the|card|visa|mastercard|atm|napas|the tin dung)\b[^?!\n\d]{0,24}$")
_ORDER_CUE = re.compile(
    r"\b(?:mvd|mdh|ma (?:don|van don|dh|don hang|gd|giao dich|don dat|ship)|van don|don hang|don"
    r"|order|bill|dh)\b[^?!,\n\d]{0,20}$"
)
_UNIT_AFTER = re.compile(
    r"^\s?(?:d\b|dong|vnd|k\b|tr\b|trieu|nghin|ngan(?! hang)|cu\b|ty\b|usd|\$|%|kg|g\b|ml|l\b|lit|m2|km|nguoi"
    r"|ngay|thang|nam\b|gio|h\b|phut|tuoi|cai|hop|chai|lan|/)"
)
_TAKEN_MONEY = re.compile(r"\b(?:tru|mat|rut|tru mat|het|gia|phi|so tien|bay|cuoc)\s?$")

_OLD_MOBILE = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078", "0123": "083", "0124": "084",
    "0125": "085", "0127": "081", "0129": "082", "0162": "032", "0163": "033", "0164": "034", "0165": "035",
    "0166": "036", "0167": "037", "0168": "038", "0169": "039", "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
"""Eleven-digit mobile prefixes before September 2018 and what became of them."""


@lru_cache(maxsize=4096)
def national_phone(digits: str) -> str | None:
    """`digits` (with or without +84) as a national number of Viet Nam; None when it is none."""
    digits = re.sub(r"[^\d+]", "", digits)
    if digits.startswith(("+84", "0084")) or (digits.startswith("84") and len(digits) in (11, 12)):
        digits = "0" + re.sub(r"^(?:\+84|0084|84)0?", "", digits)
    if digits[:4] in _OLD_MOBILE and len(digits) == 11:
        digits = _OLD_MOBILE[digits[:4]] + digits[4:]
    if not re.fullmatch(r"0\d{9,10}|1[89]00\d{4,6}", digits):
        return None
    number = phonenumbers.PhoneNumber(country_code=84, national_number=int(digits), italian_leading_zero=None)
    return digits if phonenumbers.is_valid_number(number) or digits.startswith(("18", "19")) else None


def foreign_phone(digits: str) -> bool:
    """A number written with + and the code of another country."""
    if not digits.startswith("+") or digits.startswith("+84") or not 9 <= len(digits) <= 16:
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(digits))
    except phonenumbers.NumberParseException:
        return False


def is_card(digits: str) -> bool:
    """A payment card's number: a prefix that is in use here, its length, and Luhn."""
    fits = (
        (digits.startswith("9704") and len(digits) in (16, 19))
        or (digits[0] in "45" and len(digits) == 16)
        or (digits.startswith(("34", "37")) and len(digits) == 15)
        or (digits.startswith(("35", "62", "22", "23", "24", "25", "26", "27")) and len(digits) == 16)
    )
    return fits and bool(luhn.is_valid(digits))


def find_numbers(message: Message) -> Iterator[Found]:
    """Phones, accounts, cards, person ids, barcodes, registration numbers and bare order codes."""
    folded = message.folded
    if not message.has_digits:
        return
    for run in _RUN.finditer(folded):
        groups = [(run.start() + m.start(), run.start() + m.end()) for m in _GROUP.finditer(run[0])]
        index = 0
        while index < len(groups):
            step = 1
            width = _MOST_GROUPS if index < _MOST_STARTS else 1
            for last in range(min(index + width, len(groups)) - 1, index - 1, -1):
                start, end = groups[index][0], groups[last][1]
                if found := _name(folded, start, end):
                    yield found
                    step = last - index + 1
                    break
            index += step


def _name(folded: str, start: int, end: int) -> Found | None:
    written = folded[start:end]
    digits = re.sub(r"\D", "", written)
    if not 6 <= len(digits) <= 19 or written.count("(") != written.count(")"):
        return None
    before, after = folded[max(0, start - _BEFORE) : start], folded[end : end + _AFTER]
    kind = _kind(digits, written, before, after)
    if kind is None:
        return None
    normal = (national_phone(written) or written) if kind == "phone" else digits
    return Found(kind, start, end, normal)


def _kind(digits: str, written: str, before: str, after: str) -> EntityType | None:
    size = len(digits)
    if _ACCOUNT.search(before) and _is_account(written, after):
        return "bank_account"
    told = digits.startswith("9704") and size in (16, 19) and _CARD_CUE.search(before)
    if (told or is_card(digits)) and not _BARCODE_CUE.search(before):
        return "card_number"
    if size in (9, 12) and _PERSON_CUE.search(before):
        return "person_id"
    phone = national_phone(written) is not None or foreign_phone(re.sub(r"[^\d+]", "", written))
    if phone and _PHONE_CUE.search(before):
        return "phone"
    if _accountable(digits, before, after) and _is_account(written, after):
        return "bank_account"
    if _ORDER_CUE.search(before) and size >= 6 and not _UNIT_AFTER.search(after) and "." not in written:
        return "order_code"
    return "phone" if phone else _by_shape(digits, written, before)


def _by_shape(digits: str, written: str, before: str) -> EntityType | None:
    size = len(digits)
    if "." in written:
        return None
    told = size in (8, 12, 13, 14) and _BARCODE_CUE.search(before)
    if told or (size == 13 and (digits.startswith("893") or ean.is_valid(digits))):
        return "barcode"
    if size == 12 and (digits.startswith("893") or (_REGISTRATION_CUE.search(before) and digits[0] != "0")):
        return "registration_number"
    if size == 12 and digits[0] == "0" and digits[3] in "0123":
        return "person_id"
    return None


def _accountable(digits: str, before: str, after: str) -> bool:
    """Money was sent "to" this number, or a bank's name stands right beside it."""
    if len(digits) < 8:
        return False
    return bool(_ACCOUNT_VERB.search(before) or _BANK_BEFORE.search(before) or _BANK_AFTER.search(after))


def _is_account(written: str, after: str) -> bool:
    return not (_UNIT_AFTER.search(after) or re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", written))
