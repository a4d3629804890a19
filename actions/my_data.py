"""What is kept about the person: seen at once, deleted at a word (Law 91/2025/QH15 Art. 4)."""

from __future__ import annotations

from actions.contract import Action, Choice, Outcome, Pending, Profile, Reply, Talk, Turn
from actions.wording import day, joined
from nlu.phrases import contains

_DELETE = ("xoa", "delete", "huy du lieu", "erase", "remove", "rut dong y")


async def run(turn: Turn) -> Outcome:
    wish = (turn.payload or "").partition(":")[2]
    if wish == "yes":
        receipt = await turn.ports.personal_data.delete()
        done = Reply(turn.say("service.data_deleted", receipt=receipt))
        forgotten = Profile(language=turn.profile.language)
        return Outcome([done], Talk(introduced=True), profile=forgotten, act="delete_data")
    if wish == "delete" or (not wish and contains(turn.text, _DELETE)):
        turn.talk.pending = Pending("delete_data")
        choices = (turn.choice("service.data_confirm_yes", "data:yes"), turn.choice("talk.no", "data:no"))
        return _say(turn, turn.say("service.data_confirm"), choices)
    if wish == "no":
        turn.talk.pending = None
        return _say(turn, turn.say("talk.deny"))
    return await _summary(turn)


async def _summary(turn: Turn) -> Outcome:
    kept = await turn.ports.personal_data.summary()
    text = turn.say(
        "service.data_summary",
        messages=kept.messages,
        complaints=joined(kept.complaints) or turn.say("service.data_none"),
        subscribed=turn.say("talk.yes" if kept.subscribed else "talk.no").lower(),
        since=day(kept.since.date()),
    )
    return _say(
        turn, text + "\n\n" + turn.say("about.data"), (turn.choice("service.data_delete", "data:delete"),)
    )


def _say(turn: Turn, text: str, choices: tuple[Choice, ...] = ()) -> Outcome:
    return Outcome([Reply(text, choices)], turn.talk, act="delete_data")


ACTION = Action(name="my_data", run=run, acts=("delete_data",), payloads=("data",))
