"""Short questions with a plain answer of their own, also in the middle of a form."""

from __future__ import annotations

from actions.contract import Action, Choice, Outcome, Pending, Reply, Turn
from actions.wording import bulleted, sources
from nlu.phrases import contains

_LONGEST = 14
"""Words. A longer text tells a story; the same words in it ask nothing of us."""


def known(turn: Turn) -> str | None:
    """The question of `content/asides/` that the message asks."""
    if len(turn.text.split()) > _LONGEST:
        return None
    return next(
        (
            id_
            for id_, question in turn.catalog.asides.items()
            if contains(turn.text, question.asked) and (question.about == "anything" or _sending(turn))
        ),
        None,
    )


def _sending(turn: Turn) -> bool:
    """A complaint is being spoken of: its form is open, it was just offered, or it is named."""
    form, pending = turn.talk.form, turn.talk.pending
    return (
        (form is not None and form.kind == "complaint")
        or (pending is not None and pending.question == "offer_report")
        or contains(turn.text, turn.catalog.phrases["complaining"])
    )


async def run(turn: Turn) -> Outcome:
    """The answer; what was offered before is offered again, and an open form asks again by itself."""
    question = turn.catalog.asides.get((turn.payload or "").partition(":")[2])
    if question is None:
        return _unknown(turn)
    text = bulleted(question.answer, turn.profile.language)
    closing = sources(turn, question.checked, question.answer)
    return _say(turn, "\n".join(part for part in (text, closing) if part))


def _unknown(turn: Turn) -> Outcome:
    """Said plainly, with who can answer."""
    return _say(turn, turn.say("clarify.cannot_answer"))


def _say(turn: Turn, text: str) -> Outcome:
    talk, choices = turn.talk, tuple[Choice, ...]()
    topic = talk.form.topic if talk.form else turn.understanding.topic
    if talk.form is None and talk.pending is not None and talk.pending.question == "offer_report":
        topic = talk.pending.data
        talk.pending = Pending("offer_report", topic)
        text += "\n\n" + turn.say("guidance.offer")
        choices = (turn.choice("guidance.offer_yes", f"report:{topic}"),)
    return Outcome([Reply(text, choices)], talk, act="ask", topic=topic)


ACTION = Action(name="answer_question", run=run, payloads=("question",))
