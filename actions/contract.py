"""The words between the dialogue and the actions: a turn goes in, an outcome comes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

from actions.ports import Ports
from content.catalog import Catalog
from content.education import Level
from content.schema import Language
from nlu.pipeline import Pipeline
from nlu.suspicious.checker import Checker
from nlu.suspicious.report import Seen
from nlu.understanding import Understanding


class Choice(msgspec.Struct, frozen=True):
    """A button, or a numbered line where the channel has none. The payload is ASCII, at most 64 bytes."""

    label: str
    payload: str


class Reply(msgspec.Struct, frozen=True):
    """One message to the consumer: plain text, no markup; channels escape and split it."""

    text: str
    choices: tuple[Choice, ...] = ()
    wants: Literal["phone"] | None = None
    """What is asked for can also be given by a button, where the channel has one for it."""


class Attachment(msgspec.Struct, frozen=True):
    """Evidence that is stored, or will be in a moment; `id` is the evidence row."""

    id: str
    codes: tuple[Seen, ...] = ()
    """Barcodes and QR codes that could be read in it."""
    awaited: bool = False
    """It still lies with the messenger: nobody knows yet what it shows."""


class Form(msgspec.Struct):
    """An open complaint form. `slots` holds normal forms, `said` what the person wrote for them."""

    topic: str
    started_at: dt.datetime
    urgent: bool = False
    kind: Literal["complaint", "request"] = "complaint"
    slots: dict[str, str] = {}
    said: dict[str, str] = {}
    skipped: list[str] = []
    asked: str | None = None
    attachments: list[str] = []
    commune: str | None = None
    """Code of the commune where the person lives; its name is in `slots`."""
    editing: str | None = None
    """The slot that the person wishes to change: asked again, also where the form does not ask for it."""
    stage: Literal["filling", "summary", "consent"] = "filling"
    conditions: list[str] = []
    incident_commune: str | None = None
    for_someone_else: bool = False
    case: str | None = None
    """The sub-case of `topic` (`content/cases/`): some questions are asked only there."""


class Pending(msgspec.Struct):
    """A question of the bot's that waits for an answer outside a form."""

    question: Literal["offer_report", "which_topic", "offer_officer", "track_code", "track_secret",
                      "which_agency", "evidence", "delete_data", "learning", "what_to_check",
                      "quiz"]  # fmt: skip
    data: str = ""
    """What the answer is about: a topic, a code."""


class Round(msgspec.Struct):
    """A round of the quiz: its questions (`content/quiz/<level>.yml`) and how far it is."""

    level: Level
    questions: tuple[str, ...]
    answered: int = 0
    right: int = 0
    seen: tuple[str, ...] = ()
    """Questions of earlier rounds: they come up again last."""


class Talk(msgspec.Struct):
    """What is remembered between turns: kept encrypted, 72 hours (an open form 7 days)."""

    topic: str | None = None
    case: str | None = None
    """The sub-case of `topic` that was spoken of (`content/cases/`)."""
    form: Form | None = None
    parked: Form | None = None
    """The complaint form that waits while the person writes to an officer."""
    pending: Pending | None = None
    last_story: str | None = None
    """The masked sentence that the last guidance answered: a report may start from it."""
    last_understanding: Understanding | None = None
    attachments: list[str] = []
    """Files that came before any form was open: the next one takes them along."""
    location: str | None = None
    """A place that was sent before any form was open, as "latitude, longitude"."""
    offered: tuple[Choice, ...] = ()
    """The choices of the last message: they may also be typed, or picked by number."""
    misses: int = 0
    """Messages in a row that were not understood."""
    quiz: Round | None = None
    """The round of the quiz that was begun; words count as its answer only while `pending` waits for one."""
    checked: bool = False
    """Something suspicious was looked at last: "I clicked it already" is about that."""
    introduced: bool = False
    """The notice that this is an automated system, and what it keeps, was given."""


class Profile(msgspec.Struct, frozen=True):
    """What is remembered about a contact for as long as it exists."""

    language: Language = "vi"
    province: str | None = None
    commune: str | None = None
    """The commune's code."""
    vulnerable: bool | None = None
    """Said so once (Law 19/2023 Art. 8); the reason is neither asked nor kept."""
    first_name: str | None = None
    learning: bool | None = None
    """Whether messages that were not understood may be kept, masked, for training; None: not chosen yet."""


class Turn(msgspec.Struct, frozen=True):
    """One message, understood. `text` is masked: no OTP, card number or password ever reaches an action."""

    text: str
    payload: str | None
    understanding: Understanding
    attachments: tuple[Attachment, ...]
    forwarded: bool
    location: tuple[float, float] | None
    shared_phone: str | None
    profile: Profile
    talk: Talk
    now: dt.datetime
    today: dt.date
    """The day in Viet Nam."""
    catalog: Catalog
    pipeline: Pipeline
    checker: Checker
    ports: Ports
    provinces: tuple[str, ...]
    """The provinces that this installation serves."""
    plan_numbers: dict[str, str]
    """Province -> number and date of its plan, where the operator has set them."""
    asked_case: str | None = None
    """Code of the case in which an officer waits for this person's answer."""
    unrated_case: str | None = None
    """Code of a resolved case of which this person has not said whether it helped."""
    upload_max_mb: int = 10
    learning_days: int = 90
    """How long a message for training is kept."""
    seed: int = 0
    """The contact's own number: what is drawn for it is drawn from this and `now` alone."""
    day_themes: dict[str, str] = {}
    """Year -> theme of Consumer Rights Day, as the operator has typed it in."""

    @property
    def codes(self) -> tuple[Seen, ...]:
        """Barcodes and QR codes of the photos that came along."""
        return tuple(code for attachment in self.attachments for code in attachment.codes)

    def say(self, key: str, **values: object) -> str:
        return self.catalog.say(self.profile.language, key, **values)

    def choice(self, key: str, payload: str, **values: object) -> Choice:
        return Choice(self.say(key, **values), payload)


class Outcome(msgspec.Struct):
    """What a turn led to. `act` is what the message was understood as; `profile` only if it changed."""

    replies: list[Reply]
    talk: Talk
    profile: Profile | None = None
    act: str | None = None
    topic: str | None = None
    urgent: bool = False


class Action(msgspec.Struct, frozen=True):
    """`acts` are the understood acts that lead here, `payloads` the first words of choices that do."""

    name: str
    run: Callable[[Turn], Awaitable[Outcome]]
    acts: tuple[str, ...] = ()
    payloads: tuple[str, ...] = ()
