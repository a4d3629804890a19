from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from bot.officers import accounts, passwords, sessions
from bot.officers.accounts import AccountError, Place
from bot.officers.permissions import GRANTED, Permission, Role, may
from bot.storage.tables import officers
from tests.bot.cases.desk import Desk, account

PLACE = Place("hung-yen", "so_y_te")


async def test_the_first_start_makes_one_administrator(desk: Desk) -> None:
    async def first_start() -> str | None:
        async with desk.transaction() as uow:
            return await accounts.ensure_admin(uow, desk.clock.now())

    passwords_made = await asyncio.gather(first_start(), first_start(), first_start())
    assert len([one for one in passwords_made if one]) == 1
    assert await first_start() is None
    rows = await desk.rows(select(officers))
    assert [(row.login, row.role, row.must_change) for row in rows] == [("admin", "admin", True)]


async def test_a_one_time_password_is_kept_nowhere(desk: Desk) -> None:
    async with desk.transaction() as uow:
        made, password = await accounts.add(
            uow, login=" An.Nguyen ", name="An", place=PLACE, now=desk.clock.now()
        )
    row = (await desk.rows(select(officers)))[0]
    assert made.login == "an.nguyen"
    assert made.must_change
    assert row.password_hash.startswith("$argon2id$")
    assert not any(password in str(value) for value in row)
    assert await passwords.fits(row.password_hash, password)
    assert not await passwords.fits(row.password_hash, password.lower())


@pytest.mark.parametrize(
    ("login", "name", "place", "role", "key"),
    [
        ("an nguyen", "An", PLACE, Role.OFFICER, "console.login_form"),
        ("ấn", "An", PLACE, Role.OFFICER, "console.login_form"),
        ("an", "An", PLACE, Role.OFFICER, "console.login_form"),
        ("an.nguyen", " ", PLACE, Role.OFFICER, "console.name_form"),
        ("an.nguyen", "An", None, Role.OFFICER, "console.place_missing"),
        ("an.nguyen", "An", PLACE, Role.ADMIN, "console.place_missing"),
    ],
)
async def test_what_is_no_account(
    desk: Desk, login: str, name: str, place: Place | None, role: Role, key: str
) -> None:
    async with desk.transaction() as uow:
        with pytest.raises(AccountError) as refused:
            await accounts.add(uow, login=login, name=name, place=place, now=desk.clock.now(), role=role)
    assert refused.value.key == key


async def test_a_login_stands_once(desk: Desk) -> None:
    await account(desk, "an.nguyen", PLACE, password="-")
    async with desk.transaction() as uow:
        with pytest.raises(AccountError) as refused:
            await accounts.add(uow, login="AN.NGUYEN", name="Khác", place=PLACE, now=desk.clock.now())
    assert refused.value.key == "console.login_taken"


@pytest.mark.parametrize(
    ("password", "key"),
    [
        ("ngan", "console.password_short"),
        ("x" * 201, "console.password_long"),
        ("aaaaaaaaaaaa", "console.password_plain"),
        ("202620262026", "console.password_plain"),
        ("an.nguyen.2026", "console.password_own_name"),
        ("Nguyễn mến nghề", "console.password_own_name"),
        ("trà đá vỉa hè 7 giờ", None),
    ],
)
def test_weak_passwords(password: str, key: str | None) -> None:
    assert passwords.weakness(password, login="an.nguyen", name="Nguyễn Văn An") == key


async def test_an_own_password_ends_the_one_time_password(desk: Desk) -> None:
    officer = await account(desk, "an.nguyen", PLACE, password="mot lan thoi nhe")
    async with desk.transaction() as uow:
        value = await sessions.start(uow, officer.id, desk.clock.now())
        await accounts.change_password(uow, officer, "mot lan thoi nhe", "cau nay de nho")
    async with desk.transaction() as uow:
        assert await sessions.officer_of(uow, value, desk.clock.now(), touch=True) is None
        with pytest.raises(AccountError) as refused:
            await accounts.change_password(uow, officer, "mot lan thoi nhe", "cau khac nua day")
    assert refused.value.key == "console.password_wrong"


async def test_a_reset_signs_out_everywhere(desk: Desk) -> None:
    officer = await account(desk, "an.nguyen", PLACE, password="-")
    async with desk.transaction() as uow:
        value = await sessions.start(uow, officer.id, desk.clock.now())
    async with desk.transaction() as uow:
        await accounts.reset(uow, officer.id)
    async with desk.transaction() as uow:
        assert await sessions.officer_of(uow, value, desk.clock.now(), touch=True) is None
        found = await accounts.by_login(uow, "an.nguyen")
    assert found is not None
    assert found.must_change


async def test_the_last_administrator_cannot_be_disabled(desk: Desk) -> None:
    first = await account(desk, "mot", None, password="-", admin=True)
    second = await account(desk, "hai", None, password="-", admin=True)
    async with desk.transaction() as uow:
        await accounts.set_active(uow, first.id, False)
    async with desk.transaction() as uow:
        with pytest.raises(AccountError) as refused:
            await accounts.set_active(uow, second.id, False)
    assert refused.value.key == "console.last_admin"


async def test_two_administrators_cannot_disable_each_other_at_once(desk: Desk) -> None:
    both = [await account(desk, login, None, password="-", admin=True) for login in ("mot", "hai")]

    async def disable(officer_id: int) -> bool:
        try:
            async with desk.transaction() as uow:
                await accounts.set_active(uow, officer_id, False)
        except AccountError:
            return False
        return True

    assert sorted(await asyncio.gather(*(disable(one.id) for one in both))) == [False, True]


def test_administrators_see_no_case_and_officers_no_accounts() -> None:
    assert set(GRANTED) == set(Role)
    for permission in Permission:
        scope, _, _ = permission.split(":")
        assert may("officer", permission) == (scope in ("agency", "any"))
        assert may("admin", permission) == (scope in ("system", "any"))
