"""A trial hand-off: the whole way out with a case that is none, without touching the ledger."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping

import msgspec

from bot.cases.directory import Reach
from bot.cases.filing import Registry
from bot.handoff.parcel import Agency, Case, Detail, Named
from bot.handoff.send import Carrier, NotTakenError, Parcel


def case(registry: Registry, province: str, agency: str, now: dt.datetime) -> Case:
    """To the agency, of nobody. Its code is none that a real case can have."""
    catalog = registry.catalog
    content = catalog.provinces[province]
    topic = next(iter(catalog.topics.values()))
    story = catalog.say("vi", "handoff.test_story")
    return Case(
        code=f"{content.province.prefix}-00-000000",
        kind="complaint",
        state="open",
        province=Named(province, content.province.name.vi),
        topic=Named(topic.id, topic.title.vi),
        urgent=False,
        filed_at=now,
        due_at=now,
        due_by_law=False,
        commune=None,
        to=Agency(agency, content.agencies[agency].name.vi, "lead"),
        others=(),
        clauses=(),
        details=(Detail("what_happened", catalog.slots["what_happened"].label.vi, story),),
        files=0,
        masked=True,
        trial=True,
    )


class Tried(msgspec.Struct, frozen=True):
    way: str
    fault: str | None


async def send(
    case_: Case, reach: Reach, carriers: Mapping[str, Carrier], now: dt.datetime
) -> tuple[Tried, ...]:
    """On each way by which the agency is reached."""
    found = []
    for way in reach.ways:
        try:
            await carriers[way].send(Parcel(f"ho_trial_{secrets.token_hex(8)}", case_, reach, now, now))
        except NotTakenError as error:
            found.append(Tried(way, error.reason))
        else:
            found.append(Tried(way, None))
    return tuple(found)
