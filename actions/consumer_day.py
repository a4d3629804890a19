"""15 March: greeting and theme, the rights card, warnings of the season and the invitation to the quiz."""

from __future__ import annotations

from actions.contract import Action, Choice, Outcome, Reply, Turn
from actions.tip import told as tip_of_the_day
from actions.wording import bulleted, sources
from content.education import education


async def run(turn: Turn) -> Outcome:
    return Outcome([Reply(_card(turn)), _season(turn)], turn.talk, act="ask")


def _card(turn: Turn) -> str:
    """What the day is, this year's theme where an operator has typed it in, and the rights."""
    day, language = education().consumer_day, turn.profile.language
    today = (turn.today.month, turn.today.day) == (3, 15)
    lines = [day.greeting.in_(language) if today else turn.say("quiz.day")]
    year = str(turn.today.year)
    if theme := turn.day_themes.get(year):
        lines.append(day.theme.in_(language).format(year=year, theme=theme))
    rights = turn.say("quiz.rights", title=day.rights.title.in_(language))
    lines += ["", rights, bulleted(day.rights.items, language), day.rights.note.in_(language)]
    return "\n".join([*lines, sources(turn, day.checked, [day.rights.note])])


def _season(turn: Turn) -> Reply:
    """The warnings of these months, or the tip of the day where none are due."""
    known, language = education(), turn.profile.language
    due = known.warnings_of(turn.today.month)
    if due:
        names = ", ".join(dict.fromkeys(name.in_(language) for name, _ in due))
        facts = [warning for _, warning in due]
        warned = turn.say("quiz.warnings", seasons=names) + "\n" + bulleted(facts, language)
        closing = sources(turn, known.consumer_day.checked, facts)
        told = "\n".join(part for part in (warned, closing) if part)
    else:
        told = tip_of_the_day(turn)
    if turn.talk.form is not None:
        return Reply(told)
    choices: tuple[Choice, ...] = (
        turn.choice("quiz.start", "quiz"),
        turn.choice("quiz.tip_choice", "tip"),
        turn.choice("quiz.subscribe", "subscribe"),
    )
    return Reply(told + "\n\n" + known.consumer_day.quiz.in_(language), choices)


ACTION = Action(name="consumer_day", run=run, payloads=("consumer_day",))
