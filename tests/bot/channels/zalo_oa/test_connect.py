"""`ntd zalo connect`: an operator, an admin of the OA, and the pair of tokens at the end."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.channels.zalo_oa.connect import ConnectError, Connection
from bot.clock import MovableClock
from tests.bot.channels.zalo_oa.bench import bench, settings_of
from tests.bot.channels.zalo_oa.stand import KEY
from tests.support.zalo_oa import STATE_AGENCY, ZaloOA

BACK = "https://tieudung.example/channels/zalo-oa/connected"


@pytest.fixture
async def oa() -> AsyncIterator[ZaloOA]:
    async with ZaloOA() as running:
        running.oauth.require_pkce = True
        running.account.redirect_uris = (BACK,)
        yield running


@asynccontextmanager
async def connecting(oa: ZaloOA, url: str, **settings: Any) -> AsyncIterator[Connection]:
    """As the command does it."""
    configured = settings_of(oa, **({"public_url": "https://tieudung.example"} | settings))
    async with bench(url, configured, MovableClock()) as made:
        connection = Connection(made.world)
        yield connection
        await connection.close()


async def allow(link: str) -> str:
    """The admin's browser: the address it is sent back to."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(link)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


async def test_from_the_link_to_the_oa(oa: ZaloOA, state_url: str) -> None:
    async with connecting(oa, state_url) as connection:
        link = await connection.link(None)
        query = parse_qs(urlsplit(link).query)
        assert query["redirect_uri"] == [BACK]
        assert len(query["code_challenge"][0]) == 43
        await connection.finish(await allow(link))
        profile = await connection.describe()
        assert (profile.name, profile.id, profile.type) == (oa.account.name, oa.account.oa_id, "2")
        assert profile.verified
        assert not any("-235" in sentence for sentence in connection.advice(profile))


async def test_in_two_runs_and_by_the_code_alone(oa: ZaloOA, state_url: str) -> None:
    async with connecting(oa, state_url) as first:
        back = await allow(await first.link(None))
    async with connecting(oa, state_url) as second:
        await second.finish(parse_qs(urlsplit(back).query)["code"][0])
        assert (await second.describe()).name == oa.account.name


async def test_a_state_agency_is_told_what_to_ask(oa: ZaloOA, state_url: str) -> None:
    oa.account.oa_type = STATE_AGENCY
    oa.account.oa_id_key = "oa_id"
    async with connecting(oa, state_url) as connection:
        await connection.finish(await allow(await connection.link(None)))
        profile = await connection.describe()
        assert profile.id == oa.account.oa_id
        assert any("-235" in sentence for sentence in connection.advice(profile))


async def test_without_pkce_where_it_is_switched_off(oa: ZaloOA, state_url: str) -> None:
    oa.oauth.require_pkce = False
    async with connecting(oa, state_url, zalo_pkce=False) as connection:
        link = await connection.link(None)
        assert "code_challenge" not in link
        await connection.finish(await allow(link))


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "no code"),
        ("https://tieudung.example/channels/zalo-oa/connected", "no code"),
        ("https://tieudung.example/x?error=denied&code=", "no code"),
        ("https://tieudung.example/x?code=abc&state=of-yesterday", "earlier attempt"),
        ("made-up-code", "begin anew"),
    ],
)
async def test_what_cannot_be_exchanged(oa: ZaloOA, state_url: str, pasted: str, said: str) -> None:
    async with connecting(oa, state_url) as connection:
        await connection.link(None)
        with pytest.raises(ConnectError, match=said):
            await connection.finish(pasted)


async def test_a_code_before_any_link(oa: ZaloOA, state_url: str) -> None:
    async with connecting(oa, state_url) as connection:
        with pytest.raises(ConnectError, match="without a code first"):
            await connection.finish("code")


@pytest.mark.parametrize(
    ("missing", "name"), [("zalo_app_secret", "ZALO_APP_SECRET"), ("public_url", "PUBLIC_URL")]
)
async def test_missing_settings_are_named(oa: ZaloOA, state_url: str, missing: str, name: str) -> None:
    async with connecting(oa, state_url, **{missing: None}) as connection:
        with pytest.raises(ConnectError, match=name):
            await connection.link(None)


async def test_the_command_itself(oa: ZaloOA, state_url: str, tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": state_url.replace("+asyncpg", ""),
        "NTD_DATA_DIR": str(tmp_path),
        "NTD_KEYS": KEY,
        "PUBLIC_URL": "https://tieudung.example",
        "ZALO_APP_ID": oa.account.app_id,
        "ZALO_APP_SECRET": oa.account.app_secret,
        "ZALO_API_URL": oa.url,
        "ZALO_OAUTH_URL": oa.url,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "zalo", "connect"),
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert process.stdin
    link = ""
    while "/v4/oa/permission" not in link:
        link = (await process.stdout.readline()).decode()
        assert link, (await process.communicate())[1].decode()
    process.stdin.write((await allow(link.strip()) + "\n").encode())
    rest, errors = await process.communicate()
    told = rest.decode()
    assert process.returncode == 0, errors.decode()
    assert oa.account.name in told
    assert "a business, verified" in told
    assert "Tăng trưởng, until 31/12/2027" in told
    assert "https://tieudung.example/channels/zalo-oa" in told
    assert "syntax filter off" in told
    assert "access-" not in told
    assert "refresh-" not in told


async def test_the_command_says_what_is_wrong_in_one_sentence(state_url: str, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": state_url.replace("+asyncpg", "")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "zalo", "connect"),
        env=environment | {"NTD_DATA_DIR": str(tmp_path), "NTD_KEYS": KEY},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode() == "Set ZALO_APP_ID first (developers.zalo.me, the page of your application).\n"
