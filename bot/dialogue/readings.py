"""What a message is, beyond its best reading: by how sure that is, by what stands open, by short words that
have a meaning of their own."""

from __future__ import annotations

import msgspec

from actions.contract import Form, Turn
from actions.yes_no import agrees, declines, stops
from content.schema import SlotKind
from nlu.phrases import contains, is_only
from nlu.understanding import Act

UNSURE = 0.45
"""Below this confidence the near topics are offered instead of an answer."""
NEAR = 0.12
"""Two topics closer than this are offered as choices."""
SURE = 0.7
"""From here on a message in an open form counts as something else than an answer to its question."""

CLEAR = 0.5
"""From here on a question beside a form counts as one on the form's own matter."""
_FOLLOWING = 10
"""Words. A longer question names its matter itself."""

ASIDES: frozenset[Act] = frozenset(
    {"check_status", "talk_to_officer", "change_language", "change_province", "delete_data", "about_bot",
     "help", "subscribe", "unsubscribe", "abuse"}
)  # fmt: skip


_WISHES: frozenset[Act] = frozenset(
    {"delete_data", "subscribe", "unsubscribe", "change_province", "abuse", "talk_to_officer"}
)

_SHORT_ANSWER = 5
"""Words. So short an answer to a form's question tells nothing of danger; a longer one only by rule."""

_AFTERWARDS = frozenset({"warranty_return", "online_shopping", "consumer_rights", "mediation"})
"""What a seller says to a complaint is told in the words of these topics: still the story of the form."""

_OPEN_QUESTIONS = frozenset({"which_topic", "which_agency", "track_code", "track_secret", "evidence"})
"""Of ours: any words may be their answer."""


def in_danger(turn: Turn) -> bool:
    """Life or money is in danger now, and the urgent steps were not given for this form already."""
    understood = turn.understanding
    form = turn.talk.form
    if turn.pipeline.danger(turn.text) is not None:
        return not _told_before(turn) and (form is None or form.kind == "complaint")
    if not understood.urgent or understood.act not in ("ask", "report") or turn.forwarded:
        return False
    if form is None:
        return True
    if form.kind == "request" or len(turn.text.split()) <= _SHORT_ANSWER:
        return False
    if form.urgent:
        return _graver(turn)
    told_when_asked = form.asked == "symptoms"  # how it was is no alarm yet: only what cannot wait is
    return turn.pipeline.in_danger(turn.text, certainly=told_when_asked)


def _graver(turn: Turn) -> bool:
    """Certain danger, where what was told before only may have been some: the steps are said once more."""
    told = turn.pipeline.in_danger(_held(turn), certainly=True)
    return not told and turn.pipeline.in_danger(turn.text, certainly=True)


def _told_before(turn: Turn) -> bool:
    """The form holds the threat already: the steps for it were given."""
    return turn.pipeline.danger(_held(turn)) is not None


def _held(turn: Turn) -> str:
    """What the form knows in the person's own words."""
    form = turn.talk.form
    return "" if form is None else " ".join((form.slots.get("what_happened", ""), form.slots.get("note", "")))


def unsure(turn: Turn) -> bool:
    """Too little confidence, or two topics too near each other to pick one silently."""
    understood = turn.understanding
    if understood.act not in ("ask", "report", "out_of_scope", "inform"):
        return understood.confidence < UNSURE
    if understood.act == "inform" or not turn.text.strip():
        return True
    answer = sum(a.confidence for a in understood.alternatives if a.act == "inform")
    if understood.confidence < UNSURE * (1 - answer):  # nothing was asked that it could be the answer to
        return True
    others = [a for a in understood.alternatives if a.topic and a.topic != understood.topic]
    rival = max((a.confidence for a in others), default=0.0)
    return understood.topic is not None and understood.confidence - rival < NEAR


def wants_a_label(turn: Turn, action: str) -> bool:
    """The person's own words outside any form, and no reading that is sure: should they allow it, an officer
    may say what was meant."""
    if turn.payload is not None or turn.forwarded or turn.talk.form is not None or not turn.text.strip():
        return False
    guessed = action in ("give_guidance", "out_of_scope") and turn.understanding.confidence < UNSURE
    return guessed or action == "clarify"


def plain(turn: Turn) -> bool:
    """Short and confidently understood: no answer to a form's question."""
    return turn.understanding.confidence >= SURE and len(turn.text.split()) <= 12


def answers_in_words(turn: Turn, form: Form) -> bool:
    """An open question about the case may be answered in words that elsewhere would be a wish of our service:
    "xóa hết thông tin của em" is what the company shall do."""
    slot = turn.catalog.slots.get(form.asked or "")
    if slot is None or slot.kind is not SlotKind.TEXT or stops(turn.text):
        return False
    phrases = turn.catalog.phrases
    return turn.understanding.act in _WISHES and not contains(
        turn.text, phrases["our_data"] + phrases["officer"]
    )


def asks(turn: Turn, form: Form) -> bool:
    """A question on the side; "why do you ask" is the form's own business."""
    phrases, understood = turn.catalog.phrases, turn.understanding
    marked = turn.text.rstrip().endswith("?")
    to_do = contains(turn.text, phrases["what_to_do"])
    if form.asked == "what_happened" or (contains(turn.text, phrases["why"]) and not to_do):
        return False
    worded = to_do or contains(turn.text, phrases["question"])
    if marked and len(turn.text.split()) > 3:
        return worded or understood.act == "ask"  # "chac la nha thuoc Minh Anh?" is an answer
    return understood.act == "ask" and understood.confidence >= 0.4 and (marked or worded)


def follows_up(turn: Turn) -> bool:
    """A question that names no matter stays with the one spoken of: "what if I have it already?" """
    understood, talk = turn.understanding, turn.talk
    if talk.topic not in turn.catalog.topics or understood.urgent or len(turn.text.split()) > _FOLLOWING:
        return False
    phrases = turn.catalog.phrases["follow_up"]
    if is_only(turn.text, phrases):
        return True
    if understood.entities or not unsure(turn):
        return False
    near = {understood.topic, *(guess.topic for guess in understood.alternatives)}
    return contains(turn.text, phrases) or (understood.act == "ask" and talk.topic in near)


def wants_to_report(turn: Turn) -> bool:
    """No more than "then report it": the matter was named before."""
    phrases = turn.catalog.phrases
    return contains(turn.text, phrases["reports"]) and is_only(turn.text, phrases["reports"] + phrases["yes"])


def cancels(turn: Turn) -> bool:
    phrases = turn.catalog.phrases
    if is_only(turn.text, phrases["cancel"]):
        return True
    return turn.understanding.act == "cancel" and plain(turn) and not is_only(turn.text, phrases["skip"])


def resumes(turn: Turn) -> bool:
    return len(turn.text.split()) <= 5 and contains(turn.text, turn.catalog.phrases["resume"])


def stops_news(turn: Turn) -> bool:
    """ "DỪNG" or "dung"; with other diacritics it is "đúng", yes."""
    if stops(turn.text):
        return len(turn.text.split()) <= 2
    return turn.text.isascii() and is_only(turn.text, ("dung", "stop"))


def as_question_on(turn: Turn, topic: str) -> Turn:
    """The turn as a calm question on the topic."""
    reading = msgspec.structs.replace(turn.understanding, act="ask", topic=topic, urgent=False)
    return msgspec.structs.replace(turn, understanding=reading)


def rating_in(turn: Turn) -> str | None:
    """Yes or no to "did it help?", in words instead of by the buttons."""
    phrases = turn.catalog.phrases
    if len(turn.text.split()) > 10:
        return None
    unasked = turn.talk.pending is None  # else a bare yes or no answers another question of ours
    if (unasked and declines(turn)) or contains(turn.text, phrases["not_helped"]):
        return "no"
    return "yes" if (unasked and agrees(turn)) or contains(turn.text, phrases["helped"]) else None


def tells_other_matter(turn: Turn, form: Form) -> bool:
    """A new story of another topic, told at some length while this form asks for something short."""
    understood = turn.understanding
    if understood.act != "report" or understood.topic in (None, form.topic) or form.stage != "filling":
        return False
    slot = turn.catalog.slots.get(form.asked or "")
    in_words = slot is not None and slot.kind is SlotKind.TEXT
    names_goods = any(entity.type == "product" for entity in understood.entities)
    if in_words and understood.topic in _AFTERWARDS and not names_goods:
        return False
    long_enough = 8 if in_words else 6
    return understood.confidence >= SURE and len(turn.text.split()) >= long_enough


def answers_officer(turn: Turn) -> bool:
    """An officer waits, and we have not asked something ourselves since."""
    if turn.asked_case is None or turn.payload is not None or in_danger(turn):
        return False
    pending = turn.talk.pending
    if pending is not None and pending.question in _OPEN_QUESTIONS:
        return False
    return may_answer_officer(turn)


def may_answer_officer(turn: Turn) -> bool:
    """While an officer waits, words count as the answer unless they plainly start something else."""
    understood = turn.understanding
    if understood.act in ASIDES or understood.act in ("greet", "thanks", "goodbye"):
        return not (understood.confidence >= SURE)
    if understood.act in ("ask", "report") and len(turn.text.split()) > 8:
        return understood.confidence < SURE
    return True


def with_the_bank(turn: Turn) -> Turn | None:
    """After the first steps against a fraud the bare name of a bank asks for its number: the story
    again, the name added."""
    told, story = turn.talk.last_understanding, turn.talk.last_story
    if told is None or story is None or not told.urgent or told.topic != "bank_fraud":
        return None
    if len(turn.text.split()) > 4 or not any(entity.type == "bank" for entity in turn.understanding.entities):
        return None
    text = f"{story}. {turn.text}"
    reading = turn.pipeline.parse(text, turn.today)
    reading = msgspec.structs.replace(reading, act=told.act, topic=told.topic, urgent=True)
    return msgspec.structs.replace(turn, text=text, understanding=reading)
