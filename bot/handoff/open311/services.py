"""What can be filed: the topics as services, their forms as attributes. Nothing of it is about anybody."""

from __future__ import annotations

from typing import Any

from bot.handoff.open311.formats import Refusal
from content.catalog import Catalog
from content.schema import SlotKind, Topic

CONSENT = "consent"
"""Attribute: the consumer agrees that the case goes to the agencies in charge (law 91/2025/QH15, Art. 9)."""

OURS = frozenset({"what_happened", "contact_phone", "evidence", "location", "note"})
"""Slots that GeoReport has fields of its own for (description, phone, lat and long), or that are files."""

_TYPES = {SlotKind.DATE: "datetime", SlotKind.NUMBER: "number", SlotKind.MONEY: "number"}


def discovery(public_url: str | None, now: str) -> dict[str, Any]:
    base = (public_url or "").rstrip("/")
    return {
        "changeset": now,
        "contact": base or None,
        "key_service": "ntd handoff client",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{base}/open311/v2",
                "changeset": now,
                "type": "production",
                "formats": ["application/json", "text/xml"],
            }
        ],
    }


def services(catalog: Catalog) -> list[dict[str, Any]]:
    return [
        {
            "service_code": topic.id,
            "service_name": topic.title.vi,
            "description": topic.covers.vi,
            "metadata": True,
            "type": "realtime",
            "keywords": topic.title.en,
            "group": None,
        }
        for topic in catalog.topics.values()
    ]


def definition(catalog: Catalog, code: str) -> dict[str, Any]:
    """Raises Refusal where there is no such service."""
    topic = catalog.topics.get(code)
    if topic is None:
        raise Refusal(404, "service_code was not found")
    attributes = [_attribute(catalog, slot, order) for order, slot in enumerate(slots(topic), 2)]
    consent = {
        "variable": True,
        "code": CONSENT,
        "datatype": "singlevaluelist",
        "required": True,
        "datatype_description": None,
        "order": 1,
        "description": catalog.say("vi", "handoff.consent"),
        "values": [{"key": "true", "name": catalog.say("vi", "handoff.consent_yes")}],
    }
    return {"service_code": topic.id, "attributes": [consent, *attributes]}


def slots(topic: Topic) -> tuple[str, ...]:
    """The attributes of a topic besides GeoReport's own fields."""
    named = [name for step in topic.form for name in (step.slot, *step.also)]
    return tuple(name for name in dict.fromkeys([*named, "commune"]) if name not in OURS)


def _attribute(catalog: Catalog, slot: str, order: int) -> dict[str, Any]:
    known = catalog.slots[slot]
    return {
        "variable": True,
        "code": slot,
        "datatype": _TYPES.get(known.kind, "string"),
        "required": False,
        "datatype_description": None,
        "order": order,
        "description": known.label.vi,
        "values": [],
    }
