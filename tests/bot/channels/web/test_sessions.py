"""Sessions: who may speak for one, and that nobody else leaves a trace."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.web.sessions import LIFETIME, Sessions, event_prefix
from bot.clock import MovableClock
from tests.bot.channels.web.stand import Stand, message


def sessions(secret: str = "one", clock: MovableClock | None = None) -> Sessions:
    return Sessions(secret, clock or MovableClock(), secure=False)


def test_a_signed_address_comes_back() -> None:
    own = sessions()
    address = own.fresh()
    assert own.read(own.value(address)) == address


def test_a_cookie_ends_with_its_lifetime() -> None:
    clock = MovableClock()
    own = sessions(clock=clock)
    cookie = own.value(own.fresh())
    clock.move(LIFETIME - dt.timedelta(days=1))
    assert own.read(cookie)
    clock.move(dt.timedelta(days=2))
    assert own.read(cookie) is None


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{43}\.[0-9]{1,6}\.[A-Za-z0-9_-]{43}", fullmatch=True))
def test_no_made_up_cookie_is_ever_good(value: str) -> None:
    assert sessions().read(value) is None


@given(st.integers(min_value=0, max_value=200), st.characters(max_codepoint=126, min_codepoint=33))
def test_no_changed_cookie_is_ever_good(place: int, letter: str) -> None:
    own = sessions()
    cookie = own.value("A" * 43)
    place %= len(cookie)
    changed = cookie[:place] + letter + cookie[place + 1 :]
    assert own.read(changed) in ({"A" * 43} if changed == cookie else {None})


def test_prefixes_differ_between_sessions() -> None:
    assert event_prefix("one") != event_prefix("two")


async def test_the_cookie_is_out_of_reach_of_scripts(stand: Stand) -> None:
    async with httpx.AsyncClient(base_url=stand.url) as client:
        cookie = (await client.get("/")).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert f"max-age={180 * 24 * 3600}" in cookie


def test_with_https_the_cookie_is_bound_to_it() -> None:
    cookie = Sessions("one", MovableClock(), secure=True).cookie("a")
    assert cookie.key.startswith("__Host-")
    assert cookie.secure


REFUSED = {
    "no cookie": (None, {"X-Ntd-Chat": "1"}, 401),
    "nonsense": ("abc", {"X-Ntd-Chat": "1"}, 401),
    "signed by another key": (sessions("other").value("A" * 43), {"X-Ntd-Chat": "1"}, 401),
    "no page header": ("own", {}, 403),
    "another site's page": ("own", {"X-Ntd-Chat": "1", "Sec-Fetch-Site": "cross-site"}, 403),
    "another subdomain": ("own", {"X-Ntd-Chat": "1", "Sec-Fetch-Site": "same-site"}, 403),
    "another origin": ("own", {"X-Ntd-Chat": "1", "Origin": "https://example.com"}, 403),
    "no origin to name": ("own", {"X-Ntd-Chat": "1", "Origin": "null"}, 403),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("route", ["/chat/messages", "/chat/photos"])
async def test_forged_requests_leave_nothing(shared_stand: Stand, case: str, route: str) -> None:
    cookie, headers, status = REFUSED[case]
    stand = shared_stand
    before = await stand.count()
    async with httpx.AsyncClient(base_url=stand.url) as client:
        await client.get("/")
        own = client.cookies["ntd_chat"]
        client.cookies.clear()
        if cookie:
            client.cookies.set("ntd_chat", own if cookie == "own" else cookie)
        answer = await client.post(route, json=message(), headers=headers)
        assert await stand.count() == before
        client.cookies.clear()
        client.cookies.set("ntd_chat", own)
        allowed = await client.post("/chat/messages", json=message(), headers={"X-Ntd-Chat": "1"})
    assert answer.status_code == status
    assert answer.json()["error"]
    assert allowed.status_code == 200  # the same request, honestly made, passes: the refusal had its reason
    assert await stand.count() != before


async def test_our_own_origin_may_speak(stand: Stand) -> None:
    headers = {"Origin": stand.url, "Sec-Fetch-Site": "same-origin"}
    async with stand.visitor(headers=headers) as client:
        assert (await client.post("/chat/messages", json=message())).status_code == 200


@pytest.mark.parametrize("route", ["/chat/messages", "/chat/events", "/chat/evidence/abc"])
async def test_nothing_is_read_without_a_session_or_from_elsewhere(shared_stand: Stand, route: str) -> None:
    async with httpx.AsyncClient(base_url=shared_stand.url) as client:
        assert (await client.get(route)).status_code == 401
    async with shared_stand.visitor() as client:
        assert (await client.get(route, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403


async def test_a_forged_cookie_gets_a_new_session(stand: Stand) -> None:
    async with httpx.AsyncClient(base_url=stand.url) as client:
        client.cookies.set("ntd_chat", "forged")
        answer = await client.get("/")
    assert answer.status_code == 200
    assert "ntd_chat=" in answer.headers["set-cookie"]
