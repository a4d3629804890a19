"""From an understanding to an action: what stands open comes first, danger before all."""

from __future__ import annotations

import msgspec

from actions import answer_faq, learning, quiz
from actions.answer_question import known
from actions.contract import Action, Form, Turn
from actions.form.ask import PROVINCE
from actions.track_complaint import told_code
from actions.visitors import writes_otherwise
from actions.yes_no import agrees, declines, stops
from bot.dialogue import suspected
from bot.dialogue.meant import as_meant
from bot.dialogue.readings import (
    ASIDES,
    CLEAR,
    SURE,
    answers_in_words,
    answers_officer,
    as_question_on,
    asks,
    cancels,
    follows_up,
    in_danger,
    may_answer_officer,
    plain,
    rating_in,
    resumes,
    stops_news,
    tells_other_matter,
    unsure,
    wants_to_report,
    with_the_bank,
)
from nlu.phrases import contains, is_only


class Chosen(msgspec.Struct, frozen=True):
    """The action to run, and the turn as it is to see it (a "yes" may stand for a choice)."""

    action: str
    turn: Turn


class Chooser:
    def __init__(self, actions: dict[str, Action]) -> None:
        self._by_act = {act: action.name for action in actions.values() for act in action.acts}
        self._by_choice = {word: action.name for action in actions.values() for word in action.payloads}

    def choose(self, turn: Turn) -> Chosen:
        turn = as_meant(turn)
        if turn.talk.form is None and turn.talk.parked is not None:  # an officer asked while it was open
            if answers_officer(turn) and not (resumes(turn) or cancels(turn)):
                return Chosen("add_evidence", turn)
            turn.talk.form, turn.talk.parked = turn.talk.parked, None
        if turn.payload is not None:
            return self._choice(turn) if _is_ours(turn) else self._stranger(turn)
        form = turn.talk.form
        if form is None and (harmed := suspected.done_already(turn)):
            return Chosen("give_guidance", harmed)
        if form is None and suspected.pasted(turn):
            return Chosen("check_suspicious", turn)
        if in_danger(turn):
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
        if resumes(turn):
            return _as(turn, self._form_action(form), "stay")
        if stops(turn.text) and len(turn.text.split()) <= 2:
            return _as(turn, self._form_action(form), "stop")
        if cancels(turn):
            return _as(turn, self._form_action(form), "cancel")
        if form.kind == "request":
            return Chosen("talk_to_officer", turn)
        if form.topic != "consumer_education" and (lesson := learning.wanted(turn)) is not None:
            return _as(turn, *lesson)
        if form.asked != "what_happened" and suspected.asks_to_check(turn):
            return Chosen("check_suspicious", turn)
        asked = known(turn)
        if asked is not None:
            return _as(turn, "answer_question", f"question:{asked}")
        pending = turn.talk.pending
        if pending and pending.question == "which_topic" and not pending.data and understood.topic:
            return _as(turn, "file_complaint", f"switch:{understood.topic}")
        if (len(turn.text.split()) <= 7 and contains(turn.text, phrases["pause"])) or (
            understood.act == "goodbye" and plain(turn)
        ):
            return _as(turn, "file_complaint", "pause")
        if understood.act == "greet" and plain(turn) and contains(turn.text, phrases["hello"]):
            return _as(turn, "file_complaint", "resume")
        if told_code(turn) and understood.act == "check_status":
            return Chosen("track_complaint", turn)
        if is_only(turn.text, phrases["our_data"] + phrases["privacy"]):
            return Chosen("my_data", turn)
        if form.asked == PROVINCE and len(turn.text.split()) <= 4:
            return Chosen("file_complaint", turn)
        if understood.act in ASIDES and plain(turn) and not answers_in_words(turn, form):
            return Chosen(self._by_act[understood.act], turn)
        if asks(turn, form):
            return _aside(turn, form)
        if tells_other_matter(turn, form):
            return _as(turn, "file_complaint", f"other:{understood.topic}")
        return Chosen("file_complaint", turn)

    def _form_action(self, form: Form) -> str:
        return "talk_to_officer" if form.kind == "request" else "file_complaint"

    def _pending(self, turn: Turn) -> Chosen | None:
        """The answer to a question of the bot's, where the message is one."""
        pending = turn.talk.pending
        if pending is None:
            return None
        if suspected.sends_thing(turn):
            return Chosen("check_suspicious", turn)
        if (answer := quiz.meant(turn)) is not None:
            return _as(turn, "quiz", answer)
        yes, no = agrees(turn), declines(turn)
        if pending.question == "offer_report" and (
            yes or wants_to_report(turn) or contains(turn.text, turn.catalog.phrases["file_it"])
        ):
            return _as(turn, "file_complaint", f"report:{pending.data}")
        if pending.question == "offer_report" and (named := with_the_bank(turn)):
            return Chosen("give_guidance", named)
        if pending.question == "offer_officer" and yes:
            return _as(turn, "talk_to_officer", "officer")
        if pending.question == "delete_data" and (yes or no):
            return _as(turn, "my_data", "data:yes" if yes else "data:no")
        if pending.question == "learning" and (yes or no):
            return _as(turn, "my_data", "data:learn_yes" if yes else "data:learn_no")
        if pending.question == "track_secret" and len(turn.text.split()) <= 4 and not no:
            return Chosen("track_complaint", turn)
        if pending.question == "track_code" and told_code(turn):
            return Chosen("track_complaint", turn)
        if pending.question == "which_agency" and pending.data and turn.profile.province:
            return _as(turn, "find_agency", f"agency:{pending.data}")
        if pending.question == "which_agency" and not pending.data and turn.understanding.topic:
            return _as(turn, "find_agency", f"agency:{turn.understanding.topic}")
        if pending.question == "evidence" and told_code(turn) and not pending.data:
            return _as(turn, "add_evidence", f"evidence:{told_code(turn)}")
        if pending.question == "evidence" and pending.data and not no and may_answer_officer(turn):
            return Chosen("add_evidence", turn)
        wants_more = contains(turn.text, turn.catalog.phrases["more"]) and len(turn.text.split()) <= 5
        if pending.question == "offer_report" and wants_more:
            return _as(turn, "give_guidance", f"more:{pending.data}")
        return None

    def _said(self, turn: Turn) -> Chosen:
        understood = turn.understanding
        if (lesson := learning.wanted(turn)) is not None:
            return _as(turn, *lesson)
        if stops_news(turn):
            return _as(turn, "subscribe", "unsubscribe")
        if told_code(turn) and understood.act in ("check_status", "inform", "ask", "out_of_scope"):
            return Chosen("track_complaint", turn)
        if is_only(turn.text, turn.catalog.phrases["our_data"] + turn.catalog.phrases["privacy"]):
            return Chosen("my_data", turn)
        if suspected.passed_on(turn) or suspected.asks_to_check(turn):
            return Chosen("check_suspicious", turn)
        if turn.forwarded:
            return Chosen("give_guidance", _as_forwarded(turn))
        if turn.location is not None:
            return Chosen("add_evidence", turn)
        rating = rating_in(turn)
        if turn.unrated_case and rating:
            return _as(turn, "rate_outcome", f"helped:{turn.unrated_case}:{rating}")
        if answers_officer(turn):
            return Chosen("add_evidence", turn)
        if turn.codes or suspected.bare(turn):
            return Chosen("check_suspicious", turn)
        if suspected.nothing_lost(turn):
            return _as(turn, "check_suspicious", "check:done")
        if suspected.asks_to_look(turn):
            return _as(turn, "check_suspicious", "check:ask")
        if writes_otherwise(turn):
            return Chosen("visitors", turn)
        asked = known(turn)
        if asked is not None and understood.act != "check_status":
            return _as(turn, "answer_question", f"question:{asked}")
        if contains(turn.text, turn.catalog.phrases["withdraws"]):
            return Chosen("track_complaint", turn)
        if contains(turn.text, turn.catalog.phrases["adds"]) and understood.act != "ask":
            return Chosen("add_evidence", turn)
        if turn.attachments and (understood.act not in ("report", "ask") or not turn.text):
            return Chosen("add_evidence", turn)
        if understood.act == "ask" and contains(turn.text, turn.catalog.phrases["agency"]):
            return Chosen("find_agency", turn)
        if wants_to_report(turn):
            topic = turn.talk.topic
            if topic is None:
                return _as(turn, "small_talk", "menu:report")
            return _as(turn, "file_complaint", f"report:{topic}")
        if follows_up(turn):
            return _on(turn, turn.talk.topic or "other")
        if (entry := answer_faq.answered(turn)) is not None:
            return _as(turn, "answer_faq", f"faq:{entry}")
        if suspected.wants_to_check(turn):
            return _as(turn, "check_suspicious", "check:ask")
        if answer_faq.near(turn, unsure(turn)):
            return _as(turn, "answer_faq", "faq:")
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
    if head == "check":
        return tail == "done"
    if head == "question":
        return tail in turn.catalog.asides
    if head == "faq":
        return answer_faq.offered(turn, tail)
    return True


_FORM_ONLY = frozenset({"skip", "cancel", "edit", "ok", "consent", "resume", "pause", "stay", "vulnerable"})


def _aside(turn: Turn, form: Form) -> Chosen:
    """A question beside a form: answered where it is sure what it is about, never by a guess."""
    understood = turn.understanding
    enough = CLEAR if understood.topic == form.topic else SURE
    if understood.act != "ask" or understood.topic is None or understood.confidence < enough:
        return _as(turn, "answer_question", "question:")
    return Chosen("give_guidance", as_question_on(turn, understood.topic))


def _on(turn: Turn, topic: str) -> Chosen:
    """More on the matter that was just spoken of; its first screen where that was not shown last."""
    pending = turn.talk.pending
    if pending is not None and pending.question == "offer_report" and pending.data == topic:
        return _as(turn, "give_guidance", f"more:{topic}")
    return Chosen("give_guidance", as_question_on(turn, topic))


def _as_forwarded(turn: Turn) -> Turn:
    """A forwarded message is somebody else's words: guidance on what it looks like, no report by itself."""
    understood = turn.understanding
    topical = understood.act in ("ask", "report") and understood.topic
    return as_question_on(turn, understood.topic if topical and understood.topic else "bank_fraud")


def _as(turn: Turn, action: str, payload: str) -> Chosen:
    return Chosen(action, msgspec.structs.replace(turn, payload=payload))
