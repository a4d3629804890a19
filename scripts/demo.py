"""`make demo`: the product with Zalo OA, Zalo Bot and Telegram emulated, and a page with a phone for each.

    .venv/bin/python scripts/demo.py --port 8000 --page-port 8100      until Ctrl+C; leaves nothing behind

Nothing leaves this machine: the emulators of tests/support stand in for the platforms, over real HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


async def serve(port: int, page_port: int) -> None:
    from tests.support.demo import playing

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    print("Starting the product with three emulated messengers ...", flush=True)
    async with playing(port, page_port) as demo:
        print(f"Phones:     {demo.url}")
        print(f"Chat page:  {demo.product.url}/")
        print(f"Console:    {demo.product.url}/console")
        print(f"Console login (shown once): {demo.product.login} / {demo.product.password}")
        print("Stop with Ctrl+C.", flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--port", type=int, default=8000, help="of the product")
    parser.add_argument("--page-port", type=int, default=8100, help="of the page with the phones")
    given = parser.parse_args()
    from tests.support.demo import DemoError

    try:
        asyncio.run(serve(given.port, given.page_port))
    except (DemoError, OSError) as error:
        sys.exit(f"The demo cannot start: {error}")


if __name__ == "__main__":
    main()
