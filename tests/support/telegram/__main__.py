"""`python -m tests.support.telegram [PORT]` prints two settings and serves until it is stopped."""

from __future__ import annotations

import asyncio
import sys

from tests.support.telegram import TelegramEmulator


async def serve(port: int) -> None:
    async with TelegramEmulator(port=port) as telegram:
        for name, value in telegram.settings.items():
            print(f"{name}={value}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8081))
