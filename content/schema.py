"""The shapes of every file under `content/`, as frozen structs.

Unknown fields are errors, so a slip of the pen in a YAML file is found when it is read and not when a
consumer needs it.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Literal

import msgspec

Language = Literal["vi", "en"]


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of everything read from YAML."""


class Text(File, frozen=True):
    """One text in both languages; Vietnamese is what the product speaks first."""

    vi: str
    en: str

    def in_(self, language: Language) -> str:
        return self.vi if language == "vi" else self.en


class Source(File, frozen=True):
    """Where a fact comes from, in words a consumer can read (`content/sources.yml`)."""

    title: Text
    date: str
    confidence: Literal["2+", "1"]


class Citation(File, frozen=True):
    """An article of an act in `content/legal/acts.yml`."""

    act: str
    article: str


class Act(File, frozen=True, kw_only=True):
    """A law or decree with the articles that we cite; `in_force` only where a source gives it."""

    name: Text
    number: str
    in_force: dt.date | None = None
    checked: dt.date
    articles: dict[str, Text]


class Fact(File, frozen=True):
    """One sentence that the bot may say. It must name a source, a law, or be marked as plain advice."""

    vi: str
    en: str
    sources: tuple[str, ...] = ()
    law: tuple[Citation, ...] = ()
    advice: bool = False
    service: bool = False
    """Says what this product itself does, as it is built."""
    review: Literal["pending"] | None = None
    """An authority should approve the wording (first aid) and has not yet."""

    def in_(self, language: Language) -> str:
        return self.vi if language == "vi" else self.en


class Guidance(File, frozen=True):
    """What to do before why. `do` is the first screen, at most 600 characters; the rest opens with "more"."""

    do: tuple[Fact, ...]
    keep: tuple[Fact, ...]
    rights: tuple[Fact, ...]
    avoid: tuple[Fact, ...]
    hotlines: tuple[str, ...] = ()
    rights_first: bool = False
    """The rights are what people ask for here: they stand on the first screen."""


class Urgent(File, frozen=True):
    """The three steps that stand before everything else, and the number to call first."""

    call: tuple[str, ...]
    steps: tuple[Fact, ...]
    bank_first: bool = False
    """The person's own bank is called before `call`: only it can stop the money."""


class Question(File, frozen=True):
    """A question that is answered beside a form too (`content/asides/`), asked with any of `asked`: folded
    regular expressions. One `about` sending counts only while a complaint is being spoken of."""

    about: Literal["sending", "anything"]
    asked: tuple[str, ...]
    answer: tuple[Fact, ...]
    checked: dt.date


class Asked(File, frozen=True):
    """Ways in which people put one question, in their own spelling; English only where it is answered."""

    vi: tuple[str, ...]
    en: tuple[str, ...] = ()


class Answer(File, frozen=True):
    vi: str
    en: str | None = None


class Faq(File, frozen=True, kw_only=True):
    """A question of consumers with its answer (`content/faq/`), found by how near a message is to `asked`.

    It must name a source or a law, or be marked as saying what this product does.
    """

    topic: str | None = None
    asked: Asked
    answer: Answer
    sources: tuple[str, ...] = ()
    law: tuple[Citation, ...] = ()
    service: bool = False
    """Says what this product itself does, as it is built."""
    hotlines: tuple[str, ...] = ()
    """Those whose numbers the answer names."""
    checked: dt.date


class SlotKind(StrEnum):
    TEXT = "text"
    MONEY = "money"
    DATE = "date"
    PHONE = "phone"
    COMMUNE = "commune"
    BANK = "bank"
    BANK_ACCOUNT = "bank_account"
    URL = "url"
    NUMBER = "number"
    ORDER_CODE = "order_code"
    REGISTRATION_NUMBER = "registration_number"
    BARCODE = "barcode"
    PHOTO = "photo"


class Slot(File, frozen=True):
    """A question that a form can ask (`content/slots.yml`); `label` names the answer in a summary."""

    kind: SlotKind
    label: Text
    ask: Text
    why: Text
    place: bool = False
    """The bare name of a place can be its answer."""


class FormStep(File, frozen=True):
    """One slot of a topic's form; `ask` and `why` replace the slot's general words."""

    slot: str
    ask: Text | None = None
    why: Text | None = None
    also: tuple[str, ...] = ()
    """Other slots asked for in the same breath: any of them answers a question that is not needed."""
    alone: Text | None = None
    """Asked where all of `also` is told already, else the slot's general question."""
    photo: bool = False
    """A photo answers it: what is asked for is printed on the goods."""
    only_in: tuple[str, ...] = ()
    """Asked only in these sub-cases of the topic (`content/cases/<topic>.yml`)."""
    elsewhere: bool = False
    """For `commune`: asks where it happened, because the person may live anywhere (visitors)."""
    needed: bool = False
    """The agency can hardly act without it. It may still be skipped: nobody is turned away."""


class Topic(File, frozen=True, kw_only=True):
    id: str
    title: Text
    covers: Text
    """What belongs to the topic, in one line: shown when the bot offers topics to choose from."""
    urgent: Urgent
    guidance: Guidance
    form: tuple[FormStep, ...]
    negotiation: bool = False
    """The law's support for negotiation applies: the agency forwards to the trader in 7 working days
    (Law 19/2023 Art. 57(4)). Otherwise the province's own target is shown, called "mục tiêu"."""
    essential: bool = False
    """Goods of daily need (Thái Nguyên PL.III.5). For officers' lists; nothing a consumer is told."""
    checked: dt.date


class Basis(StrEnum):
    """How a plan makes an agency responsible (see docs/routing.md)."""

    NAMED = "named"
    FIELD = "field"
    FOCAL = "focal"
    LAW = "law"


class Responsible(File, frozen=True):
    """An agency with the clauses that make it responsible.

    `when` names a condition of `content/lexicon/conditions.yml`: the entry counts only where the text calls
    for it.
    """

    agency: str
    clauses: tuple[str, ...] = ()
    basis: Basis = Basis.FIELD
    unit: str | None = None
    law: Citation | None = None
    when: str | None = None


class TopicRule(File, frozen=True):
    """`leads` are tried in order: the first whose condition holds; the last has none."""

    leads: tuple[Responsible, ...]
    coordinating: tuple[Responsible, ...] = ()
    more_clauses: dict[str, tuple[str, ...]] = {}
    """Condition -> clauses added to the lead when it holds."""


class Routing(File, frozen=True, kw_only=True):
    focal: Responsible
    commune: Responsible
    """The commune's People's Committee: takes part wherever the commune is known."""
    commune_shares_rows: bool = False
    """It takes part by the lead's appendix rows (PL.*), or by its own clauses where the lead has none."""
    committee: Responsible
    """The province's People's Committee: takes the place of an accused focal agency."""
    everywhere: tuple[Responsible, ...]
    topics: dict[str, TopicRule]


class Agency(File, frozen=True):
    name: Text
    short: str
    accused_words: tuple[str, ...] = ()
    """Words by which a consumer names the agency when it is itself accused."""
    units: dict[str, Text] = {}


class Entered(File, frozen=True):
    """Which officer of this installation entered a listing, and when: said wherever the number stands."""

    by: str
    on: dt.date


class Listing(File, frozen=True, kw_only=True):
    """Where an agency, a unit of it or a commune's committee is found (`contacts.yml` of a province)."""

    address: str = ""
    phone: str = ""
    email: str = ""
    url: str = ""
    hours: str = ""
    sources: tuple[str, ...] = ()
    checked: dt.date
    entered: Entered | None = None


class OldUnit(File, frozen=True):
    """A commune before July 2025 that went, whole or in part, into a new one."""

    name: str
    district: str
    province: str
    partial: bool = False


class Commune(File, frozen=True):
    code: str
    name: str
    formed_from: tuple[OldUnit, ...]


class ServedBy(StrEnum):
    """The parts of this product that a clause of a plan can be served by."""

    INTAKE = "intake"
    """The clause names who takes consumers' complaints, and the product takes them for that agency."""
    ROUTING = "routing"
    """A rule of `routing.yml` cites the clause."""
    GUIDANCE = "guidance"
    """What to do, with its urgent steps (`content/topics/`)."""
    FAQ = "faq"
    CAMPAIGN = "campaign"
    """What is sent to those who asked for it, 15 March first of all."""
    WARNING = "warning"
    """Warnings to the public and the check of suspicious messages."""
    REPORT = "report"
    """Figures and periodical reports."""
    HANDOFF = "handoff"
    """The officers' queue: a case goes to those who lead and who take part, until it is answered."""
    QUIZ = "quiz"
    LEAFLET = "leaflet"
    """Texts to print and to hand out."""
    NONE = "none"
    """Nothing: a matter of the agencies alone, such as budgets and regulations."""


class Clause(File, frozen=True, kw_only=True):
    """One clause or appendix row of the province's plan, in our own short words.

    `lead` and `coordinating` hold ids of `agencies.yml`, or the plan's own words for whoever has no id
    there; they are empty where the plan names nobody.
    """

    task: str
    lead: tuple[str, ...] = ()
    coordinating: tuple[str, ...] = ()
    product: str = ""
    deadline: str = ""
    served_by: tuple[ServedBy, ...]


class Province(File, frozen=True):
    id: str
    name: Text
    prefix: str
    """First letters of complaint codes: HY, TN."""
    code: str
    """The statistics office's code of the province."""
    former_names: tuple[str, ...]
    plan_title: str
    nicknames: tuple[str, ...] = ()
    """Short forms, folded: understood only as the whole answer to "which province?"."""


class Hotline(File, frozen=True):
    number: str
    name: Text
    use: Text
    free: bool
    sources: tuple[str, ...]
    checked: dt.date
    show: bool
    hours: str = ""
    entered: Entered | None = None


class Bank(File, frozen=True):
    """A bank or wallet; `aliases` are how people write it, folded."""

    name: str
    aliases: tuple[str, ...]
    number: str | None = None
    sources: tuple[str, ...] = ()
    checked: dt.date | None = None
    show: bool = False
    entered: Entered | None = None


class UrgentRule(File, frozen=True):
    """Somebody or their money is in danger now when every pattern of `all` is said and none of `unless`.

    A pattern is folded words as the NLU writes them out; `{name}` stands for any of
    `UrgentLexicon.words[name]`, `~` for up to four words between, `~~` for up to twelve, `a|b` in brackets
    for either. `despite` names those of `UrgentLexicon.calm` that do not hold the rule back.
    """

    all: tuple[str, ...]
    unless: tuple[str, ...] = ()
    despite: tuple[str, ...] = ()
    firm: bool = False
    """It stands also where the model hears no danger: what is rare is rare in the training sentences, too."""


class UrgentLexicon(File, frozen=True):
    """`content/lexicon/urgent.yml`: what makes a message urgent with no model at all.

    Each of `calm` holds back every rule except those of `always` and those that stand `despite` it.
    """

    apart: tuple[str, ...]
    """Words that stay as they are written with their marks: without them they would read as other words."""
    words: dict[str, tuple[str, ...]]
    always: dict[str, UrgentRule]
    dangers: dict[str, tuple[str, ...]]
    """A danger of `content/dangers.yml` -> those of `always` that tell of it."""
    rules: dict[str, UrgentRule]
    calm: dict[str, UrgentRule]


class Abbreviation(File, frozen=True):
    """A short form; `ambiguous` ones are expanded only by the rules of the NLU."""

    means: str
    ambiguous: bool = False
