"""What only one process may do at a time: held by a row with an end, so whoever dies gives it up."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import delete, or_
from sqlalchemy.dialects.postgresql import insert

from bot.clock import Clock
from bot.storage.database import Database
from bot.storage.tables import leases


class Lease:
    """`seconds`: how long it lasts unless it is taken again; longer than any single step under it."""

    def __init__(self, database: Database, clock: Clock, name: str, seconds: float) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self._lasts = dt.timedelta(seconds=seconds)
        self._holder = secrets.token_hex(8)

    async def take(self) -> bool:
        """True if this process now holds it, until `seconds` from now; False while another one does."""
        now = self._clock.now()
        row = {"name": self._name, "holder": self._holder, "held_until": now + self._lasts}
        statement = insert(leases)
        statement = statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": statement.excluded.holder, "held_until": statement.excluded.held_until},
            where=or_(leases.c.holder == self._holder, leases.c.held_until <= now),
        )
        async with self._database.begin() as uow:
            taken = (await uow.execute(statement.returning(leases.c.name), row)).first() is not None
            await uow.commit()
        return taken

    async def give_up(self) -> None:
        """Lets another process take it at once."""
        async with self._database.begin() as uow:
            await uow.execute(
                delete(leases).where(leases.c.name == self._name, leases.c.holder == self._holder)
            )
            await uow.commit()
