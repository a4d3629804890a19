"""What nobody may keep: one-time codes, passwords, card numbers. Masked before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from nlu.steps.entities.found import Found
from nlu.steps.normalise import Message
from nlu.understanding import SECRET_ENTITIES, Entity

_LINK = (
    r"(?:\s|[:=\-,\"'(]|la|cua|em|e|toi|minh|nhan|no|lay|duoc|gui|ve|vua|moi|may|no|day|so|nay|ho|doc|cho|bao|is"
    r"|code|my|the|was|nhe|a|ne|this|vcb|mb|tcb|bidv|acb|cu|moi doi|hien tai|tk|tai khoan|ngan hang|app"
    r"|zalo|facebook|the atm|atm)"
)
_CODE_CUE = (
    r"\b(?:otp|o t p|ma otp|ma xac (?:nhan|thuc|minh)|ma bao mat|ma kich hoat|ma 6 so|ma pin|pin"
    r"|cvv2?|cvc|ma cvv|smart otp"
    r"|verification code|passcode|ma dang nhap|security code|ma so bi mat)\b"
)
_CODE = re.compile(
    rf"{_CODE_CUE}{_LINK}{{0,8}}(?<!\w)(\d(?:[ .-]?\d){{2,7}})(?![\w]|[.,]\d|\s?(?:k|tr|trieu|nghin|d"
    rf"|dong|mah|lan|phut|giay|so|ngay|gio|nguoi|chu so)\b)"
)
_CODE_BEFORE = re.compile(
    r"(?<!\w)(\d(?:[ .-]?\d){3,7})\s?(?:la|is|-|:)?\s?(?:ma otp|otp|ma xac (?:nhan|thuc|minh)|la ma)\b"
)
_PASSWORD = re.compile(
    r"\b(?:mat khau|mat ma|mk|pass|pas|password|mkhau|pw|passwd)\b(?:\s(?:la|cua em la|cua toi la"
    r"|cua minh la|e la|em la|toi la|is|cu la|moi la|wifi la|tk la|dang nhap la))?\s?(?:[:=]"
    r"|(?<=\bla)(?=\s)|(?<=\bis)(?=\s))\s?(\S{3,40})"
)
_PASSWORD_SHAPE = re.compile(
    r"\b(?:mat khau|mk|pass|password|mkhau"
    r"|pw)\b\s(?:\w+\s){0,2}?((?=\S*\d)(?=\S*[a-z])[a-z0-9@#$!%^&*._-]{5,40}|\d{4,12})(?!\w)"
)
_NAKED = re.compile(r"\bma(?: so)?(?: la)?\s?[:=]?\s?(\d{6})(?!\w|[.,/-]\d)")
_NAKED_NEEDS = re.compile(
    r"\botp\b|ma xac|doc ma|gui ma|ma (?:6|sau|4) so|ve may|ve dien thoai|nhap ma|tin nhan ma"
    r"|khong giao dich|so the"
)
_CODE_CUES = ("otp", "o t p", "ma ", "pin", "cv", "code")
_PASSWORD_CUE = re.compile("mat (?:k|ma)|mk|p(?:as|w)")
"""Without any of these there is no code, or password, to look for."""
_EXCUSED = re.compile(
    r"\d{1,2}|\d+(?:k|tr|cu|trieu|lan|ngay|phut|so|gio|h)\d*|(?:cho|va|roi|thi|de|nen|bi|khong|ai|gi"
    r"|cua|la|nua|moi|nao|ko|k)"
)


def find_secrets(message: Message) -> Iterator[Found]:
    """One-time codes, PIN, CVV and passwords as `otp`, card numbers as `card_number`."""
    folded = message.folded
    for pattern in _possible(message):
        for match in pattern.finditer(folded):
            start, end = match.span(1)
            end = start + len(match[1].rstrip(".,;:!?)\"'"))
            if end > start and not _EXCUSED.fullmatch(folded[start:end]):
                yield Found("otp", start, end, "")


def _possible(message: Message) -> Iterator[re.Pattern[str]]:
    folded = message.folded
    if _PASSWORD_CUE.search(folded):
        yield from (_PASSWORD, _PASSWORD_SHAPE)
    if message.has_digits:
        if any(cue in folded for cue in _CODE_CUES):
            yield from (_CODE, _CODE_BEFORE)
        if "ma" in folded and _NAKED_NEEDS.search(folded):
            yield _NAKED


def mask(text: str, entities: Sequence[Entity], labels: Mapping[str, str]) -> str:
    """`text` with every secret replaced by `labels[type]` (caller's words, in the caller's language)."""
    for entity in sorted(entities, key=lambda e: -e.start):
        if entity.type in SECRET_ENTITIES:
            text = text[: entity.start] + labels[entity.type] + text[entity.end :]
    return text


_PERSONAL = frozenset({"phone", "bank_account", "person_id", "email"})


def mask_personal(text: str, entities: Sequence[Entity]) -> str:
    """`text` with personal numbers and addresses half hidden, for transcripts: "0912345678" -> "09xxxxx678".

    Secrets are hidden whole, so that a forgotten `mask` leaks nothing.
    """
    for entity in sorted(entities, key=lambda e: -e.start):
        if entity.type in _PERSONAL or entity.type in SECRET_ENTITIES:
            hidden = _half_hidden(entity)
            text = text[: entity.start] + hidden + text[entity.end :]
    return text


def _half_hidden(entity: Entity) -> str:
    value = entity.value
    if entity.type in SECRET_ENTITIES:
        return "*" * 6
    if entity.type == "email":
        name, _, host = value.partition("@")
        return f"{name[:1]}***@{host}"
    digits = [i for i, char in enumerate(value) if char.isdigit()]
    shown = set(digits[:2] + digits[-3:]) if len(digits) > 6 else set(digits[-2:])
    return "".join("x" if char.isdigit() and i not in shown else char for i, char in enumerate(value))
