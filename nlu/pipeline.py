"""Text in, Understanding out: the steps in their order. No I/O, no clock, never an exception."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from content.catalog import Catalog
from content.schema import Faq
from nlu.engines.keywords import KeywordEngine
from nlu.engines.network import NetworkEngine
from nlu.intents import OUT_OF_SCOPE, TOPICAL
from nlu.phrases import contains
from nlu.retrieval import Retrieval
from nlu.senses import Senses
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.classify import ALTERNATIVES, Engine, Reading, tells_what_happened
from nlu.steps.concepts import Concepts
from nlu.steps.entities import EntityFinder
from nlu.steps.entities.goods import Goods
from nlu.steps.entities.tagger import intent_name
from nlu.steps.normalise import Message
from nlu.steps.urgency import Urgency
from nlu.understanding import Entity, Guess, Understanding

DATA = Path(__file__).parent / "data"
MODEL = Path(__file__).parent / "model" / "model.npz"

_ON_OUR_LAW = Guess("ask", "consumer_rights", 0.3)
"""By rule, and no surer than that it is asked about: what the question is, no rule knows."""
_NOTHING_ASKED = frozenset({OUT_OF_SCOPE, "inform", "help"})


class Pipeline:
    """Built once, used by any thread."""

    def __init__(
        self,
        abbreviations: Abbreviations,
        entities: EntityFinder,
        urgency: Urgency,
        concepts: Concepts,
        goods: Goods,
        engine: Engine,
        faq: Mapping[str, Faq],
        phrases: Mapping[str, Sequence[str]],
    ) -> None:
        self._abbreviations = abbreviations
        self._entities = entities
        self._urgency = urgency
        self._concepts = concepts
        self._goods = goods
        self._faq = faq
        self._tells, self._our_law = phrases["tells"], phrases["our_law"]
        self.engine = engine

    @cached_property
    def retrieval(self) -> Retrieval:
        """The answers of `content/faq/`; the index is built when first asked for."""
        with _uncollected():
            return Retrieval(self._faq, self._abbreviations, self._concepts)

    def parse(self, text: str, today: dt.date | None = None) -> Understanding:
        """Understand one message. Dates are counted from `today`."""
        return self.understand(text, today)[0]

    def understand(self, text: str, today: dt.date | None = None) -> tuple[Understanding, Reading]:
        """`parse`, and beside it what the engine said in its own words."""
        message = self._message(text)
        entities = self._entities.find(message, today or dt.date.today())  # noqa: DTZ011 - the caller's day
        reading = self.engine.classify(message, entities)
        best, *others = self._told(message, reading.guesses)
        intent = intent_name(best.act, best.topic)
        entities = self._entities.with_names(message, entities, self.engine.tagger, intent)
        understanding = Understanding(
            text=text,
            act=best.act,
            topic=best.topic,
            confidence=best.confidence,
            urgent=self._urgency.judge(message, reading.urgent),
            entities=entities,
            alternatives=tuple(others[:ALTERNATIVES]),
        )
        return understanding, reading

    def in_danger(self, text: str, *, certainly: bool = False) -> bool:
        """What the rules of urgency say alone, without the model: for answers inside a form. `certainly`
        leaves out what only may be danger."""
        alarm = self._urgency.read(self._message(text))
        return alarm.certain or (alarm.likely and not certainly)

    def danger(self, text: str) -> str | None:
        """The danger of `content/dangers.yml` that the text tells of, by rule, whatever the matter is."""
        return self._urgency.read(self._message(text)).danger

    def _told(self, message: Message, guesses: Sequence[Guess]) -> Sequence[Guess]:
        """The guesses, best first. Who is certainly in danger tells of it, and neither chats nor agrees; who
        says what bad thing they got, or that they want to report it, and asks nothing, reports it; who names
        one of our laws by its number asks about it."""
        best = guesses[0]
        if best.act == "ask" and tells_what_happened(message, self._concepts, self._tells):
            return _first(Guess("report", best.topic, best.confidence), guesses[1:])
        if best.act in _NOTHING_ASKED and contains(message.plain, self._our_law):
            return _first(_ON_OUR_LAW, guesses)
        if best.act in TOPICAL or not self._urgency.read(message).certain:
            return guesses
        topical = [guess for guess in guesses if guess.act in TOPICAL] or [Guess("report", "other", 0.0)]
        return [*topical, *(guess for guess in guesses if guess not in topical)]

    def load_engine(self, model: Path) -> NetworkEngine:
        """The engine of another model file, over the lexicons of this pipeline: for `engine`, at any time and
        from any thread. Raises ModelError."""
        return NetworkEngine.load(model, Senses(self._concepts, self._goods))

    def extract(self, text: str, today: dt.date | None = None) -> tuple[Entity, ...]:
        """Entities alone, for an answer to a question that we asked."""
        message = self._message(text)
        entities = self._entities.find(message, today or dt.date.today())  # noqa: DTZ011
        return self._entities.with_names(message, entities, self.engine.tagger)

    def _message(self, text: str) -> Message:
        return Message(text, self._abbreviations, self.engine.spelling)


def _first(best: Guess, others: Sequence[Guess]) -> list[Guess]:
    """`best` before the others, which say it no second time."""
    return [best, *(guess for guess in others if (guess.act, guess.topic) != (best.act, best.topic))]


def build(catalog: Catalog, model: Path | None = MODEL, engine: Engine | None = None) -> Pipeline:
    """The pipeline over `catalog`. Without `engine` ours is loaded from `model`; without that file a few
    rules stand in for it."""
    with _uncollected():
        built = _built(catalog, model, engine)
        gc.freeze()
    return built


@contextmanager
def _uncollected() -> Iterator[None]:
    """Lexicons are many small objects that all stay: to look for garbage among them takes as long as to make
    them. (What is frozen then is never looked through again, while a message waits.)"""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _built(catalog: Catalog, model: Path | None, engine: Engine | None) -> Pipeline:
    urgency, concepts, goods = Urgency(catalog.urgent), Concepts(catalog.concepts), Goods(catalog.products)
    if engine is None and model is not None and model.exists():
        engine = NetworkEngine.load(model, Senses(concepts, goods))
    return Pipeline(
        Abbreviations(catalog.abbreviations),
        EntityFinder(catalog),
        urgency,
        concepts,
        goods,
        engine or KeywordEngine(),
        catalog.faq,
        catalog.phrases,
    )
