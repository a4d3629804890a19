"""Places in a form: where the person lives, which routes the complaint, and where it happened."""

from __future__ import annotations

import re

from actions.contract import Form, Turn
from actions.form.slots import Filled, asks_free_text, put
from actions.places import communes_in
from nlu.phrases import contains
from nlu.steps.entities.places import ASKED
from nlu.steps.fold import fold
from nlu.understanding import Entity


def fill_commune(turn: Turn, form: Form, entity: Entity, filled: Filled, correcting: bool) -> None:
    """Takes a place for the home where it was asked for, where the person says so, or where the message is
    nothing else; in the answer to another question it is where that other thing is."""
    codes = communes_in((entity,), turn.catalog, turn.profile.province)
    if form.asked != "commune" and form.commune and not correcting:
        if only_a_place(turn, form) and codes != [form.commune]:
            filled.problem = "form.not_understood_other"
        return
    if _is_elsewhere(turn, form, entity):
        if len(codes) == 1:
            form.incident_commune = codes[0]
        return
    if len(codes) > 1:
        if form.asked == "commune" or only_a_place(turn, form):
            filled.communes = codes
        return
    if codes:
        set_commune(turn, form, codes[0], entity.value, filled)


def _is_elsewhere(turn: Turn, form: Form, entity: Entity) -> bool:
    if form.asked in (None, "commune", "what_happened"):
        return False
    if contains(turn.text, turn.catalog.phrases["living"]) or only_a_place(turn, form):
        return False
    return asks_free_text(turn, form) or not _alone(turn, entity)


def only_a_place(turn: Turn, form: Form) -> bool:
    """The message is the name of a commune, and the open question is none that a place answers."""
    slot = turn.catalog.slots.get(form.asked or "")
    places = [entity for entity in turn.understanding.entities if entity.type == "commune"]
    return slot is not None and not slot.place and len(places) == 1 and _alone(turn, places[0])


def _alone(turn: Turn, entity: Entity) -> bool:
    return len(re.findall(r"\w+", turn.text.replace(entity.value, " "))) <= 2


def set_commune(turn: Turn, form: Form, code: str, said: str, filled: Filled) -> None:
    province, commune = turn.catalog.commune_by_code[code]
    home = turn.profile.province
    if home is not None and home != province and form.asked != "commune":
        form.incident_commune = code
        return
    form.commune = code
    put(form, "commune", commune.name, said, filled)


def commune_by_name(turn: Turn, form: Form, filled: Filled) -> None:
    """A bare name ("yen my") counts as a commune when that is what was asked for."""
    for entity in turn.pipeline.extract(f"{ASKED} {turn.text.strip()}", turn.today):
        if entity.type == "commune" and entity.normal:
            fill_commune(turn, form, entity, filled, correcting=True)
    if not filled.communes and "commune" not in filled.new + filled.changed:
        filled.problem = "form.not_understood_commune"


def remembered_commune(turn: Turn, form: Form) -> None:
    """The commune that the person told on another day."""
    code = turn.profile.commune
    if code and form.commune is None and code in turn.catalog.commune_by_code:
        form.commune = code
        form.slots.setdefault("commune", turn.catalog.commune_by_code[code][1].name)


def old_name_mapped(turn: Turn, form: Form) -> str:
    """Says so where the person named a commune by the name that it bore before July 2025."""
    said, today = form.said["commune"], form.slots["commune"]
    bare = today.partition(" ")[2]
    if not form.commune or fold(bare) in fold(said):
        return ""
    return turn.say("form.commune_mapped", old=said, new=today)
