"""What is kept about the person: seen at once, deleted at a word (Law 91/2025/QH15 Art. 4); and whether what
was not understood may be kept for training, which is asked for apart from everything else (Art. 9)."""

from __future__ import annotations

import msgspec

from actions.contract import Action, Choice, Outcome, Pending, Profile, Reply, Talk, Turn
from actions.wording import day, joined
from nlu.phrases import contains
from nlu.understanding import Understanding

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
    if wish == "learn":
        return _ask_to_learn(turn)
    if wish in ("learn_yes", "learn_no"):
        return await _learn(turn, wish == "learn_yes")
    return await _summary(turn)


async def _summary(turn: Turn) -> Outcome:
    kept = await turn.ports.personal_data.summary()
    learning = "service.learning_kept" if turn.profile.learning else "service.learning_none"
    text = turn.say(
        "service.data_summary",
        messages=kept.messages,
        complaints=joined(kept.complaints) or turn.say("service.data_none"),
        subscribed=turn.say("talk.yes" if kept.subscribed else "talk.no").lower(),
        learning=turn.say(learning, count=kept.for_learning),
        since=day(kept.since.date()),
    )
    return _say(
        turn,
        text + "\n\n" + turn.say("about.data"),
        (turn.choice("service.data_delete", "data:delete"), _learning_choice(turn)),
    )


def _learning_choice(turn: Turn) -> Choice:
    if turn.profile.learning:
        return turn.choice("service.learning_stop", "data:learn_no")
    return turn.choice("service.learning_offer", "data:learn")


def offer_to_learn(turn: Turn) -> tuple[Choice, ...]:
    """Where something was not understood, one more choice, until the person has chosen either way."""
    if turn.profile.learning is not None:
        return ()
    return (turn.choice("service.learning_offer", "data:learn"),)


def _ask_to_learn(turn: Turn) -> Outcome:
    turn.talk.pending = Pending("learning")
    choices = (
        turn.choice("service.learning_yes", "data:learn_yes"),
        turn.choice("service.learning_no", "data:learn_no"),
    )
    also = turn.say("service.learning_also") if _puzzle(turn) else ""
    return _say(turn, turn.say("service.learning_ask", days=turn.learning_days, also=also), choices)


def _puzzle(turn: Turn) -> Understanding | None:
    """The message that was just not understood, where there is one."""
    return turn.talk.last_understanding if turn.talk.misses else None


async def _learn(turn: Turn, allowed: bool) -> Outcome:
    """The choice, and where it was asked for because of a message, that message."""
    data, talk = turn.ports.personal_data, turn.talk
    await data.allow_learning(allowed)
    puzzle = _puzzle(turn)
    if allowed and puzzle is not None:
        await data.keep_for_learning(puzzle)
    withdrawn = turn.profile.learning and not allowed
    key = "allowed" if allowed else "withdrawn" if withdrawn else "refused"
    talk.pending = None
    outcome = _say(turn, turn.say(f"service.learning_{key}"), _after(turn))
    outcome.profile = msgspec.structs.replace(turn.profile, learning=allowed)
    return outcome


def _after(turn: Turn) -> tuple[Choice, ...]:
    """Who was not understood is not left with thanks alone."""
    return (turn.choice("talk.menu_officer", "officer"),) if turn.talk.misses else ()


def _say(turn: Turn, text: str, choices: tuple[Choice, ...] = ()) -> Outcome:
    return Outcome([Reply(text, choices)], turn.talk, act="delete_data")


ACTION = Action(name="my_data", run=run, acts=("delete_data",), payloads=("data",))
