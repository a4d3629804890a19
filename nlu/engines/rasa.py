"""Rasa Open Source as the engine, over its HTTP interface; trained from the same files as ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from nlu.intents import split
from nlu.steps.classify import ALTERNATIVES, Reading
from nlu.steps.entities.tagger import Tagger
from nlu.steps.normalise import Message
from nlu.steps.spelling import Spelling
from nlu.understanding import Entity, Guess

TIMEOUT_SECONDS = 5.0


class RasaAway(Exception):
    """The Rasa server did not answer, or not as Rasa does; the message says which."""


class RasaEngine:
    """`POST <url>/model/parse`. One connection pool, made once; safe for threads."""

    tagger: Tagger | None = None
    spelling: Spelling | None = None

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, transport=transport)

    def classify(self, message: Message, _entities: Sequence[Entity] = ()) -> Reading:
        """Raises RasaAway. Empty text is not sent: Rasa knows no intent for it."""
        if not message.folded.strip():
            return Reading((Guess("inform", None, 0.0),))
        text = message.text.encode("utf-8", "replace").decode("utf-8")
        try:
            answer = self._client.post("/model/parse", json={"text": text})
            answer.raise_for_status()
            body = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise RasaAway(f"Rasa at {self._client.base_url} did not answer: {error}.") from error
        return reading(body)


def reading(body: Any) -> Reading:
    ranking = body.get("intent_ranking") if isinstance(body, dict) else None
    if not ranking:
        raise RasaAway("Rasa answered without an intent ranking.")
    named = [(str(one["name"]), float(one["confidence"])) for one in ranking if one.get("name")]
    guesses = tuple(
        Guess(*ours, round(confidence, 4)) for name, confidence in named if (ours := split(name)) is not None
    )
    best, confidence = named[0] if named else ("", 0.0)
    intent = None if split(best) is not None else best
    if not guesses:
        guesses = (Guess("inform", None, 0.0),)
    return Reading(guesses[: ALTERNATIVES + 1], None, intent, round(confidence, 4))
