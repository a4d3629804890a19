"""What an amount in a story is: money that was lost or paid, or that was only promised, asked for, left.

Told by the words of its own clause, on folded text; where a cue has diacritics they must be its own. What no
word settles stays open, and is asked.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from nlu.steps.fold import fold, kept
from nlu.understanding import Entity

Role = Literal["paid", "promised", "rate", "untold"]
"""`promised`: a gift, a reward, a refund, a balance, or a payment that did not happen; `rate`: a price for
each day or each kilogram, which is not what was paid in all."""

_NEAR, _FAR, _WITHIN = 4, 7, 4
"""Words: between a cue and its amount; between a verb and what says that it has not happened."""
_BREAK = re.compile(
    r"[.;!?\n:](?=\s|$)|,(?=\s)"
    r"|\b(?:nhung|ma|roi|(?<!co )(?<!khong )nen|the la|vay la|sau do|hoa ra|but|then)\b"
)
"""Where another thing begins to be told."""
_NOUN_NEXT = r"(?! xa| hang| na| bang| ong| kinh| tien| day| dat| cat| mon)"
_PAID_FAR = re.compile(
    rf"\b(?P<cue>(?<!tien )(?<!be )mat{_NOUN_NEXT}|chuyen(?! di| do| bay| xe| tour| nay| vien| nha| den| gia)"
    r"|ck|mua(?! he| dong| dich| vu| thi| tet| mua| le| nay| nang| bao(?! hiem))"
    r"|(?<!ao )(?<!khan )(?<!vai )(?<!gao )(?<!ban )(?<!thoc )lua|thanh toan|dat coc|bi tru|bi rut|thiet hai"
    r"|paid|lost|sent|transferred|charged|deducted|debited|bought|stole|scammed|cheated|spent|deposited|wired"
    r"|cost)\b"
)
_PAID_NEAR = re.compile(
    r"\b(?P<cue>tra(?! lai| loi| hang| cuu| gop| cham| sua)|dong(?! ho| y| goi| cua| thoi| vat| bo)|nop|nap"
    r"|coc|tru|tinh|thu(?! nhap| \d)|lay(?! lai)|chem|quet|dua|cuop|boc hoi|bo ra|took|takes)\b"
)
_PAID_NEXT = re.compile(r"\b(?P<cue>het|ton|(?<!may )bay(?: mat)?|gui(?: cho)?(?: no| ho)?|bill|tong)\b")
"""These count only right before the amount."""
_PAID_AFTER = re.compile(
    r"\W*(?:(?:bi|da|vua|cung|deu|i|we|she|he) )*"
    r"(?:tru|mat|bay|boc hoi|tien (?:dat )?coc|coc|paid|sent|lost|transferred)\b"
)
_PROMISED = re.compile(
    r"\b(?P<cue>(?<!bao )tang(?! \d| tren| duoi| tret| ham| lau| len| gap| gia| tu| chieu| le|$)"
    r"|(?<!binh )(?<!bi )(?<!di )(?<!xem )thuong(?! hieu| mai| gia| xuyen| luong| ngay| tin| nien| truc)"
    r"|(?:nhan|phan|goi|phat|mon) qua|qua (?:tet|tang|tri an|sinh nhat|khuyen mai|trung thu)|tri an|hua"
    r"|hoan(?! toan| thanh| thien| canh| hao)|nhan (?:duoc|ve|lai|thuong|tien|luong|luon|ngay)"
    r"|duoc (?:cho|nhan|giam|chia|vay|duyet|ho tro|tra|den)|cam ket|ho tro|tro cap|giai ngan|han muc|so du"
    r"|trung (?:thuong|giai|qua|doc dac|xo so|xe|dien thoai|iphone|voucher|so)|thu nhap|loi nhuan"
    r"|tien lai|lai suat|sinh loi|khuyen mai|uu dai|voucher|coupon|ma giam|tien luong"
    r"|luong (?:thang|cao|ngay)|promis\w+|gifts?|prizes?|rewards?|won|wins?|bonus|refund\w*|balance|discount"
    r"|salary|loan|borrow\w*)\b"
)
_PERHAPS = re.compile(
    r"\b(?P<cue>giam(?! doc| sat| dinh| can)|luong|lai|(?<!tin )nhan(?! hang| vien| don)"
    r"|(?<!mua )(?<!cai )(?<!chiec )(?<!chan )(?<!nhu )(?<!bo )vay"
    r"|quang cao|niem yet|bao gia|rao|chao ban|bang (?:gia|ghi)|gia goc|tri gia|gia tri|offer\w*|wants?"
    r"|demand\w*|ask(?:s|ed|ing)?|advertised|listed|instead|supposed)\b(?:\W+\w+){0,3}\W*$"
)
"""Close before an amount these leave open whose it is."""
_OWN_NEXT = re.compile(
    r"\b(?:(?P<left>con)(?: lai| co| hon| khoang| gan| dung)?|duoc(?: luon| ngay| them| toi| den)?) ?$"
)
_PROMISED_AFTER = re.compile(
    r"\W*(?:vnd |dong )?(?:tien (?:thuong|lai|luong)|qua tang|hoan (?:lai|tien)|khuyen mai|voucher"
    r"|phan thuong|gift|prize|reward|bonus|refund)\b"
)
_UNIT = (
    "thang|ngay|gio|nam|tuan|buoi|so|so dien|khoi|kwh|kg|ki|ky|can|lang|yen|ta|km|m2|m|met|lit|cai|chiec"
    "|trang|month|week|day|hour|kilo"
)
_EACH = re.compile(rf"(?:\b(?:moi|hang|tung)(?: lan| khi)? (?:{_UNIT}) ?$)")
_EACH_AFTER = re.compile(rf"\W*(?:dong |vnd |d )?(?:mot|moi|1|/|a|per|each)\W*(?:{_UNIT})\b")
_ONCE_AFTER = re.compile(r"\W*(?:mot|moi|1|/)\W*(?:luot|don|bai|video|like)\b")
_UNDONE = re.compile(
    r"\b(?:(?:khong|ko|k|chua|dung|never|not|n't)(?: (?:kip|dam|he|co|bi|phai|muon|chiu|them|dong y|ai|yet))*"
    r"|suyt(?: nua| ti| thi| toi| em| chau| minh| bi| da)*|almost|nearly"
    r"|(?:tinh|(?<!gia )(?<!quy )dinh|sap|chuan bi|toan|about to|going to))$"
)
_WISHED = re.compile(
    r"\b(?:bat(?! ngo| dau)|bao(?! hiem| hanh| nhieu)|keu|yeu cau|doi(?! lai)|ep|ga (?:gam|mua)|ru|nho|giuc"
    r"|huong dan|de nghi|phai|can(?! ho| cuoc| bo)|muon|co nen|khong nen|neu|se|de|du|told|asked"
    rf"|want(?:s|ed)?|have to|must|if|should|would)\b(?:\W+\w+){{0,{_WITHIN}}}\W*$"
)
_DONE = re.compile(
    r"\b(?:da|vua|moi|lo)(?: \w+)? (?:chuyen|ck|nap|nop|dong|coc|tra|gui)\b"
    r"|(?<!chua )(?<!khong )\b(?:chuyen|ck|nap|nop|dong|coc|tra|gui)(?: tien)? (?:roi|xong)\b(?! moi)"
)
"""What was asked for was done after all: "told me to send 50 million, I have just sent it"."""
_PRESSED = re.compile(r"\bep(?: (?:toi|em|minh|chau|me|bo|ba|ong|co|bac))*$")
"""Who says that they were pressed to buy has bought."""
_THEIRS = re.compile(
    r"\b(?:ho|no|app|shop|san|cong ty|cty|ben (?:do|kia|ban)|khach|nguoi (?:ta|la)|ng ta|ngta|they)"
    r"(?: (?:da|moi|vua|chi|co|lai|cung|nham|have|had))*$"
)
"""Who pays is not the one who complains."""
_TO_ME = re.compile(
    r"\b(?:cho|ve|vao)(?: tk| tai khoan| so tai khoan)?(?: cua)? (?:toi|minh|tui|em|e|chau)\b"
    r"(?! gai| trai| ho)|\bto (?:me|us|my)\b"
)
_GONE = frozenset({"mat", "bay", "bay mat", "tru", "bi tru", "lua", "lost", "stole", "deducted", "debited"})
_GONE_NEXT = re.compile(r"\b(?:mat|bay|tru|lua|lost|stole|deducted|debited)(?: \w+)? ?$")
"""Lost right here, whatever was promised before: "the link of the gift took 4 million"."""
_GIVES = frozenset({"tra", "chuyen", "ck", "gui", "gui cho", "sent", "transferred", "paid"})
_SPELLINGS = {
    "mat": {"ma\u0302\u0301t"}, "chuyen": {"chuye\u0302\u0309n"}, "tra": {"tra\u0309"}, "mua": {"mua"},
    "lua": {"lu\u031b\u0300a"}, "dong": {"\u0111o\u0301ng"}, "thu": {"thu"}, "lay": {"la\u0302\u0301y"},
    "tinh": {"ti\u0301nh"}, "tang": {"ta\u0323\u0306ng", "ta\u0306ng"}, "vay": {"vay"},
    "thuong": {"thu\u031bo\u031b\u0309ng"}, "hua": {"hu\u031b\u0301a"}, "con": {"co\u0300n"},
    "lai": {"la\u0303i"}, "dua": {"\u0111u\u031ba"}, "ton": {"to\u0302\u0301n"}, "tong": {"to\u0302\u0309ng"},
    "bay": {"bay"}, "coc": {"co\u0323c"}, "nhan": {"nha\u0323\u0302n"},
}  # fmt: skip
"""How a cue that is also another word is written, taken apart. Without any mark it may be either."""


def role(text: str, entity: Entity) -> Role:
    """What the amount `entity` of `text` is."""
    written, start, end = _placed(text, entity)
    folded = fold(written)
    breaks = list(_BREAK.finditer(folded, 0, start))
    first = breaks[-1].end() if breaks else 0
    before, after = folded[first:start], folded[end : end + 40]
    said = written[first:start]
    paid = _paid(before, after, said)
    lost = paid is not None and paid[0] in _GONE
    if _own(before, after, said) and not (lost and _GONE_NEXT.search(before)):
        return "promised"
    if _EACH_AFTER.match(after) or _EACH.search(before):
        return "rate"
    if paid is None or _ONCE_AFTER.match(after) or _told(_PERHAPS, before, said):
        return "untold"
    cue, until = paid
    if _UNDONE.search(until):
        return "promised"
    bought = cue == "mua" and _PRESSED.search(until)
    wished = _WISHED.search(until) and not (bought or _DONE.search(folded, end))
    received = cue in _GIVES and (_THEIRS.search(until) or _TO_ME.search(before))
    return "untold" if wished or received else "paid"


def _placed(text: str, entity: Entity) -> tuple[str, int, int]:
    """The text as long as its folding, and where the amount stands in it."""
    offsets = kept(text)
    if len(offsets) == len(text):
        return text, entity.start, entity.end
    start = sum(offset < entity.start for offset in offsets)
    end = sum(offset < entity.end for offset in offsets)
    return fold(text), start, end


def _own(before: str, after: str, said: str) -> bool:
    next_to = _OWN_NEXT.search(before)
    if next_to and (next_to["left"] is None or _spelt(said, next_to.start("left"), "con")):
        return True
    return _told(_PROMISED, before, said) is not None or _PROMISED_AFTER.match(after) is not None


def _paid(before: str, after: str, said: str) -> tuple[str, str] | None:
    """The nearest word of paying or losing, and what stands before it in its clause."""
    for pattern, most in ((_PAID_NEXT, 1), (_PAID_NEAR, _NEAR), (_PAID_FAR, _FAR)):
        found = _told(pattern, before, said)
        if found and len(before[found.end() :].split()) <= most:
            return found["cue"], before[: found.start()].rstrip()
    return ("", before.rstrip()) if _PAID_AFTER.match(after) else None


def _told(pattern: re.Pattern[str], before: str, said: str) -> re.Match[str] | None:
    """The last place that matches and is spelt as meant."""
    found = [match for match in pattern.finditer(before) if _spelt(said, match.start("cue"), match["cue"])]
    return found[-1] if found else None


def _spelt(said: str, start: int, cue: str) -> bool:
    word = cue.split(maxsplit=1)[0]
    written = unicodedata.normalize("NFD", said[start : start + len(word)].lower())
    return word not in _SPELLINGS or written == word or written in _nfd(_SPELLINGS[word])


def _nfd(spellings: set[str]) -> set[str]:
    return {unicodedata.normalize("NFD", spelling) for spelling in spellings}
