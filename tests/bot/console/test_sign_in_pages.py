from __future__ import annotations

import datetime as dt
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from bot import console
from bot.officers import accounts, throttle
from bot.officers.accounts import Place
from tests.bot.console.stand import PASSWORD, Stand, Visitor, hidden_fields, serving

COOKIE = "ntd_console"


async def test_nobody_gets_in_without_signing_in(stand: Stand) -> None:
    code = (await stand.desk.file()).case.code
    async with stand.visitor() as visitor:
        for path in (
            "/console",
            "/console/queue",
            f"/console/cases/{code}",
            "/console/new",
            "/console/officers",
        ):
            answer = await visitor.client.get(path)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/console/login")
            assert code not in answer.text
        live = await visitor.client.get("/console/queue?live=1", headers={"HX-Request": "true"})
        assert live.headers["hx-redirect"].startswith("/console/login")


async def test_signing_in_leads_to_the_page_that_was_wanted(stand: Stand) -> None:
    await stand.account("an.nguyen")
    code = (await stand.desk.file()).case.code
    async with stand.visitor() as visitor:
        page = await visitor.open(f"/console/cases/{code}")
        answer = await visitor.send(page, "/console/login", login="an.nguyen", password=PASSWORD)
        assert answer.headers["location"] == f"/console/cases/{code}"
        assert code in (await visitor.open(answer.headers["location"])).text


@pytest.mark.parametrize(
    "next_", ["https://evil.example", "//evil.example", "/", "/console/../x", "javascript:1"]
)
async def test_signing_in_leads_nowhere_else(stand: Stand, next_: str) -> None:
    await stand.account("an.nguyen")
    async with stand.visitor() as visitor:
        page = await visitor.client.get("/console/login", params={"next": next_})
        answer = await visitor.client.post(
            "/console/login",
            data=hidden_fields(page.text, "/console/login")
            | {"login": "an.nguyen", "password": PASSWORD, "next": next_},
        )
        assert answer.headers["location"] == "/console"


async def test_the_cookie_is_new_after_signing_in_and_worthless_after_signing_out(stand: Stand) -> None:
    await stand.account("an.nguyen")
    async with stand.visitor() as visitor:
        await visitor.client.get("/console/login")
        before = visitor.client.cookies[COOKIE]
        answer = await visitor.sign_in("an.nguyen")
        set_cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in set_cookie
        assert "samesite=lax" in set_cookie
        value = visitor.client.cookies[COOKIE]
        assert value != before
        page = await visitor.open("/console/queue")
        await visitor.send(page, "/console/logout")
        assert (await visitor.client.get("/console/queue")).status_code == 303
    async with httpx.AsyncClient(base_url=stand.url, cookies={COOKIE: value}) as thief:
        assert (await thief.get("/console/queue")).status_code == 303


async def test_a_planted_cookie_opens_nothing(stand: Stand) -> None:
    await stand.account("an.nguyen")
    planted = "A" * 43
    async with httpx.AsyncClient(base_url=stand.url, cookies={COOKIE: planted}) as client:
        await Visitor(client).sign_in("an.nguyen")
    async with httpx.AsyncClient(base_url=stand.url, cookies={COOKIE: planted}) as attacker:
        assert (await attacker.get("/console/queue")).status_code == 303


async def test_behind_https_the_cookie_is_bound_to_the_host(database_url: str) -> None:
    async with (
        serving(database_url, public_url="https://nguoitieudung.example") as stand,
        stand.visitor() as visitor,
    ):
        answer = await visitor.client.get("/console/login")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-ntd_console=")
        assert "secure" in cookie.lower()
        assert "path=/" in cookie.lower()


async def test_guessing_gets_a_kind_sentence_with_a_time(stand: Stand) -> None:
    await stand.account("an.nguyen")
    async with stand.visitor() as visitor:
        for _ in range(throttle.FREE_LOGIN):
            wrong = await visitor.sign_in("an.nguyen", "sai mat roi")
            assert wrong.status_code == 403
            assert "chưa đúng" in wrong.text
        resting = await visitor.sign_in("an.nguyen")
        assert resting.status_code == 429
        assert "nhờ quản trị viên đặt lại mật khẩu" in resting.text
        assert 'value="an.nguyen"' in resting.text


async def test_the_one_time_password_must_be_replaced_first(stand: Stand) -> None:
    async with stand.desk.transaction() as uow:
        _, once = await accounts.add(
            uow, login="an.nguyen", name="An", place=Place("thai-nguyen", "so_y_te"), now=stand.clock.now()
        )
    code = (await stand.desk.file()).case.code
    async with stand.visitor() as visitor:
        answer = await visitor.sign_in("an.nguyen", once)
        assert answer.headers["location"] == "/console/password"
        for path in ("/console/queue", f"/console/cases/{code}", "/console/new"):
            assert (await visitor.client.get(path)).headers["location"] == "/console/password"
        page = await visitor.open("/console/password")
        weak = await visitor.send(page, "/console/password", current=once, new="ngan", again="ngan")
        assert weak.status_code == 422
        assert "ít nhất 10 ký tự" in weak.text
        unequal = await visitor.send(
            page, "/console/password", current=once, new=PASSWORD, again="khac han roi"
        )
        assert "không giống nhau" in unequal.text
        done = await visitor.send(page, "/console/password", current=once, new=PASSWORD, again=PASSWORD)
        assert done.status_code == 303
        queue = await visitor.open(done.headers["location"])
        assert "Đã đổi mật khẩu" in queue.text
        assert code in queue.text


async def test_an_idle_session_ends(stand: Stand) -> None:
    await stand.account("an.nguyen")
    async with stand.signed_in("an.nguyen") as visitor:
        stand.clock.move(dt.timedelta(hours=8, minutes=1))
        assert (await visitor.client.get("/console/queue")).status_code == 303


def routes_of(app: Litestar) -> list[tuple[str, str]]:
    fill = {"{review_id:int}/{do:str}": "1/save", "{code:str}": "TN-26-000001", "{do:str}": "accept",
            "{slot:str}": "contact_phone", "{officer_id:int}": "1", "{change:str}": "disable",
            "{way_id:int}": "1", "{letter_id:int}": "1"}  # fmt: skip
    found = []
    for route in app.routes:
        methods = set(getattr(route, "methods", ())) - {"GET", "HEAD", "OPTIONS"}
        path = route.path
        for parameter, value in fill.items():
            path = path.replace(parameter, value)
        found += [(method, path) for method in sorted(methods)]
    return found


async def test_everything_that_changes_something_needs_the_token_of_the_session(stand: Stand) -> None:
    """Found by itself: a new route without protection fails here."""
    await stand.account("an.nguyen")
    await stand.admin()
    await stand.desk.file()
    routes = routes_of(Litestar(route_handlers=console.build(stand), openapi_config=None))
    assert len(routes) >= 9
    for login in ("an.nguyen", "quan.tri"):
        async with stand.signed_in(login) as visitor:
            page = await visitor.open("/console/password")
            token = hidden_fields(page.text, "/console/password")["csrf"]
            for method, path in routes:
                for headers, data in (
                    ({}, {}),
                    ({}, {"csrf": "0" * 64}),
                    ({"Origin": "https://evil.example"}, {"csrf": token}),
                    ({"Sec-Fetch-Site": "cross-site"}, {"csrf": token}),
                ):
                    answer = await visitor.client.request(method, path, data=data, headers=headers)
                    assert answer.status_code == 403, (login, method, path, data)
    assert (await stand.desk.parts("TN-26-000001"))[0].state == "new"


async def test_another_session_s_token_is_worth_nothing(stand: Stand) -> None:
    await stand.account("an.nguyen")
    await stand.account("binh.le")
    code = (await stand.desk.file()).case.code
    async with stand.signed_in("an.nguyen") as mine, stand.signed_in("binh.le") as theirs:
        page = await theirs.open(f"/console/cases/{code}")
        answer = await mine.send(page, f"/console/cases/{code}/accept")
        assert answer.status_code == 403
        assert "Chưa có gì được ghi" in answer.text or "chưa ghi gì cả" in answer.text


async def test_every_page_carries_the_headers_that_protect_it(stand: Stand) -> None:
    await stand.account("an.nguyen")
    async with stand.signed_in("an.nguyen") as visitor:
        for path in ("/console/queue", "/console/nothing", "/console/login", "/console/new"):
            answer = await visitor.open(path)
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "script-src 'self'" in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
            assert "<script>" not in answer.text
            assert " style=" not in answer.text
            assert " onclick=" not in answer.text


async def test_a_lost_database_says_so(tmp_path: Path) -> None:
    nowhere = f"postgresql+asyncpg://ntd@/ntd?host={tmp_path}"
    async with serving(nowhere) as stand, httpx.AsyncClient(base_url=stand.url) as client:
        client.cookies.set(COOKIE, "A" * 43)
        answer = await client.get("/console/queue")
    assert answer.status_code == 503
    assert "Không có gì bị mất" in answer.text
