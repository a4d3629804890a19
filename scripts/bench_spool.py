"""How soon a platform has its answer while the database is there, is away, hangs, and the disk is full too.

Signed events of Zalo over HTTP, at a pace, against the product with a PostgreSQL of its own with fsync on,
all in one process on one machine: the measuring itself takes its share. The data folder lies on a small disk
in memory where that may be mounted, so that it can be filled; `--real-disk` pays for the fsync instead. Run
from the repository's root: `python -m scripts.bench_spool [EVENTS] [PER_SECOND] [--real-disk]`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import structlog

from bot.app import read_knowledge
from tests.contracts.doors import ZaloOaDoor
from tests.support.own_postgres import OwnPostgres
from tests.support.phones import House, house

PEOPLE = 100
MOUNT, UMOUNT = shutil.which("mount") or "/bin/mount", shutil.which("umount") or "/bin/umount"
_PAGE = 4096


async def main(events: int, pace: float) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    knowledge = read_knowledge()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}; {events} events at {pace:.0f} a second")
    with _small_disk() as disk:
        async with OwnPostgres() as server, house("zalo", server.url, disk, knowledge) as home:
            door = ZaloOaDoor(home)
            await _row("the database is there", home, door, events, pace)
            await home.settle()
            await server.stop()
            await _row("it is stopped", home, door, events, pace)
            await server.start()
            await _taken_up(home)
            server.pause()
            await _row("it hangs", home, door, events, pace)
            server.go_on()
            await _taken_up(home)
            await server.stop()
            if disk.is_mount():
                ballast = disk / "ballast"
                ballast.write_bytes(bytes(shutil.disk_usage(disk).free // _PAGE * _PAGE))
                await _row("it is stopped and the disk is full", home, door, events, pace)
                ballast.unlink()
            await server.start()


@contextmanager
def _small_disk() -> Iterator[Path]:
    """A folder on a disk of its own where that is allowed, so that it can be filled."""
    folder = Path(tempfile.mkdtemp(prefix="ntd-bench-"))
    command = [MOUNT, "-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs", str(folder)]
    mounted = (
        "--real-disk" not in sys.argv
        and os.geteuid() == 0
        and subprocess.run(command, check=False, capture_output=True).returncode == 0
    )
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run([UMOUNT, str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


async def _row(what: str, home: House, door: ZaloOaDoor, events: int, pace: float) -> None:
    requests = [await door.text("xin chào", f"person {number % PEOPLE}") for number in range(events)]
    waits: list[float] = []
    statuses: dict[int, int] = {}
    async with httpx.AsyncClient(
        base_url=home.url, timeout=30, limits=httpx.Limits(max_connections=200)
    ) as c:

        async def post(number: int) -> None:
            request = requests[number]
            headers = {k: v if isinstance(v, str) else v.decode() for k, v in request.headers.items()}
            began = time.perf_counter()
            answer = await c.post(request.path, content=request.body, headers=headers)
            waits.append((time.perf_counter() - began) * 1000)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1

        tasks = []
        begun = time.perf_counter()
        for number in range(events):
            await asyncio.sleep(max(0.0, begun + number / pace - time.perf_counter()))
            tasks.append(asyncio.create_task(post(number)))
        await asyncio.gather(*tasks)
    cuts = statistics.quantiles(waits, n=100)
    shown = ", ".join(f"{status}: {number}" for status, number in sorted(statuses.items()))
    print(
        f"| {what} | {shown} | {cuts[49]:.0f} | {cuts[94]:.0f} | {cuts[98]:.0f} | {max(waits):.0f} |",
        flush=True,
    )


async def _taken_up(home: House) -> None:
    waited = home.product.spool.figures().waiting
    began, done = time.perf_counter(), 0
    while done < waited:
        done += await home.product.taking_up.run_due()
    spent = time.perf_counter() - began
    print(f"  {done} taken up in {spent:.1f} s, {done / spent:.0f} a second", flush=True)
    await home.settle()


if __name__ == "__main__":
    numbers = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    asyncio.run(main(int(numbers[0]) if numbers else 500, float(numbers[1]) if numbers[1:] else 50.0))
