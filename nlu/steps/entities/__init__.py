"""Finding what a message names: one module a family, the order below settles quarrels between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from content.catalog import Catalog
from nlu.steps.entities.banks import Banks
from nlu.steps.entities.codes import find_orders, find_registrations, find_tickets
from nlu.steps.entities.dates import find_dates
from nlu.steps.entities.found import Found, without_overlaps
from nlu.steps.entities.links import find_emails, find_urls
from nlu.steps.entities.money import find_money
from nlu.steps.entities.names import find_names
from nlu.steps.entities.numbers import find_numbers
from nlu.steps.entities.places import Communes
from nlu.steps.entities.tagger import Tagger
from nlu.steps.normalise import Message
from nlu.steps.secrets import find_secrets
from nlu.understanding import Entity


class EntityFinder:
    """All families over one message."""

    def __init__(self, catalog: Catalog) -> None:
        self._banks = Banks(catalog.banks)
        self._communes = Communes((p.province, p.communes) for p in catalog.provinces.values())

    def find(self, message: Message, today: dt.date) -> tuple[Entity, ...]:
        """What is found by rule, in the order of the text; secrets win every quarrel."""
        families = (
            find_secrets(message),
            find_emails(message),
            find_urls(message),
            find_registrations(message),
            find_tickets(message),
            find_numbers(message),
            find_orders(message),
            find_money(message),
            find_dates(message, today),
            self._communes.find(message),
            self._banks.find(message),
        )
        return _entities(message, without_overlaps(families, len(message.folded)))

    def with_names(
        self, message: Message, entities: tuple[Entity, ...], tagger: Tagger | None, intent: str = ""
    ) -> tuple[Entity, ...]:
        """`entities` and, where these leave room, products and sellers. What the message is taken for tells
        whether it names any."""
        named = [*find_names(message, tagger, intent)]
        if not named:
            return entities
        taken = [(message.place(entity.start), message.place(entity.end)) for entity in entities]
        free = [
            found
            for found in named
            if not any(found.start < end and start < found.end for start, end in taken)
        ]
        return tuple(sorted((*entities, *_entities(message, free)), key=lambda entity: entity.start))


def _entities(message: Message, found: Iterable[Found]) -> tuple[Entity, ...]:
    return tuple(_entity(message, one) for one in found)


def _entity(message: Message, found: Found) -> Entity:
    start, end = message.span(found.start, found.end)
    value = message.text[start:end]
    normal = "" if found.type in ("otp", "card_number") else found.normal
    return Entity(type=found.type, value=value, start=start, end=end, normal=normal)
