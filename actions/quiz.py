"""The consumer quiz: a level, five questions one by one, what is right and why after each, the score.

It never stands in the way: danger and complaints are heard first, and any other word leaves it.
"""

from __future__ import annotations

import hashlib
import re

from actions.contract import Action, Choice, Outcome, Pending, Reply, Round, Turn
from actions.learning import level_in
from actions.wording import sources
from actions.yes_no import agrees, declines, stops
from content.education import Level, QuizQuestion, education, words
from nlu.phrases import contains, is_only
from nlu.steps.fold import fold

QUESTIONS = 5
"""In one round."""
_REMEMBERED = 60
"""Questions of earlier rounds, at most."""
_LEVELS = {level.value: level for level in Level}
_NUMBER = re.compile(
    r"(?:(?:chon|cau|so|y|dap an|phuong an|la|answer|number|option) )*([1-4]|[a-d])\b[.)]?(?: (?:a|nhe|di))?"
)
_UNKNOWN = "x"
"""In the place of a choice: the person does not know."""


async def run(turn: Turn) -> Outcome:
    head, _, tail = (turn.payload or "quiz").partition(":")
    if turn.talk.form is not None:  # its question follows
        return Outcome([Reply(turn.say("quiz.later"))], turn.talk, act="ask")
    if head == "quiz_stop":
        return _stopped(turn)
    if head == "quiz_level" and tail in _LEVELS:
        return _begun(turn, _LEVELS[tail])
    if head == "quiz" and tail:
        return _answered(turn, tail)
    return _which_level(turn)


def meant(turn: Turn) -> str | None:
    """The choice that typed words stand for while the quiz waits; None where they are something else."""
    pending = turn.talk.pending
    if pending is None or pending.question != "quiz":
        return None
    if (stops(turn.text) and len(turn.text.split()) <= 2) or is_only(turn.text, words().stop):
        return "quiz_stop"
    if pending.data and declines(turn):
        return "quiz_stop"
    if pending.data == "level":
        level = level_in(turn.text) if len(turn.text.split()) <= 4 else None
        return f"quiz_level:{level}" if level else None
    round_ = turn.talk.quiz
    if pending.data == "again":
        more = agrees(turn) or is_only(turn.text, words().again)
        return f"quiz_level:{round_.level}" if more and round_ else None
    return _choice_in(turn.text, round_) if round_ else None


def _choice_in(text: str, round_: Round) -> str | None:
    """A number, a letter, the words of one choice alone, or that one does not know."""
    id_, question = _current(round_)
    if question is None:
        return None
    if is_only(text, words().skip):
        return f"quiz:{id_}:{_UNKNOWN}"
    said = " ".join(fold(text).split()).strip(" .!")
    number = _NUMBER.fullmatch(said)
    if number:
        index = "abcd".find(number[1]) if number[1].isalpha() else int(number[1]) - 1
        return f"quiz:{id_}:{index}" if index < len(question.choices) else None
    fitting = [
        index
        for index, choice in enumerate(question.choices)
        if said and any(contains(label, (re.escape(said),)) for label in (choice.vi, choice.en))
    ]
    return f"quiz:{id_}:{fitting[0]}" if len(fitting) == 1 else None


def _which_level(turn: Turn, before: str = "") -> Outcome:
    turn.talk.pending = Pending("quiz", "level")
    choices = (
        *(turn.choice(f"quiz.level_{level}", f"quiz_level:{level}") for level in Level),
        turn.choice("quiz.tip_choice", "tip"),
    )
    text = before + turn.say("quiz.which_level", most=QUESTIONS)
    return Outcome([Reply(text, choices)], turn.talk, act="ask")


def _begun(turn: Turn, level: Level) -> Outcome:
    last = turn.talk.quiz
    seen = (last.questions[: last.answered] + last.seen)[:_REMEMBERED] if last else ()
    turn.talk.quiz = Round(level, drawn(turn, level, seen), seen=seen)
    return _asked(turn, "")


def drawn(turn: Turn, level: Level, seen: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The questions of a round: by the contact's seed and the moment, those seen before last."""

    def key(id_: str) -> tuple[bool, str]:
        drawing = f"{turn.seed}/{turn.now.isoformat()}/{id_}"
        return id_ in seen, hashlib.sha256(drawing.encode()).hexdigest()

    return tuple(sorted(education().quiz[level], key=key)[:QUESTIONS])


def _answered(turn: Turn, tail: str) -> Outcome:
    """What was right and why, then the next question or the score. An old or forged choice: the question
    that is open, again."""
    round_ = turn.talk.quiz
    if round_ is None:
        return _which_level(turn, turn.say("quiz.gone") + "\n\n")
    id_, question = _current(round_)
    named, _, picked = tail.rpartition(":")
    known = {str(index) for index in range(len(question.choices) if question else 0)} | {_UNKNOWN}
    if question is None or named != id_ or picked not in known:
        return _asked(turn, turn.say("quiz.gone") + "\n\n")
    right = picked != _UNKNOWN and question.choices[int(picked)].right
    round_.answered, round_.right = round_.answered + 1, round_.right + right
    return _asked(turn, _verdict(turn, question, picked, right) + "\n\n")


def _verdict(turn: Turn, question: QuizQuestion, picked: str, right: bool) -> str:
    language = turn.profile.language
    answer = next(choice.in_(language) for choice in question.choices if choice.right)
    key = "right" if right else "unknown" if picked == _UNKNOWN else "wrong"
    lines = (
        turn.say(f"quiz.{key}", answer=answer),
        question.why.in_(language),
        sources(turn, question.checked, [question.why]),
    )
    return "\n".join(line for line in lines if line)


def _asked(turn: Turn, before: str) -> Outcome:
    """The question that is open; where there is none, the score, or the levels."""
    round_ = turn.talk.quiz
    if round_ is None or not round_.questions:
        return _which_level(turn, before)
    if round_.answered >= len(round_.questions):
        return _scored(turn, round_, before)
    id_, question = _current(round_)
    if question is None:  # our content changed since the round began
        turn.talk.quiz = None
        return _which_level(turn, before)
    language = turn.profile.language
    turn.talk.pending = Pending("quiz")
    choices = (
        *(Choice(one.in_(language), f"quiz:{id_}:{index}") for index, one in enumerate(question.choices)),
        turn.choice("quiz.stop", "quiz_stop"),
    )
    number, most = round_.answered + 1, len(round_.questions)
    text = turn.say("quiz.question", number=number, most=most, question=question.ask.in_(language))
    return Outcome([Reply(before + text, choices)], turn.talk, act="ask")


def _scored(turn: Turn, round_: Round, before: str) -> Outcome:
    turn.talk.pending = Pending("quiz", "again")
    most = len(round_.questions)
    share = round_.right / most
    word = "all" if share == 1 else "many" if share >= 0.6 else "some" if share > 0 else "none"
    text = (
        before + turn.say("quiz.score", right=round_.right, most=most) + " " + turn.say(f"quiz.word_{word}")
    )
    choices = (
        turn.choice("quiz.again", f"quiz_level:{round_.level}", most=QUESTIONS),
        turn.choice("quiz.other_level", "quiz"),
        turn.choice("quiz.tip_choice", "tip"),
        turn.choice("talk.menu_report", "menu:report"),
    )
    return Outcome([Reply(text, choices)], turn.talk, act="ask")


def _stopped(turn: Turn) -> Outcome:
    round_, talk = turn.talk.quiz, turn.talk
    talk.quiz = talk.pending = None
    answered = round_.answered if round_ else 0
    text = turn.say("quiz.stopped")
    if round_ and 0 < answered < len(round_.questions):
        text += " " + turn.say("quiz.so_far", right=round_.right, answered=answered)
    return Outcome([Reply(text + " " + turn.say("quiz.come_back"))], talk, act="cancel")


def _current(round_: Round) -> tuple[str, QuizQuestion | None]:
    if round_.answered >= len(round_.questions):
        return "", None
    id_ = round_.questions[round_.answered]
    return id_, education().question(round_.level, id_)


ACTION = Action(name="quiz", run=run, payloads=("quiz", "quiz_level", "quiz_stop"))
