"""From an understanding to an action: what stands open comes first, danger before all."""

from __future__ import annotations

import msgspec

from actions.answer_question import known
from actions.contract import Action, Form, Turn
from actions.form.ask import PROVINCE
from actions.track_complaint import told_code
from actions.yes_no import agrees, declines, stops
from content.schema import SlotKind
from nlu.phrases import contains, is_only
from nlu.understanding import Act

UNSURE = 0.35
"""Below this confidence the near topics are offered instead of an answer."""
NEAR = 0.12
"""Two topics closer than this are offered as choices."""
SURE = 0.7
"""From here on a message in an open form counts as something else than an answer to its question."""

CLEAR = 0.5
"""From here on a question beside a form counts as one on the form's own matter."""
_FOLLOWING = 10
"""Words. A longer question names its matter itself."""

_ASIDES: frozenset[Act] = frozenset(
    {"check_status", "talk_to_officer", "change_language", "change_province", "delete_data", "about_bot",
     "help", "subscribe", "unsubscribe", "abuse"}
)  # fmt: skip


class Chosen(msgspec.Struct, frozen=True):
    """The action to run, and the turn as it is to see it (a "yes" may stand for a choice)."""

    action: str
    turn: Turn


class Chooser:
    def __init__(self, actions: dict[str, Action]) -> None:
        self._by_act = {act: action.name for action in actions.values() for act in action.acts}
        self._by_choice = {word: action.name for action in actions.values() for word in action.payloads}

    def choose(self, turn: Turn) -> Chosen:
        if turn.payload is not None:
            return self._choice(turn) if _is_ours(turn) else self._stranger(turn)
        form = turn.talk.form
        if _danger(turn):
            return Chosen("give_guidance", turn) if form is None else _as(turn, "file_complaint", "danger")
        if form is not None:
            return self._in_form(turn, form)
        return self._pending(turn) or self._said(turn)

    def _choice(self, turn: Turn) -> Chosen:
        head = (turn.payload or "").partition(":")[0]
        form, pending = turn.talk.form, turn.talk.pending
        owner = self._by_choice.get(head)
        if form is not None and form.kind == "request" and owner in (*_FORM_OWNERS, "change_province"):
            return Chosen("talk_to_officer", turn)
        if form is not None and head in ("province", "commune"):
            return Chosen("file_complaint", turn)
        tail = (turn.payload or "").partition(":")[2]
        if head == "report" and form is not None and form.kind == "complaint":
            return _as(turn, "file_complaint", "stay" if tail == form.topic else f"other:{tail}")
        which_agency = pending is not None and pending.question == "which_agency"
        if head == "province" and which_agency and tail in turn.provinces:
            profile = msgspec.structs.replace(turn.profile, province=tail)
            return _as(
                msgspec.structs.replace(turn, profile=profile),
                "find_agency",
                f"agency:{pending.data if pending else ''}",
            )
        if form is None and head in _FORM_ONLY:
            return Chosen("help", turn)
        return Chosen(self._by_choice.get(head, "help"), turn)

    def _stranger(self, turn: Turn) -> Chosen:
        """A choice that we never offered, or offered before our content changed."""
        form = turn.talk.form
        if form is None:
            return Chosen("help", turn)
        return _as(turn, self._form_action(form), "stay")

    def _in_form(self, turn: Turn, form: Form) -> Chosen:
        """An open form takes the message as an answer unless it is plainly something else."""
        phrases, understood = turn.catalog.phrases, turn.understanding
        if form.stage != "filling" and contains(turn.text, phrases["to_whom"]):
            return _as(turn, "file_complaint", "whom")
        if len(turn.text.split()) <= 5 and contains(turn.text, phrases["resume"]):
            return _as(turn, self._form_action(form), "stay")
        if stops(turn.text) and len(turn.text.split()) <= 2:
            return _as(turn, self._form_action(form), "stop")
        if _cancels(turn):
            return _as(turn, self._form_action(form), "cancel")
        if form.kind == "request":
            return Chosen("talk_to_officer", turn)
        asked = known(turn)
        if asked is not None:
            return _as(turn, "answer_question", f"question:{asked}")
        pending = turn.talk.pending
        if pending and pending.question == "which_topic" and not pending.data and understood.topic:
            return _as(turn, "file_complaint", f"switch:{understood.topic}")
        if (len(turn.text.split()) <= 7 and contains(turn.text, phrases["pause"])) or (
            understood.act == "goodbye" and _plain(turn)
        ):
            return _as(turn, "file_complaint", "pause")
        if understood.act == "greet" and _plain(turn) and contains(turn.text, phrases["hello"]):
            return _as(turn, "file_complaint", "resume")
        if told_code(turn) and understood.act == "check_status":
            return Chosen("track_complaint", turn)
        if form.asked == PROVINCE and len(turn.text.split()) <= 4:
            return Chosen("file_complaint", turn)
        if understood.act in _ASIDES and _plain(turn) and not _answers_in_words(turn, form):
            return Chosen(self._by_act[understood.act], turn)
        if _asks(turn, form):
            return _aside(turn, form)
        if _other_matter(turn, form):
            return _as(turn, "file_complaint", f"other:{understood.topic}")
        return Chosen("file_complaint", turn)

    def _form_action(self, form: Form) -> str:
        return "talk_to_officer" if form.kind == "request" else "file_complaint"

    def _pending(self, turn: Turn) -> Chosen | None:
        """The answer to a question of the bot's, where the message is one."""
        pending = turn.talk.pending
        if pending is None:
            return None
        yes, no = agrees(turn), declines(turn)
        if pending.question == "offer_report" and (
            yes or _wants_to_report(turn) or contains(turn.text, turn.catalog.phrases["file_it"])
        ):
            return _as(turn, "file_complaint", f"report:{pending.data}")
        if pending.question == "offer_officer" and yes:
            return _as(turn, "talk_to_officer", "officer")
        if pending.question == "delete_data" and (yes or no):
            return _as(turn, "my_data", "data:yes" if yes else "data:no")
        if pending.question == "track_secret" and len(turn.text.split()) <= 4 and not no:
            return Chosen("track_complaint", turn)
        if pending.question == "track_code" and told_code(turn):
            return Chosen("track_complaint", turn)
        if pending.question == "which_agency" and pending.data and turn.profile.province:
            return _as(turn, "find_agency", f"agency:{pending.data}")
        if pending.question == "which_agency" and turn.understanding.topic:
            return _as(turn, "find_agency", f"agency:{turn.understanding.topic}")
        wants_more = contains(turn.text, turn.catalog.phrases["more"]) and len(turn.text.split()) <= 5
        if pending.question == "offer_report" and wants_more:
            return _as(turn, "give_guidance", f"more:{pending.data}")
        return None

    def _said(self, turn: Turn) -> Chosen:
        understood = turn.understanding
        if _stops_news(turn):
            return _as(turn, "subscribe", "unsubscribe")
        if told_code(turn) and understood.act in ("check_status", "inform", "ask", "out_of_scope"):
            return Chosen("track_complaint", turn)
        if turn.forwarded:
            return Chosen("give_guidance", _as_forwarded(turn))
        if turn.location is not None:
            return Chosen("add_evidence", turn)
        rating = _rating(turn)
        if turn.unrated_case and rating:
            return _as(turn, "rate_outcome", f"helped:{turn.unrated_case}:{rating}")
        if turn.asked_case and _may_answer_officer(turn):
            return Chosen("add_evidence", turn)
        asked = known(turn)
        if asked is not None:
            return _as(turn, "answer_question", f"question:{asked}")
        if contains(turn.text, turn.catalog.phrases["withdraws"]):
            return Chosen("track_complaint", turn)
        if contains(turn.text, turn.catalog.phrases["adds"]) and understood.act != "ask":
            return Chosen("add_evidence", turn)
        if turn.attachments and (understood.act not in ("report", "ask") or not turn.text):
            return Chosen("add_evidence", turn)
        if understood.act == "ask" and contains(turn.text, turn.catalog.phrases["agency"]):
            return Chosen("find_agency", turn)
        if _wants_to_report(turn):
            topic = turn.talk.topic
            if topic is None:
                return _as(turn, "small_talk", "menu:report")
            return _as(turn, "file_complaint", f"report:{topic}")
        if _follows_up(turn):
            return _on(turn, turn.talk.topic or "other")
        if unsure(turn):
            return Chosen("clarify", turn)
        return Chosen(self._by_act.get(understood.act, "clarify"), turn)


_FORM_OWNERS = ("file_complaint", "talk_to_officer")

_OF_TOPICS = frozenset({"topic", "more", "report", "switch", "other", "agency"})


def _is_ours(turn: Turn) -> bool:
    """The choice names things that exist: what a page sends back may be forged, or older than our content."""
    head, _, tail = (turn.payload or "").partition(":")
    if head in _OF_TOPICS:
        return tail in turn.catalog.topics
    if head == "commune":
        return tail in turn.catalog.commune_by_code
    if head == "province":
        return tail in (*turn.provinces, "other")
    if head == "helped":
        return tail.endswith((":yes", ":no"))
    if head == "question":
        return tail in turn.catalog.faq
    return True


_WISHES: frozenset[Act] = frozenset(
    {"delete_data", "subscribe", "unsubscribe", "change_province", "abuse", "talk_to_officer"}
)

_SHORT_ANSWER = 5
"""Words. So short an answer to a form's question tells nothing of danger; a longer one only by rule."""

_FORM_ONLY = frozenset({"skip", "cancel", "edit", "ok", "consent", "resume", "pause", "stay", "vulnerable"})


def _danger(turn: Turn) -> bool:
    """Life or money is in danger now, and the urgent steps were not given for this form already."""
    understood = turn.understanding
    form = turn.talk.form
    if turn.pipeline.danger(turn.text) is not None:
        return not _told_before(turn) and (form is None or form.kind == "complaint")
    if not understood.urgent or understood.act not in ("ask", "report") or turn.forwarded:
        return False
    if form is None:
        return True
    if form.urgent or form.kind == "request":
        return False
    if len(turn.text.split()) <= _SHORT_ANSWER:
        return False
    told_when_asked = form.asked == "symptoms"  # how it was is no alarm yet: only what cannot wait is
    return turn.pipeline.in_danger(turn.text, certainly=told_when_asked)


def _told_before(turn: Turn) -> bool:
    """The form holds the threat already: the steps for it were given."""
    form = turn.talk.form
    held = "" if form is None else " ".join((form.slots.get("what_happened", ""), form.slots.get("note", "")))
    return turn.pipeline.danger(held) is not None


def unsure(turn: Turn) -> bool:
    """Too little confidence, or two topics too near each other to pick one silently."""
    understood = turn.understanding
    if understood.act not in ("ask", "report", "out_of_scope", "inform"):
        return understood.confidence < UNSURE
    if understood.act == "inform" or not turn.text.strip():
        return True
    if understood.confidence < UNSURE:
        return True
    others = [a for a in understood.alternatives if a.topic and a.topic != understood.topic]
    rival = max((a.confidence for a in others), default=0.0)
    return understood.topic is not None and understood.confidence - rival < NEAR


def _plain(turn: Turn) -> bool:
    """Short and confidently understood: no answer to a form's question."""
    return turn.understanding.confidence >= SURE and len(turn.text.split()) <= 12


def _answers_in_words(turn: Turn, form: Form) -> bool:
    """An open question about the case may be answered in words that elsewhere would be a wish of our service:
    "xóa hết thông tin của em" is what the company shall do."""
    slot = turn.catalog.slots.get(form.asked or "")
    if slot is None or slot.kind is not SlotKind.TEXT or stops(turn.text):
        return False
    phrases = turn.catalog.phrases
    return turn.understanding.act in _WISHES and not contains(
        turn.text, phrases["our_data"] + phrases["officer"]
    )


def _asks(turn: Turn, form: Form) -> bool:
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


def _aside(turn: Turn, form: Form) -> Chosen:
    """A question beside a form: answered where it is sure what it is about, never by a guess."""
    understood = turn.understanding
    enough = CLEAR if understood.topic == form.topic else SURE
    if understood.act != "ask" or understood.topic is None or understood.confidence < enough:
        return _as(turn, "answer_question", "question:")
    return Chosen("give_guidance", _reading(turn, understood.topic))


def _follows_up(turn: Turn) -> bool:
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


def _on(turn: Turn, topic: str) -> Chosen:
    """More on the matter that was just spoken of; its first screen where that was not shown last."""
    pending = turn.talk.pending
    if pending is not None and pending.question == "offer_report" and pending.data == topic:
        return _as(turn, "give_guidance", f"more:{topic}")
    return Chosen("give_guidance", _reading(turn, topic))


def _wants_to_report(turn: Turn) -> bool:
    """No more than "then report it": the matter was named before."""
    phrases = turn.catalog.phrases
    return contains(turn.text, phrases["reports"]) and is_only(turn.text, phrases["reports"] + phrases["yes"])


def _cancels(turn: Turn) -> bool:
    phrases = turn.catalog.phrases
    if is_only(turn.text, phrases["cancel"]):
        return True
    return turn.understanding.act == "cancel" and _plain(turn) and not is_only(turn.text, phrases["skip"])


def _stops_news(turn: Turn) -> bool:
    """ "DỪNG" or "dung"; with other diacritics it is "đúng", yes."""
    if stops(turn.text):
        return len(turn.text.split()) <= 2
    return turn.text.isascii() and is_only(turn.text, ("dung", "stop"))


def _reading(turn: Turn, topic: str) -> Turn:
    """The turn as a calm question on the topic."""
    reading = msgspec.structs.replace(turn.understanding, act="ask", topic=topic, urgent=False)
    return msgspec.structs.replace(turn, understanding=reading)


def _rating(turn: Turn) -> str | None:
    """Yes or no to "did it help?", in words instead of by the buttons."""
    phrases = turn.catalog.phrases
    if len(turn.text.split()) > 10:
        return None
    unasked = turn.talk.pending is None  # else a bare yes or no answers another question of ours
    if (unasked and declines(turn)) or contains(turn.text, phrases["not_helped"]):
        return "no"
    return "yes" if (unasked and agrees(turn)) or contains(turn.text, phrases["helped"]) else None


def _other_matter(turn: Turn, form: Form) -> bool:
    """A new story of another topic, told at some length while this form asks for something short."""
    understood = turn.understanding
    if understood.act != "report" or understood.topic in (None, form.topic) or form.stage != "filling":
        return False
    slot = turn.catalog.slots.get(form.asked or "")
    long_enough = 8 if slot is not None and slot.kind is SlotKind.TEXT else 6
    return understood.confidence >= SURE and len(turn.text.split()) >= long_enough


def _may_answer_officer(turn: Turn) -> bool:
    """While an officer waits, words count as the answer unless they plainly start something else."""
    understood = turn.understanding
    if understood.act in _ASIDES or understood.act in ("greet", "thanks", "goodbye"):
        return not (understood.confidence >= SURE)
    if understood.act in ("ask", "report") and len(turn.text.split()) > 8:
        return understood.confidence < SURE
    return True


def _as_forwarded(turn: Turn) -> Turn:
    """A forwarded message is somebody else's words: guidance on what it looks like, no report by itself."""
    understood = turn.understanding
    topical = understood.act in ("ask", "report") and understood.topic
    return _reading(turn, understood.topic if topical and understood.topic else "bank_fraud")


def _as(turn: Turn, action: str, payload: str) -> Chosen:
    return Chosen(action, msgspec.structs.replace(turn, payload=payload))
