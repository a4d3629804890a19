"""What only one process does at a time, for as long as the product runs."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from bot.storage.leases import Lease


async def hold(lease: Lease, work: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Runs `work`, which takes the lease by itself and raises nothing, until `stop`; then breaks it off, at
    whatever it waits for, and lets the next process have the lease at once."""
    task = asyncio.create_task(work)
    await stop.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    with suppress(Exception):  # else the lease ends by itself, after its time
        await lease.give_up()
