"""Text in, Understanding out: the steps in their order. No I/O, no clock, never an exception."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from content.catalog import Catalog
from nlu.engines.keywords import KeywordEngine
from nlu.engines.linear import LinearEngine
from nlu.steps.concepts import Concepts
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.classify import ALTERNATIVES, Engine, Reading
from nlu.steps.entities import EntityFinder
from nlu.steps.normalise import Message
from nlu.steps.urgency import Urgency
from nlu.understanding import Entity, Understanding

MODEL = Path(__file__).parent / "model" / "model.npz"


class Pipeline:
    """Built once, used by any thread."""

    def __init__(
        self, abbreviations: Abbreviations, entities: EntityFinder, urgency: Urgency, engine: Engine
    ) -> None:
        self._abbreviations = abbreviations
        self._entities = entities
        self._urgency = urgency
        self.engine = engine

    def parse(self, text: str, today: dt.date | None = None) -> Understanding:
        """Understand one message. Dates are counted from `today`."""
        message = Message(text, self._abbreviations)
        entities = self._entities.find(message, today or dt.date.today())  # noqa: DTZ011 - the caller's day
        return self._understanding(message, entities, self.engine.classify(message))

    def extract(self, text: str, today: dt.date | None = None) -> tuple[Entity, ...]:
        """Entities alone, for an answer to a question that we asked."""
        return self._entities.find(Message(text, self._abbreviations), today or dt.date.today())  # noqa: DTZ011

    def read(self, text: str) -> Reading:
        """What the engine alone says."""
        return self.engine.classify(Message(text, self._abbreviations))

    def _understanding(
        self, message: Message, entities: tuple[Entity, ...], reading: Reading
    ) -> Understanding:
        best, *others = reading.guesses
        return Understanding(
            text=message.text,
            act=best.act,
            topic=best.topic,
            confidence=best.confidence,
            urgent=self._urgency.judge(message, reading.urgent),
            entities=entities,
            alternatives=tuple(others[:ALTERNATIVES]),
        )


def build(catalog: Catalog, model: Path | None = MODEL) -> Pipeline:
    """The pipeline over `catalog`; without a model file a few rules stand in for the engine."""
    engine: Engine = KeywordEngine()
    if model is not None and model.exists():
        engine = LinearEngine.load(model, Concepts(catalog.concepts))
    return Pipeline(
        Abbreviations(catalog.abbreviations), EntityFinder(catalog), Urgency(catalog.urgent), engine
    )
