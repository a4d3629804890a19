from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from bot.commands.letters import letters
from bot.delivery.ports import Inbound
from bot.dialogue import contacts, events
from bot.storage.database import Database
from bot.storage.tables import deliveries
from bot.storage.vault import Vault

KEY = "Zm9yLXRlc3RzLW9ubHktMzItYnl0ZXMtbG9uZy1rZXk="


async def buried(url: str, name: str) -> None:
    database, vault, now = Database(url, pool_size=1), Vault((KEY,)), dt.datetime.now(dt.UTC)
    event = Inbound(channel="web", event_id=name, address=name, at=now, text="xin chào")
    async with database.begin() as uow:
        await contacts.meet(uow, vault, event, now)
        await events.bury(uow, vault, event, "KeyError", now)
        await uow.commit()
    await database.close()


async def replies(url: str) -> list[str]:
    database = Database(url, pool_size=1)
    async with database.begin() as uow:
        found = list((await uow.execute(select(deliveries.c.state))).scalars())
    await database.close()
    return found


def test_what_waits_is_listed_replayed_and_answered_before_the_command_ends(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DATABASE_URL": database_url, "NTD_DATA_DIR": str(tmp_path), "NTD_KEYS": KEY}.items():
        monkeypatch.setenv(name, value)
    for name in ("lan", "nam"):
        asyncio.run(buried(database_url, name))

    def ntd(*arguments: str) -> str:
        result = CliRunner().invoke(letters, list(arguments))
        assert result.exit_code == 0, result.output
        return result.output

    assert [line.split("\t")[3] for line in ntd("list").splitlines()] == ["KeyError"] * 2
    assert ntd("aside", "2", "--reason", "telephoned") == "2\tdone\n"
    assert ntd("replay", "--all") == "1\tdone\n"
    assert set(asyncio.run(replies(database_url))) == {"sent"}
    assert ntd("list") == ""
    assert CliRunner().invoke(letters, ["replay"]).exit_code == 2
