"""Gives birth to the product's processes: reads everything once, then forks a child for each order.

A child is what `ntd web` or `ntd worker` would be after its imports, with two plants that only the harness
has: a text with `POISON` breaks its turn, and the machine's clock may be off. Orders and answers are lines of
JSON on stdin and stdout; at the end of stdin all children die.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import gc
import importlib
import os
import pkgutil
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from scripts.faults.plan import POISON

IMPORTED_LATE = (
    "aiohttp_socks",
    "alembic.command",
    "holidays.countries.vietnam",
    "httpx",
    "limits.aio.storage",
    "limits.aio.strategies",
    "litestar.plugins.attrs",
    "litestar.plugins.pydantic",
    "phonenumbers.data.region_VN",
    "pydantic.v1",
    "redis.asyncio",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
"""What is imported only while a process starts; without one of these a start is slower, nothing else."""


class Birth(msgspec.Struct, frozen=True, tag=True):
    name: str
    kind: Literal["web", "worker"]
    environment: dict[str, str]
    log: str
    port: int = 0
    skew: float = 0.0


class Signal(msgspec.Struct, frozen=True, tag=True):
    """Of `SIGKILL` and `SIGTERM` the end is waited for; 0 only asks whether it lives."""

    name: str
    number: int


class Done(msgspec.Struct, frozen=True):
    pid: int = 0
    alive: bool = True


Order = Birth | Signal


def main() -> None:
    give_birth = _prepared()
    children: dict[str, int] = {}
    with contextlib.suppress(BrokenPipeError):
        _say(Done())
        for line in sys.stdin.buffer:
            order = msgspec.json.decode(line, type=Order)
            if isinstance(order, Birth):
                children[order.name] = give_birth(order)
                _say(Done(children[order.name]))
            else:
                _say(_signalled(children, order))
    for pid in children.values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _say(done: Done) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")
    sys.stdout.buffer.flush()


def _signalled(children: dict[str, int], order: Signal) -> Done:
    """`alive`: whether it lived until now; who died by itself is found out here."""
    pid = children[order.name]
    ended, _ = os.waitpid(pid, os.WNOHANG)
    if ended:
        del children[order.name]
        return Done(pid, alive=False)
    os.kill(pid, order.number)
    if order.number in (signal.SIGKILL, signal.SIGTERM):
        os.waitpid(pid, 0)
        del children[order.name]
    return Done(pid)


def _prepared() -> Callable[[Birth], int]:
    """Everything that a start needs and that is the same in each."""
    import bot
    from bot.app import read_knowledge

    ours = [each.name for each in pkgutil.walk_packages(bot.__path__, "bot.")]
    for name in (*ours, *IMPORTED_LATE):
        if "__main__" not in name and "migrations" not in name:
            with contextlib.suppress(ModuleNotFoundError):
                importlib.import_module(name)
    knowledge = read_knowledge()
    _ = knowledge.pipeline.retrieval
    gc.collect()
    gc.freeze()

    def give_birth(order: Birth) -> int:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                _live(order, knowledge)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        return pid

    return give_birth


def _live(order: Birth, knowledge: Any) -> None:
    from bot import log, running, settings

    os.environ.clear()
    os.environ.update(order.environment)
    written = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    silent = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((silent, 0), (written, 1), (written, 2)):
        os.dup2(old, new)
    configured = settings.read(order.environment, env_file=Path(os.devnull))
    log.configure(configured.log_level, json=True)
    _shift_the_clock(order.skew)
    _let_poison_work()
    if order.kind == "worker":
        asyncio.run(running.run_worker(configured, knowledge=knowledge))
        return
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", order.port))
        asyncio.run(running.run_web(configured, listening, with_worker=False, knowledge=knowledge))


def _shift_the_clock(seconds: float) -> None:
    """As if the machine's own clock were off."""
    from bot.clock import SystemClock

    shift = dt.timedelta(seconds=seconds)

    def now(_: SystemClock) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + shift

    if seconds:
        setattr(SystemClock, "now", now)  # noqa: B010 - a plant


def _let_poison_work() -> None:
    from bot.dialogue.engine import Engine

    well: Callable[..., Any] = Engine._hear

    def hear(self: Engine, inbound: Any, *rest: Any) -> Any:
        if POISON in inbound.text:
            raise RuntimeError("poisoned by the fault harness")
        return well(self, inbound, *rest)

    setattr(Engine, "_hear", hear)  # noqa: B010 - a plant


if __name__ == "__main__":
    main()
