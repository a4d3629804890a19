"""One act: people write, things fall, everything comes back; then the evidence is gathered."""

from __future__ import annotations

import asyncio
import collections
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.spool.store import Spool
from scripts.faults.bodies import Bodies, Keys
from scripts.faults.evidence import Evidence, Fall
from scripts.faults.house import Processes, RedisStore, Store
from scripts.faults.plan import Event, Plan
from scripts.faults.platforms import Platforms
from scripts.faults.sender import Sender
from scripts.faults.trouble import PAUSE_SECONDS, Trouble
from scripts.faults.witness import Witness

SETTLE_SECONDS = 150.0
LONGEST, PATIENCE_SECONDS = 15.0, 600.0
"""An act that takes so many times as long as planned, and so much more, has lost its product."""
REDIS_AWAY_SECONDS = 4.0
FULL_SECONDS = 1.5
BAD_DAY_SECONDS = 12.0


class Act:
    def __init__(
        self,
        name: str,
        plan: Plan,
        troubles: list[Trouble],
        *,
        store: Store,
        redis: RedisStore,
        processes: Processes,
        platforms: Platforms,
        witness: Witness,
        spool: Spool,
        keys: Keys,
        logs: Path,
        hurry: bool = False,
    ) -> None:
        """`hurry`: leases of the dead are cut short at the end instead of being waited for."""
        self._name = name
        self._plan = plan
        self._troubles = troubles
        self._store = store
        self._redis = redis
        self._processes = processes
        self._platforms = platforms
        self._witness = witness
        self._logs = logs
        self._hurry = hurry
        self._began = time.time()
        self._bodies = Bodies(plan.space, keys, self._began)
        self._falls: list[Fall] = []
        self._beside: list[asyncio.Task[None]] = []
        self._planted: dict[str, int] = {}
        self._paused: set[str] = set()
        self._commits: dict[str, float] = {}
        self._poisoned: tuple[int, ...] = ()
        self._spool = spool
        self._sender = Sender(
            plan, self._bodies, processes.addresses, platforms.note, self._plant, self._holds
        )

    async def run(self) -> Evidence:
        self._platforms.meet(self._plan)
        if self._plan.audience:
            await self._witness.broadcast(self._plan.audience)
        for name in self._processes.names:
            await self._processes.start(name)
        await self._processes.ready()
        memory, busy = [self._processes.megabytes()], [self._processes.busy()]
        began = time.time()
        async with self._watched():
            async with asyncio.timeout(LONGEST * len(self._plan.events) / self._plan.rate + PATIENCE_SECONDS):
                await asyncio.gather(self._sender.run(), self._fall())
                await asyncio.gather(*self._beside)
            seconds = max(posted.accepted_at for posted in self._sender.posted.values()) - began
            await self._settle()
            memory.append(self._processes.megabytes())
            busy.append(self._processes.busy())
            await self._a_month_later()
        for name in list(self._processes.pids):
            await self._processes.end(name, signal.SIGTERM)
        return await self._evidence(seconds, memory, busy)

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """Somebody tells how far it is and starts again who fell; also ended by Ctrl+C."""
        beside = [asyncio.create_task(work) for work in (self._tell(), self._processes.look_after())]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    # --- troubles ---

    async def _fall(self) -> None:
        for trouble in self._troubles:
            await self._sender.reach(trouble.after)
            await asyncio.sleep(trouble.delay)
            await self._meet(trouble)

    async def _meet(self, trouble: Trouble) -> None:
        match trouble.kind:
            case "kill web":
                await self._kill(trouble, f"web-{trouble.number}")
            case "kill worker":
                await self._kill(trouble, f"worker-{trouble.number}")
            case "kill both":
                await self._kill(trouble, "web-1", "worker-1")
            case "clock shifted":
                await self._kill(trouble, f"worker-{trouble.number}", f"web-{trouble.number}")
            case "worker paused" | "web paused":
                self._soon(self._pause(trouble))
            case "ledger poisoned":
                at = time.time()
                self._poisoned = await self._witness.poison()
                self._falls.append(Fall(trouble.kind, "", at, at))
            case "redis restarted":
                await self._without_redis(trouble)
            case "platforms' bad day":
                self._soon(self._bad_day(trouble))
            case _:
                await self._without_database(trouble)

    async def _kill(self, trouble: Trouble, *names: str) -> None:
        instead = dict.fromkeys(self._instead(name) for name in names)
        names = tuple(name for name in instead if name in self._processes.pids)
        for name in names:
            await self._processes.end(name)
        at = time.time()
        claimed = await self._witness.claimed()
        await asyncio.sleep(trouble.away)
        for name in names:
            await self._processes.start(name, trouble.skew)
        self._falls.append(Fall(trouble.kind, " ".join(names), at, time.time(), claimed))

    def _instead(self, name: str) -> str:
        """Who is stopped just now is to wake again: another one of its kind falls."""
        return f"{name.partition('-')[0]}-1" if name in self._paused else name

    async def _pause(self, trouble: Trouble) -> None:
        kind = trouble.kind.partition(" ")[0]
        name = max(name for name in self._processes.names if name.startswith(kind))
        pid = self._processes.pids.get(name)
        if pid is None:  # it is down just now
            return
        self._paused.add(name)
        await self._processes.signal(name, signal.SIGSTOP)
        at = time.time()
        claimed = await self._witness.claimed()
        await asyncio.sleep(PAUSE_SECONDS)
        if self._processes.pids.get(name) == pid:
            await self._processes.signal(name, signal.SIGCONT)
        self._paused.discard(name)
        self._falls.append(Fall(trouble.kind, name, at, time.time(), claimed))

    async def _without_redis(self, trouble: Trouble) -> None:
        at = time.time()
        await asyncio.to_thread(self._redis.stop)
        await asyncio.sleep(trouble.away + REDIS_AWAY_SECONDS)
        self._redis.start()
        self._falls.append(Fall(trouble.kind, "", at, time.time()))

    async def _without_database(self, trouble: Trouble) -> None:
        at = time.time()
        if trouble.kind == "database backend killed":
            await self._store.kill_a_backend()
        else:
            await (self._store.crash() if trouble.kind == "database crashed" else self._store.stop())
            if trouble.kind == "database away, disk full":
                with self._processes.full_disk():
                    await asyncio.sleep(trouble.away + FULL_SECONDS)
            await asyncio.sleep(trouble.away)
            await self._store.start()
        claimed = await self._witness.claimed()
        self._falls.append(Fall(trouble.kind, "", at, time.time(), claimed))

    async def _bad_day(self, trouble: Trouble) -> None:
        at = time.time()
        async with self._platforms.bad_day(self._plan.seed):
            await asyncio.sleep(BAD_DAY_SECONDS)
        self._falls.append(Fall(trouble.kind, "", at, time.time()))

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        self._beside.append(asyncio.create_task(work))

    async def _plant(self, event: Event) -> None:
        row = await self._witness.plant_for(event)
        if row is not None:
            self._planted[f"{event.channel} {event.address}"] = row

    # --- the end ---

    def _holds(self, event: Event) -> bool:
        return self._spool.holds(f"{event.channel}\0{event.address}")

    async def _open(self) -> bool:
        """Whether something is still on its way."""
        return bool(self._spool.waiting()) or bool(await self._witness.unsettled())

    async def _settle(self) -> None:
        """Until spool and ledger are empty: what dead processes had claimed comes back with its lease."""
        until = time.monotonic() + SETTLE_SECONDS
        if self._hurry:
            await asyncio.sleep(1.0)
            await self._witness.move_leases([row for fall in self._falls for row in fall.claimed])
        while await self._open() and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.5)

    async def _a_month_later(self) -> None:
        """What was repeated before comes once more, 29 days on; a worker has then deleted what is past its
        date."""
        ids = {event.number: self._bodies.event_id(event) for event in self._plan.events}
        self._commits = await self._witness.commits(list(ids.values()))
        repeated = [event.number for event in self._plan.events if event.repeats]
        await self._witness.age_events([ids[number] for number in repeated])
        await self._processes.end("worker-1", signal.SIGTERM)
        await self._processes.start("worker-1")
        await self._sender.once_more(repeated)

    async def _tell(self) -> None:
        total = len(self._plan.events)
        while True:
            await asyncio.sleep(10)
            print(
                f"  {self._name}: {self._sender.accepted} of {total}, {len(self._falls)} troubles", flush=True
            )

    async def _evidence(
        self, seconds: float, memory: list[dict[str, float]], busy: list[dict[str, float]]
    ) -> Evidence:
        events, witness = list(self._plan.events), self._witness
        ids = {event.number: self._bodies.event_id(event) for event in events}
        people = await witness.people(events)
        contacts = list(people.values())
        cases = await witness.cases(contacts)
        found = Evidence(
            name=self._name,
            seed=self._plan.seed,
            space=self._plan.space,
            rate=self._plan.rate,
            began=self._began,
            seconds=seconds,
            events=events,
            event_ids=ids,
            posted=self._sender.posted,
            people=people,
            stopped=await witness.stopped(contacts),
            commits=self._commits,
            lines=await witness.lines(contacts),
            letters=await witness.letters(list(ids.values())),
            cases=cases,
            rows=await witness.rows(contacts, [case.id for case in cases]),
            arrivals=self._platforms.arrivals(),
            falls=sorted(self._falls, key=lambda fall: fall.at),
            audience=await witness.audience(self._plan.audience),
            planted=self._planted,
            poisoned=self._poisoned,
            refusals=self._platforms.refusals(),
            storms=self._platforms.storms(),
            unanswered=self._platforms.unanswered(),
            megabytes=memory,
            busy=busy,
            load=os.getloadavg()[0],
            fallen=self._processes.fallen,
            complaints_in_logs=_errors(self._logs),
            leases_moved=self._hurry,
        )
        await witness.end_broadcast()
        self._platforms.forget()
        return found


def _errors(logs: Path) -> dict[str, int]:
    """What the product itself called an error, by name; its poison is not among them."""
    found: collections.Counter[str] = collections.Counter()
    for log in logs.glob("*.log"):
        for line in log.read_text("utf-8", errors="replace").splitlines():
            if line.startswith("Traceback"):
                found["traceback"] += 1
            if not line.startswith("{"):
                continue
            said = json.loads(line)
            if said.get("level") in ("error", "critical") and "poisoned by" not in str(said.get("exception")):
                found[str(said.get("event"))[:60]] += 1
    return dict(found)
