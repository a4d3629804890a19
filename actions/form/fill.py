"""What one message fills in: the answer to the question asked, and whatever else it tells on the way."""

from __future__ import annotations

import datetime as dt
import re

from actions.contract import Form, Turn
from actions.form.amounts import Role, role
from actions.form.ask import step_asked
from actions.form.ask import steps as ask_steps
from actions.form.beside import read_beside, without_beside
from actions.form.place import commune_by_name, fill_commune, only_a_place
from actions.form.slots import Filled, asks_free_text, note, put
from content.schema import FormStep, Slot, SlotKind
from nlu import answers
from nlu.phrases import contains, is_only, opens, without
from nlu.steps.entities.names import names_a_make
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

_BARE_NUMBER = 3
"""Words. A number in a longer answer counts people only where people are named ("a box of 200 grams")."""

_CHARGED = frozenset({"price", "tourism", "measurement_quality"})
"""Topics of what was charged: there an amount is the price that was asked, elsewhere it may be anything."""

_COUNTED = (SlotKind.NUMBER, SlotKind.MONEY)
_ONE_OF_A_KIND: frozenset[EntityType] = frozenset({"money", "date", "phone", "bank_account"})

_TOWARDS_SELLER = re.compile(
    r"[\s,]*\b(?:mua|ban|của|cua|ở|o|tại|tai|bên|ben|do|shop|trang|hàng|hang|quán|quan|from|at|by|bought)\b"
    r"(?:\s+\w+){0,2}\s*$",
    re.IGNORECASE,
)
_CODE = re.compile(r"[\w./-]{3,}")


def skips(turn: Turn, form: Form) -> bool:
    """The person will not or cannot answer this question."""
    phrases = turn.catalog.phrases["skip"]
    slot = turn.catalog.slots.get(form.asked or "")
    if slot is not None and any(entity.type == slot.kind.value for entity in turn.understanding.entities):
        return False
    if is_only(turn.text, phrases):
        return True
    short = len(turn.text.split()) <= 6
    return short and form.asked != "what_happened" and contains(turn.text, phrases)


def start(turn: Turn, form: Form) -> Filled:
    """Fills a new form with what the first sentence told already."""
    filled = Filled()
    if turn.understanding.act == "report" or turn.understanding.urgent or turn.forwarded:
        put(form, "what_happened", turn.text, turn.text, filled)
    from_entities(turn, form, filled, correcting=False)
    return filled


def answer(turn: Turn, form: Form) -> Filled:
    """Fills in what this message says: corrections, other answers on the way, and the answer asked for."""
    filled = Filled()
    correcting = corrects(turn)
    before = dict(form.slots)
    step = step_asked(turn, form)
    from_entities(turn, form, filled, correcting)
    read_beside(turn, form, step, filled)
    asked = form.asked
    if asked is None or asked in filled.new or asked in filled.changed:
        return filled
    if _given_beside(turn, step, filled):
        form.skipped.append(asked)
        return filled
    if correcting and filled.changed:
        return filled
    if (filled.new or filled.changed) and _says_nothing_else(turn) and not _in_words(turn, form, filled):
        return filled
    if only_a_place(turn, form):
        return filled  # a place is no wish: the question stands
    _answer_asked(turn, form, asked, filled)
    if asked in before and asked in form.slots and form.slots[asked] != before[asked]:
        filled.changed.append(asked)
    return filled


def _in_words(turn: Turn, form: Form, filled: Filled) -> bool:
    """Only what was asked for beside was found so far, and other words stand with it: "chợ, hôm 17/11"."""
    step = step_asked(turn, form)
    beside = {*filled.new, *filled.changed} <= {*step.also}
    return beside and asks_free_text(turn, form) and bool(without_beside(turn, step))


def _given_beside(turn: Turn, step: FormStep, filled: Filled) -> bool:
    """The question asked for several things, and another of them was told: "a link or a number". What is
    needed is asked for again."""
    told = {*filled.new, *filled.changed} & {*step.also}
    return bool(told) and not step.needed and turn.catalog.slots[step.slot].kind is not SlotKind.TEXT


def corrects(turn: Turn) -> bool:
    return opens(turn.text, turn.catalog.phrases["correction"])


def from_entities(turn: Turn, form: Form, filled: Filled, correcting: bool) -> None:
    """Puts every entity of the message where it belongs; what stands already changes only by a correction.

    Of several amounts, days or numbers none is taken, for the wrong one would be filed silently; in a
    correction the last one counts ("not 5 but 3 million"). Nor is an amount that may be a gift or a price.
    """
    entities = turn.understanding.entities if correcting else _without_promised(turn, form)
    for entity in entities:
        alike = [other for other in entities if other.type == entity.type]
        values = {other.normal for other in alike if not _no_day(turn, other)}
        if entity.type in _ONE_OF_A_KIND and len(values) > 1 and not correcting:
            continue
        if entity.type == "commune":
            fill_commune(turn, form, entity, filled, correcting)
            continue
        slot = _slot_for(turn, form, entity, correcting)
        if slot is not None and entity.normal:
            if slot == "date" and answers.vague(entity.value) and form.asked != "date":
                continue  # a week or a month is no day: it is asked
            if slot == "date" and _in_future(entity.normal, turn.today):
                if form.asked == "date" or correcting:
                    filled.problem = "form.future_date"
                continue
            shown = entity.value if entity.type in ("product", "seller") else entity.normal
            put(form, slot, shown, entity.value, filled)


def _without_promised(turn: Turn, form: Form) -> list[Entity]:
    """The entities but for amounts of which it is not plain that they were lost or paid. What is no more than
    an answer, or the price that the complaint is about, counts where nothing says otherwise."""
    entities = turn.understanding.entities
    amounts = {entity: role(turn.text, entity) for entity in entities if entity.type == "money"}
    step = step_asked(turn, form)
    answers_it = "money" in (step.slot, *step.also) or (form.asked is not None and _says_nothing_else(turn))
    taken: set[Role] = {"paid"}
    unclear = {"untold", "rate"} & {*amounts.values()}
    if step.slot == "expected_money":
        taken = {"paid", "untold", "rate", "promised"}
    elif answers_it:
        taken = {"paid", "untold", "rate"}
    elif form.topic in _CHARGED and "paid" not in amounts.values():
        taken = {"untold"}
    elif unclear and form.topic not in _CHARGED:
        taken = set()
    return [entity for entity in entities if entity not in amounts or amounts[entity] in taken]


def _only_promised(turn: Turn) -> bool:
    amounts = [entity for entity in turn.understanding.entities if entity.type == "money"]
    return bool(amounts) and all(role(turn.text, entity) == "promised" for entity in amounts)


def _no_day(turn: Turn, entity: Entity) -> bool:
    """A date of which nothing can have happened: one to come, a week, a season, a year."""
    if entity.type != "date" or not entity.normal:
        return False
    return answers.vague(entity.value) or _in_future(entity.normal, turn.today)


def _slot_for(turn: Turn, form: Form, entity: Entity, correcting: bool) -> str | None:
    steps = {step.slot for step in ask_steps(turn, form)}
    candidates = SLOTS_OF.get(entity.type, ())
    for slot in step_asked(turn, form).also:
        if slot in candidates:
            return slot  # asked for in the same breath
    if entity.type == "date" and asks_free_text(turn, form):
        return None  # "when did you sign?" is a question of its own
    if entity.type in ("product", "seller") and asks_free_text(turn, form):
        beside = form.asked == "product" and entity.type == "seller" and entity.start > 0
        return "seller" if beside and "seller" in steps and "seller" not in form.slots else None
    if (
        entity.type == "product"
        and form.asked != "product"
        and not (correcting or names_a_make(entity.value))
    ):
        return None  # told in passing, the kind of thing is no answer to "what is it called?"
    asked = turn.catalog.slots.get(form.asked or "")
    if form.asked in candidates or (asked is not None and asked.kind.value == entity.type):
        return form.asked
    asked_in_form = [slot for slot in candidates if slot in steps] or list(candidates[:1])
    for slot in asked_in_form:
        if slot not in form.slots or correcting:
            return slot
    return None


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
    elif slot.kind is SlotKind.TEXT:
        said = without_beside(turn, step_asked(turn, form)) or said
    if slot.kind is SlotKind.COMMUNE:
        if not filled.communes:
            commune_by_name(turn, form, filled)
        return
    if asked == "product":
        said = _before_seller(turn, said)
    normal = None if asked == "money" and _only_promised(turn) else _read(turn, slot, said)
    if _only_words(turn, slot, said, normal):
        note(form, said)
        form.skipped.append(asked)
        return
    if normal is None and slot.kind in _COUNTED and contains(said, turn.catalog.phrases["none"]):
        normal = "0"
    if normal is None:
        filled.problem = filled.problem or f"form.not_understood_{_problem_of(slot.kind)}"
    elif slot.kind is SlotKind.DATE and _in_future(normal, turn.today):
        filled.problem = "form.future_date"
    else:
        put(form, asked, normal, said, filled)


def _only_words(turn: Turn, slot: Slot, said: str, normal: str | None) -> bool:
    """No answer in its normal form, but words that belong to the story: "at the market, there is no link", a
    day of the lunar calendar."""
    if slot.kind is SlotKind.URL:
        return normal is None or "." not in normal
    return slot.kind is SlotKind.DATE and normal is None and answers.by_the_moon(said, turn.today)


def _before_seller(turn: Turn, said: str) -> str:
    """ "Panadol, mua của nhà thuốc Số 9" names two things: the product ends where the seller begins."""
    for entity in turn.understanding.entities:
        if entity.type == "seller" and said.find(entity.value) > 0:
            product = _TOWARDS_SELLER.sub("", said[: said.find(entity.value)]).strip(" ,.;")
            return product or said
    return said


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
        told = len(said.split()) <= _BARE_NUMBER or contains(said, turn.catalog.phrases["people"])
        number = answers.parse_number(said) if told else None
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
