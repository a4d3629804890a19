from __future__ import annotations

import asyncio
import datetime as dt

from bot.officers import forms
from bot.officers.accounts import Place
from tests.bot.cases.desk import Desk, account


async def test_a_form_has_its_effect_once_however_often_it_is_sent(desk: Desk) -> None:
    officer = await account(desk, "an.nguyen", Place("hung-yen", "so_y_te"), password="-")
    token = forms.fresh_token()

    async def send() -> bool:
        async with desk.transaction() as uow:
            return await forms.first_time(uow, token, officer.id, desk.clock.now())

    assert sorted(await asyncio.gather(*(send() for _ in range(4)))) == [False, False, False, True]


async def test_a_form_whose_work_failed_can_be_sent_again(desk: Desk) -> None:
    officer = await account(desk, "an.nguyen", Place("hung-yen", "so_y_te"), password="-")
    token = forms.fresh_token()
    async with desk.database.begin() as uow:
        assert await forms.first_time(uow, token, officer.id, desk.clock.now())
    async with desk.transaction() as uow:
        assert await forms.first_time(uow, token, officer.id, desk.clock.now())


async def test_a_result_is_shown_to_its_own_officer_for_a_short_while(desk: Desk) -> None:
    officer = await account(desk, "an.nguyen", Place("hung-yen", "so_y_te"), password="-")
    other = await account(desk, "binh.le", Place("hung-yen", "so_y_te"), password="-")
    token = forms.fresh_token()
    async with desk.transaction() as uow:
        await forms.first_time(uow, token, officer.id, desk.clock.now())
        await forms.keep_result(uow, desk.vault, token, {"password": "K7QP"})

    async def shown(officer_id: int) -> dict[str, str] | None:
        async with desk.transaction() as uow:
            return await forms.result_of(uow, desk.vault, token, officer_id, desk.clock.now())

    assert await shown(other.id) is None
    assert await shown(officer.id) == {"password": "K7QP"}
    desk.clock.move(forms.SHOWN + dt.timedelta(seconds=1))
    assert await shown(officer.id) is None
    desk.clock.move(-forms.SHOWN)
    assert await shown(officer.id) is None, "it was emptied, not hidden"
