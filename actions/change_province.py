"""Where the person lives: asked once, remembered, and changed only when the person says so."""

from __future__ import annotations

import msgspec

from actions.contract import Action, Outcome, Reply, Turn
from actions.form.ask import province_question, which_commune
from actions.places import communes_in, province_in, with_commune


async def run(turn: Turn) -> Outcome:
    head, _, tail = (turn.payload or "").partition(":")
    if head == "commune":
        return _commune(turn, tail)
    codes = communes_in(turn.understanding.entities, turn.catalog) if not turn.payload else []
    if len(codes) > 1:
        reply = which_commune(turn, codes, turn.text.strip())
        return Outcome([reply], turn.talk, act="change_province")
    if codes and codes[0] in turn.catalog.commune_by_code:
        return _commune(turn, codes[0])
    province = tail if head == "province" else province_in(turn.text, turn.catalog)
    if province == "other":
        return Outcome([Reply(turn.say("form.province_elsewhere"))], turn.talk, act="change_province")
    if province not in turn.provinces:
        return Outcome([province_question(turn)], turn.talk, act="change_province")
    profile = msgspec.structs.replace(turn.profile, province=province, commune=None)
    name = turn.catalog.provinces[province].province.name.in_(turn.profile.language)
    reply = Reply(turn.say("service.province_set", province=name))
    return Outcome([reply], turn.talk, profile=profile, act="change_province")


def _commune(turn: Turn, code: str) -> Outcome:
    profile = with_commune(turn.profile, code, turn.catalog)
    province, commune = turn.catalog.commune_by_code[code]
    name = turn.catalog.provinces[province].province.name.in_(turn.profile.language)
    text = turn.say("service.commune_set", commune=commune.name, province=name)
    return Outcome([Reply(text)], turn.talk, profile=profile, act="change_province")


ACTION = Action(name="change_province", run=run, acts=("change_province",), payloads=("province", "commune"))
