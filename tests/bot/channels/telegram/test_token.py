"""The token stands in every address of the Bot API. However a call fails: in no log line, no exception, no
cause of one and no answer of ours is it found."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from bot.channels.telegram import client, polling
from bot.delivery.ports import Outgoing
from bot.storage.database import Database
from tests.bot.channels.telegram.stand import Ear, alone, channel_for, running
from tests.support.telegram import TelegramEmulator
from tests.support.telegram.wire import Refusal

TOKEN = "100000001:AAE-made-up_token_that_must_not_be_seen"
SECRET_PART = TOKEN.partition(":")[2]


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(token=TOKEN) as emulator:
        yield emulator


def everything_of(error: BaseException | None, seen: set[int] | None = None) -> str:
    """The exception and all that hangs on it, also what a traceback would not show."""
    seen = set() if seen is None else seen
    if error is None or id(error) in seen:
        return ""
    seen.add(id(error))
    own = f"{error} {error!r} {error.args!r} {vars(error)!r}\n{''.join(traceback.format_exception(error))}"
    inner = getattr(error, "exceptions", ())
    others = (error.__cause__, error.__context__, *inner)
    return own + "".join(everything_of(other, seen) for other in others)


@contextmanager
def overheard() -> Iterator[list[str]]:
    """Every line of every logger, tracebacks included, before anything is redacted."""
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = logging.Formatter().format(record)
            lines.append(f"{text} {record.args!r} {everything_of((record.exc_info or (0, None))[1])}")

    def sink(_: Any, __: str, event: Any) -> Any:
        lines.append(str(event))
        raise structlog.DropEvent

    root, handler, processors = logging.getLogger(), Handler(), structlog.get_config()["processors"]
    before, level = list(processors), root.level
    processors[:] = [structlog.processors.format_exc_info, sink]
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        processors[:] = before
        root.removeHandler(handler)
        root.setLevel(level)


Order = Callable[[TelegramEmulator], dict[str, Any] | None]

FAILURES: dict[str, Order] = {
    "401": lambda t: t.faults.refuse(Refusal(401, "Unauthorized"), "*", times=9),
    "403": lambda t: t.faults.refuse(Refusal(403, "Forbidden: bot was blocked by the user"), "*", times=9),
    "404": lambda t: t.faults.refuse(Refusal(404, "Not Found"), "*", times=9),
    "409": lambda t: t.faults.refuse(Refusal(409, "Conflict: other getUpdates request"), "*", times=9),
    "flood": lambda t: t.faults.flood(1, "*", times=9),
    "an echo of the address": lambda t: t.faults.refuse(
        Refusal(400, f"Bad Request: no {t.url}/bot{TOKEN}/sendMessage"), "*", times=9
    ),
    "a page with the address": lambda t: t.faults.wrong_json(
        "*", body=f"<html>/bot{TOKEN}/</html>".encode(), times=9
    ),
    "JSON with the address": lambda t: t.faults.wrong_json(
        "*", body=f'{{"ok":true,"result":"{TOKEN}"}}'.encode(), times=9
    ),
    "5xx": lambda t: t.faults.server_error(502, times=9),
    "dropped": lambda t: t.faults.drop_answer("*", times=9),
    "hung up": lambda t: t.faults.refuse_connection(times=9),
    "late": lambda t: t.faults.delay(2.0, times=9),
    "download broken": lambda t: t.faults.refuse_connection("file", times=9),
    "download refused": lambda t: t.faults.server_error(500, "file", times=9),
    "no connection": lambda t: {"telegram_api_url": "http://127.0.0.1:1"},
    "no such host": lambda t: {"telegram_api_url": "http://telegram.invalid"},
    "no TLS there": lambda t: {"telegram_api_url": t.url.replace("http:", "https:")},
    "no address": lambda t: {"telegram_api_url": "http://[::1"},
    "no port": lambda t: {"telegram_api_url": "http://127.0.0.1:port"},
    "no HTTP proxy": lambda t: {"http_proxy_url": "http://127.0.0.1:1"},
    "no SOCKS proxy": lambda t: {"http_proxy_url": "socks5://user:secret@127.0.0.1:1"},
    "a proxy that is none": lambda t: {"http_proxy_url": t.url},
    "a wrong token": lambda t: {"telegram_bot_token": TOKEN + "x"},
}


@pytest.mark.parametrize("name", FAILURES)
async def test_the_token_is_seen_nowhere(
    telegram: TelegramEmulator, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(client.Client.call.__kwdefaults__, "seconds", 0.3)
    monkeypatch.setitem(client.Client.do.__kwdefaults__, "seconds", 0.3)
    monkeypatch.setattr(polling, "_ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(polling, "_PAUSES", (0.05,))
    kept = telegram.chats.store("documents", b"0" * 100, "a.pdf", "application/pdf")
    settings = FAILURES[name](telegram) or {}
    said: list[str] = []
    asyncio.get_running_loop().set_debug(True)
    try:
        with overheard() as lines:
            async with alone(telegram, **settings) as channel:
                for work in (
                    channel.send("5", Outgoing("chào", sender="Sở", picture=b"none"), 1),
                    channel.fetch(kept.file_id, 1000),
                    channel.check(),
                ):
                    try:
                        said.append(repr(await work))
                    except Exception as error:
                        said.append(everything_of(error))
                said.append(repr(channel) + repr(vars(channel).keys()))
    finally:
        asyncio.get_running_loop().set_debug(False)
    assert len(said) == 4
    assert "Failed" in said[0], "this was to go wrong"
    found = [text for text in (*lines, *said) if SECRET_PART in text]
    assert found == []


async def test_nor_while_it_asks_for_updates(
    telegram: TelegramEmulator, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "_PAUSES", (0.02,))
    echo = Refusal(400, f"Bad Request: no {telegram.url}/bot{TOKEN}/getUpdates")
    telegram.faults.refuse(echo, "deleteWebhook")
    telegram.faults.refuse(echo, "setMyCommands")
    for order in (telegram.faults.drop_answer, telegram.faults.wrong_json, telegram.faults.server_error):
        order(method="getUpdates")
    telegram.phone("Lan").say("chào")
    ear = Ear()
    ear.breaks = 2
    channel = channel_for(telegram, database)
    channel.connect(ear)
    with overheard() as lines:
        async with running(channel):
            await ear.hears()
        await channel.close()
    assert any("telegram_polling_failed" in line for line in lines)
    assert any("telegram_update_failed" in line for line in lines)
    assert [line for line in lines if SECRET_PART in line] == []


def test_the_ear_would_hear_it() -> None:
    """Else the tests above would show nothing."""
    hidden = ValueError(TOKEN)
    shown = RuntimeError("without it")
    shown.__context__, shown.__suppress_context__ = hidden, True
    with overheard() as lines:
        structlog.get_logger("any").warning("x", address=f"/bot{TOKEN}/getMe")
        logging.getLogger("aiohttp.any").debug("y", exc_info=shown)
    assert SECRET_PART in everything_of(shown)
    assert [SECRET_PART in line for line in lines] == [True, True]
