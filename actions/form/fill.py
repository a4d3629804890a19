"""What one message fills in: the answer to the question asked, and whatever else it tells on the way."""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from actions.contract import Form, Turn
from actions.places import communes_in
from content.schema import Slot, SlotKind
from nlu import answers
from nlu.phrases import contains, is_only, opens, without
from nlu.understanding import Entity, EntityType

SLOTS_OF: dict[EntityType, tuple[str, ...]] = {
    "money": ("money",),
    "phone": ("phone", "contact_phone"),
    "date": ("date",),
    "bank": ("bank",),
    "bank_account": ("bank_account",),
    "url": ("url",),
    "order_code": ("order_code",),
    "registration_number": ("registration_number",),
    "barcode": ("barcode",),
    "product": ("product",),
    "seller": ("seller",),
}
"""Which slots an entity may fill, best first."""

_ONE_OF_A_KIND: frozenset[EntityType] = frozenset({"money", "date", "phone", "bank_account"})

_CODE = re.compile(r"[\w./-]{3,}")


class Filled(msgspec.Struct):
    """`problem` is the key of a sentence that says what could not be read; `communes` are the codes to choose
    from where a place name is ambiguous."""

    new: list[str] = []
    changed: list[str] = []
    problem: str | None = None
    communes: list[str] = []


def skips(turn: Turn, form: Form) -> bool:
    """The person will not or cannot answer this question."""
    phrases = turn.catalog.phrases["skip"]
    if is_only(turn.text, phrases):
        return True
    short = len(turn.text.split()) <= 6
    return short and form.asked != "what_happened" and contains(turn.text, phrases)


def start(turn: Turn, form: Form) -> Filled:
    """Fills a new form with what the first sentence told already."""
    filled = Filled()
    if turn.understanding.act == "report" or turn.forwarded:
        put(form, "what_happened", turn.text, turn.text, filled)
    from_entities(turn, form, filled, correcting=False)
    return filled


def answer(turn: Turn, form: Form) -> Filled:
    """Fills in what this message says: corrections, other answers on the way, and the answer asked for."""
    filled = Filled()
    correcting = corrects(turn)
    before = dict(form.slots)
    from_entities(turn, form, filled, correcting)
    asked = form.asked
    if asked is None or asked in filled.new or asked in filled.changed:
        return filled
    if correcting and filled.changed:
        return filled
    if (filled.new or filled.changed) and _says_nothing_else(turn):
        return filled
    _answer_asked(turn, form, asked, filled)
    if asked in before and asked in form.slots and form.slots[asked] != before[asked]:
        filled.changed.append(asked)
    return filled


def corrects(turn: Turn) -> bool:
    return opens(turn.text, turn.catalog.phrases["correction"])


def from_entities(turn: Turn, form: Form, filled: Filled, correcting: bool) -> None:
    """Puts every entity of the message where it belongs; what stands already changes only by a correction.

    Of several amounts, days or numbers none is taken, for the wrong one would be filed silently; in a
    correction the last one counts ("not 5 but 3 million").
    """
    entities = turn.understanding.entities
    for entity in entities:
        values = {other.normal for other in entities if other.type == entity.type}
        if entity.type in _ONE_OF_A_KIND and len(values) > 1 and not correcting:
            continue
        if entity.type == "commune":
            _commune(turn, form, [entity], filled, correcting)
            continue
        slot = _slot_for(turn, form, entity, correcting)
        if slot is not None and entity.normal:
            if slot == "date" and _in_future(entity.normal, turn.today):
                filled.problem = "form.future_date"
                continue
            shown = entity.value if entity.type in ("product", "seller") else entity.normal
            put(form, slot, shown, entity.value, filled)


def put(form: Form, slot: str, normal: str, said: str, filled: Filled) -> None:
    if form.slots.get(slot) == normal:
        return
    (filled.changed if slot in form.slots else filled.new).append(slot)
    form.slots[slot] = normal
    form.said[slot] = said
    if slot in form.skipped:
        form.skipped.remove(slot)


def _slot_for(turn: Turn, form: Form, entity: Entity, correcting: bool) -> str | None:
    steps = {step.slot for step in turn.catalog.topics[form.topic].form}
    candidates = SLOTS_OF.get(entity.type, ())
    if entity.type in ("product", "seller") and asks_free_text(turn, form):
        return None  # a free answer may hold any name: it is taken whole
    if form.asked in candidates:
        return form.asked
    asked_in_form = [slot for slot in candidates if slot in steps] or list(candidates[:1])
    for slot in asked_in_form:
        if slot not in form.slots or correcting:
            return slot
    return None


def asks_free_text(turn: Turn, form: Form) -> bool:
    """The open question takes any words as its answer."""
    slot = turn.catalog.slots.get(form.asked or "")
    return slot is not None and slot.kind is SlotKind.TEXT


def _commune(turn: Turn, form: Form, entities: list[Entity], filled: Filled, correcting: bool) -> None:
    """A place: the residence where it was asked for or nothing is known yet; else where it happened."""
    known = turn.catalog.commune_by_code
    codes = [code for code in communes_in(tuple(entities)) if code in known]
    if form.asked != "commune" and form.commune and not correcting:
        return
    if asks_free_text(turn, form) and form.asked != "what_happened":
        if len(codes) == 1:  # where the seller is, or where it happened: the home is still to be asked
            form.incident_commune = codes[0]
        return
    home = turn.profile.province
    if len(codes) > 1 and home:
        codes = [code for code in codes if known[code][0] == home] or codes
    if len(codes) > 1:
        if form.asked == "commune":
            filled.communes = codes
        return
    if codes:
        set_commune(turn, form, codes[0], entities[0].value, filled)


def set_commune(turn: Turn, form: Form, code: str, said: str, filled: Filled) -> None:
    province, commune = turn.catalog.commune_by_code[code]
    home = turn.profile.province
    if home is not None and home != province and form.asked != "commune":
        form.incident_commune = code
        return
    form.commune = code
    put(form, "commune", commune.name, said, filled)


def _says_nothing_else(turn: Turn) -> bool:
    """The message is no more than the entities found in it, apart from a few small words."""
    rest = turn.text
    for entity in turn.understanding.entities:
        rest = rest.replace(entity.value, " ")
    return len(re.findall(r"\w+", rest)) <= 2


def _answer_asked(turn: Turn, form: Form, asked: str, filled: Filled) -> None:
    slot = turn.catalog.slots.get(asked)
    if slot is None:
        return
    said = turn.text.strip()
    if corrects(turn):
        said = without(said, turn.catalog.phrases["correction"]) or said
    if slot.kind is SlotKind.COMMUNE:
        if not filled.communes:
            _commune_by_name(turn, form, filled)
        return
    normal = _read(turn, slot, said)
    if normal is None and slot.kind is SlotKind.NUMBER and contains(said, turn.catalog.phrases["nobody"]):
        normal = "0"
    if normal is None:
        filled.problem = filled.problem or f"form.not_understood_{_problem_of(slot.kind)}"
    elif slot.kind is SlotKind.DATE and _in_future(normal, turn.today):
        filled.problem = "form.future_date"
    else:
        put(form, asked, normal, said, filled)


def _commune_by_name(turn: Turn, form: Form, filled: Filled) -> None:
    """A bare name ("yen my") counts as a commune when that is what was asked for."""
    found = turn.pipeline.extract(f"xã {turn.text.strip()}", turn.today)
    entities = [entity for entity in found if entity.type == "commune" and entity.normal]
    _commune(turn, form, entities, filled, correcting=True)
    if not filled.communes and "commune" not in filled.new + filled.changed:
        filled.problem = "form.not_understood_commune"


def _read(turn: Turn, slot: Slot, said: str) -> str | None:
    """The normal form of an answer to this kind of question; None if it is none."""
    kind = slot.kind
    if kind is SlotKind.MONEY:
        money = answers.parse_money(said)
        return None if money is None else str(money)
    if kind is SlotKind.DATE:
        date = answers.parse_date(said, turn.today)
        return None if date is None else date.isoformat()
    if kind is SlotKind.PHONE:
        return answers.parse_phone(said)
    if kind is SlotKind.NUMBER:
        number = answers.parse_number(said)
        return None if number is None else str(number)
    if kind is SlotKind.BANK_ACCOUNT:
        digits = re.sub(r"\D", "", said)
        return digits if 6 <= len(digits) <= 19 else None
    if kind in (SlotKind.ORDER_CODE, SlotKind.REGISTRATION_NUMBER, SlotKind.BARCODE, SlotKind.URL):
        return said if _CODE.search(said) else None
    return said or None


def _problem_of(kind: SlotKind) -> str:
    known = {SlotKind.MONEY, SlotKind.DATE, SlotKind.PHONE, SlotKind.NUMBER, SlotKind.BANK}
    return kind.value if kind in known else "other"


def _in_future(iso: str, today: dt.date) -> bool:
    return dt.date.fromisoformat(iso) > today
