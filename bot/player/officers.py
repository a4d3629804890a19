"""Officers on the stage: one for every agency, so that scripts can let any of them act."""

from __future__ import annotations

from sqlalchemy import insert, select

from bot.app import Product
from bot.cases import work
from bot.player.script import OfficerTurn, ScriptError
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints, officers


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
        async with self._product.database.begin() as uow:
            code, province = await self._newest(uow)
            officer = await self._officer(uow, province, turn.agency)
            try:
                await work.act_for_script(uow, self._product, officer, code, turn)
            except work.Refused as error:
                raise ScriptError(str(error)) from error
            await uow.commit()
        await self._product.dispatcher.run_due()

    async def _newest(self, uow: UnitOfWork) -> tuple[str, str]:
        query = select(complaints.c.code, complaints.c.province).order_by(complaints.c.id.desc()).limit(1)
        row = (await uow.execute(query)).first()
        if row is None:
            raise ScriptError("no complaint has been filed for an officer to act on.")
        return row.code, row.province

    async def _officer(self, uow: UnitOfWork, province: str, agency: str) -> int:
        query = select(officers.c.id).where(officers.c.province == province, officers.c.agency == agency)
        found: int | None = (await uow.execute(query)).scalar_one_or_none()
        if found is None:
            raise ScriptError(f"there is no agency {agency!r} in {province}.")
        return found
