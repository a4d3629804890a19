"""Officers on the stage: one for every agency, so that scripts can let any of them act."""

from __future__ import annotations

import msgspec
from sqlalchemy import insert, select

from bot.app import Product
from bot.cases import work
from bot.cases.parties import Target
from bot.player.script import OfficerTurn, ScriptError
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, handoffs, officers


class OfficerOnStage(msgspec.Struct, frozen=True):
    """Satisfies `bot.cases.access.Acting`."""

    id: int
    name: str
    province: str
    agency: str
    unit: str | None = None
    commune: str | None = None


class OfficersOnStage:
    def __init__(self, product: Product) -> None:
        self._product = product

    async def take_their_posts(self) -> None:
        now = self._product.clock.now()
        rows = [
            {
                "login": f"{province}.{agency}",
                "name": content.agencies[agency].short,
                "password_hash": "-",
                "role": "officer",
                "province": province,
                "agency": agency,
                "created_at": now,
            }
            for province, content in self._product.catalog.provinces.items()
            for agency in content.agencies
        ]
        async with self._product.database.begin() as uow:
            await uow.execute(insert(officers), rows)
            await uow.commit()

    async def act(self, turn: OfficerTurn) -> None:
        """Lets the agency's officer act on the newest complaint. Raises ScriptError where that is refused."""
        product = self._product
        async with product.database.begin() as uow:
            code, province = await self._newest(uow)
            officer = await self._officer(uow, code, province, turn.agency)
            try:
                await work.act(
                    uow,
                    product.registry,
                    officer,
                    code,
                    do=msgspec.convert(turn.do, work.Do),
                    text=turn.text,
                    now=product.clock.now(),
                    outcome=turn.outcome,
                    target=Target(province, turn.to) if turn.to else None,
                )
            except work.WorkRefusedError as error:
                raise ScriptError(product.catalog.say("vi", error.key, **error.values)) from error
            except work.CaseUnknownError as error:
                raise ScriptError(f"{turn.agency} does not have the case {code}.") from error
            except msgspec.ValidationError as error:
                raise ScriptError(f"an officer cannot do {turn.do!r}.") from error
            await uow.commit()
        await product.dispatcher.run_due()

    async def _newest(self, uow: UnitOfWork) -> tuple[str, str]:
        query = select(complaints.c.code, complaints.c.province).order_by(complaints.c.id.desc()).limit(1)
        row = (await uow.execute(query)).first()
        if row is None:
            raise ScriptError("no complaint has been filed for an officer to act on.")
        return row.code, row.province

    async def _officer(self, uow: UnitOfWork, code: str, province: str, agency: str) -> OfficerOnStage:
        """The agency's officer; of a commune's committee, that of the commune which has the case."""
        commune = (
            select(handoffs.c.commune)
            .join(complaints, complaints.c.id == handoffs.c.complaint_id)
            .where(complaints.c.code == code, handoffs.c.agency == agency)
        )
        at = (await uow.execute(commune.limit(1))).scalar_one_or_none()
        query = select(officers).where(officers.c.province == province, officers.c.agency == agency)
        row = (await uow.execute(query)).first()
        if row is None:
            raise ScriptError(f"there is no agency {agency!r} in {province}.")
        return OfficerOnStage(id=row.id, name=row.name, province=province, agency=agency, commune=at)
