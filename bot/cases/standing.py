"""What the health page says of cases: is anybody's case nobody's, and are the days ahead known?"""

from __future__ import annotations

import datetime as dt

from bot.cases import ways
from bot.cases.calendar import local_day
from bot.cases.daysoff import alarm
from bot.cases.filing import Registry
from bot.cases.waiting import nobodys
from bot.storage.database import UnitOfWork


async def standing(uow: UnitOfWork, registry: Registry, now: dt.datetime) -> dict[str, object]:
    """`nobodys_complaints` and `handoffs_stuck` should be 0. `calendar` names the years of the next 60 days
    whose days off are not known, and what is wrong with the local file. `contacts_fault`: why a change of the
    contacts file was not taken up."""
    found = alarm(registry.settings, local_day(now))
    out = await ways.counts(uow)
    return {
        "nobodys_complaints": await nobodys(uow, now),
        "handoffs_queued": out.queued,
        "handoffs_stuck": out.stuck,
        "calendar": {"unknown_years": list(found.years), "fault": found.fault},
        "contacts_fault": registry.directory.fault,
    }
