"""`make bench`: how long a turn takes, how long `ntd serve` needs to be ready, the memory it holds, what
understanding a message takes (`bench_understanding.py`), and how long a person waits on each messenger
(`bench_channels.py`).

Prints the table of docs/benchmarks.md for the machine it runs on. Each figure is of this run; a turn is
measured from the event's arrival to its commit, on an embedded PostgreSQL with fsync on.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

from bot.app import Product, opened, read_knowledge
from bot.delivery.ports import Inbound
from bot.settings import Settings

PEOPLE = 200
STORY = (
    "toi mua phai thuoc gia o nha thuoc Minh Anh hom qua het 200k",
    "Thái Nguyên",
    "panadol extra",
    "khong nho",
    "xa Dai Tu",
)
STARTS = 3
ROOT = Path(__file__).parents[1]


def main() -> None:
    turns = asyncio.run(_turns())
    cuts = statistics.quantiles(turns, n=100)
    row("a turn, p50 / p95 / p99", f"{cuts[49]:.1f} / {cuts[94]:.1f} / {cuts[98]:.1f} ms")
    with tempfile.TemporaryDirectory(prefix="ntd bench ") as folder:
        starts = [_start(Path(folder)) for _ in range(1 + STARTS)]
    first, later = starts[0], starts[1:]
    row("`ntd serve` ready, empty data folder", f"{first[0]:.1f} s")
    row(f"`ntd serve` ready again, median of {STARTS}", f"{statistics.median(s for s, _ in later):.1f} s")
    row("memory of `ntd serve` when ready", f"{statistics.median(m for _, m in later):.0f} MB")
    for part in ("scripts.bench_understanding", "scripts.bench_channels"):
        subprocess.run([sys.executable, "-m", part], cwd=ROOT, check=True)


def row(what: str, figure: str) -> None:
    print(f"| {what} | {figure} |", flush=True)


async def _turns() -> list[float]:
    """Milliseconds of every turn of PEOPLE, who speak one after the other."""
    knowledge = read_knowledge()
    with tempfile.TemporaryDirectory(prefix="ntd bench ") as folder:
        async with opened(Settings(data_dir=Path(folder)), knowledge=knowledge) as product:
            for number in range(10):
                await _person(product, f"warm-{number}")
            return [taken for number in range(PEOPLE) for taken in await _person(product, str(number))]


async def _person(product: Product, name: str) -> list[float]:
    taken = []
    for number, text in enumerate(STORY):
        event = Inbound(
            channel="web", event_id=f"{name}-{number}", address=name, at=dt.datetime.now(dt.UTC), text=text
        )
        began = time.perf_counter()
        await product.engine.accept(event)
        taken.append((time.perf_counter() - began) * 1000)
        await product.dispatcher.drain()
    return taken


def _start(folder: Path) -> tuple[float, float]:
    """Seconds until ready, and megabytes then."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    command = [sys.executable, "-m", "bot", "serve", "--port", str(port)]
    with subprocess.Popen(
        command,
        env={**os.environ, "NTD_DATA_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while not _ready(port):
            time.sleep(0.02)
        seconds = time.perf_counter() - began
        time.sleep(1)
        megabytes = psutil.Process(process.pid).memory_info().rss / 1e6
        process.terminate()
    return seconds, megabytes


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    main()
