"""`ntd doctor --live` says in sentences what the platforms say of us, and never a token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from bot.commands.doctor import doctor
from tests.support.postgres import LoopThread
from tests.support.telegram import TelegramEmulator
from tests.support.zalo_bot import ZaloBot
from tests.support.zalo_oa import ZaloOA

PUBLIC = "http://127.0.0.1:9"
Lines = Callable[..., list[str]]


@dataclass
class Platforms:
    telegram: TelegramEmulator
    zalo_bot: ZaloBot
    zalo: ZaloOA

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PUBLIC_URL": PUBLIC,
            **self.telegram.settings,
            "ZALO_BOT_TOKEN": self.zalo_bot.account.token,
            "ZALO_BOT_API_URL": self.zalo_bot.url,
            "ZALO_APP_ID": self.zalo.account.app_id,
            "ZALO_APP_SECRET": self.zalo.account.app_secret,
            "ZALO_OA_SECRET_KEY": self.zalo.account.oa_secret_key,
            "ZALO_REFRESH_TOKEN": self.zalo.oauth.issue().refresh,
            "ZALO_API_URL": self.zalo.url,
            "ZALO_OAUTH_URL": self.zalo.url,
        }

    def calls(self) -> int:
        return sum(len(one.calls) for one in (self.telegram, self.zalo_bot, self.zalo))


@pytest.fixture
def platforms() -> Iterator[Platforms]:
    """On a loop of their own: the command runs one itself."""
    thread = LoopThread()
    found = Platforms(TelegramEmulator(), ZaloBot(), ZaloOA())
    every = (found.telegram, found.zalo_bot, found.zalo)
    for each in every:
        thread.run(each.__aenter__())
    yield found
    for each in every:
        thread.run(each.__aexit__(None, None, None))
    thread.close()


@pytest.fixture
def lines(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lines:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("NTD_DATA_DIR", str(tmp_path / "var"))

    def run(*arguments: str, **environment: str) -> list[str]:
        result = CliRunner().invoke(doctor, list(arguments), env=environment)
        assert result.exit_code == 1, "no agency has an officer yet"
        assert "Traceback" not in result.output
        return result.output.splitlines()

    return run


def told(found: list[str], who: str) -> list[str]:
    return [line for line in found if f" {who}" in line]


def test_without_a_messenger_it_says_so(lines: Lines) -> None:
    assert "ok  No messenger is configured: people reach the web chat only." in lines("--live")


def test_nobody_is_asked_without_live(lines: Lines, platforms: Platforms) -> None:
    environment = platforms.environment
    found = lines(**environment)
    assert platforms.calls() == 0
    assert not told(found, "Telegram:")


def test_what_is_set_up_is_ok_and_no_token_is_shown(lines: Lines, platforms: Platforms) -> None:
    telegram = f"{platforms.telegram.url}/bot{platforms.telegram.token}/setWebhook"
    httpx.post(telegram, data={"url": f"{PUBLIC}/channels/telegram"}).raise_for_status()
    platforms.zalo_bot.updates.set_webhook(f"{PUBLIC}/channels/zalo-bot", "made-up-secret")
    environment = platforms.environment
    found = lines("--live", **environment)
    for who in ("Telegram:", "Zalo Bot:", "Zalo OA:"):
        assert told(found, who), who
        assert not [line for line in told(found, who) if line.startswith("FAIL")]
    assert any(line.startswith("warn  Zalo OA: no signed event") for line in found)
    shown = "\n".join(found)
    secret = {name for name in environment if name.endswith(("TOKEN", "SECRET", "SECRET_KEY"))}
    assert secret
    assert not [name for name in secret if environment[name] in shown]


def test_a_wrong_token_and_a_missing_address_fail_in_words(lines: Lines, platforms: Platforms) -> None:
    wrong = {"TELEGRAM_BOT_TOKEN": "100000009:another", "ZALO_BOT_TOKEN": "another:token"}
    found = lines("--live", **(platforms.environment | wrong | {"ZALO_REFRESH_TOKEN": "used up"}))
    for who in ("Telegram", "Zalo Bot", "Zalo OA"):
        assert [line for line in found if line.startswith(f"FAIL  {who}")], who
    assert not [line for line in found if "another" in line or "used up" in line]


def test_a_platform_that_is_not_there_fails_and_breaks_nothing(lines: Lines, platforms: Platforms) -> None:
    nowhere = dict.fromkeys(
        ("TELEGRAM_API_URL", "ZALO_BOT_API_URL", "ZALO_API_URL", "ZALO_OAUTH_URL"), "http://127.0.0.1:9"
    )
    found = lines("--live", **(platforms.environment | nowhere))
    for who in ("Telegram", "Zalo Bot", "Zalo OA"):
        assert [line for line in found if line.startswith(f"FAIL  {who}")], who
