"""A whole run: acts one after the other on one database; its state in a folder, so that it can go on."""

from __future__ import annotations

import base64
import secrets
import shutil
from pathlib import Path
from typing import Literal

import msgspec

from bot.spool.store import Spool
from bot.storage.unprivileged import reachable_folder
from bot.storage.vault import Vault
from scripts.faults import plan, trouble
from scripts.faults.act import Act
from scripts.faults.house import Processes, RedisStore, Store
from scripts.faults.judge import judge
from scripts.faults.platforms import Platforms
from scripts.faults.table import shown
from scripts.faults.verdict import Verdict
from scripts.faults.witness import Witness

STATE = "state.json"
ActKind = Literal["steady", "alone", "several"]

PART = 20_000
"""Events after which a long run begins anew with its acts: what an interruption costs at most."""
SHARES: dict[ActKind, tuple[float, float]] = {
    "steady": (0.15, 0.0),
    "alone": (0.6, 0.7),
    "several": (0.25, 0.3),
}
"""Of a part's events and kills."""
PROCESSES: dict[ActKind, tuple[int, int]] = {"steady": (2, 1), "alone": (1, 1), "several": (2, 2)}
"""Web processes, workers."""
PEOPLE_TO_ONE = 10
"""Events for each person who gets the broadcast."""
STEADY_RATE = 50.0
SMALL = 2_000
"""A run with fewer events is one act."""


class Wanted(msgspec.Struct, frozen=True):
    events: int
    kills: int
    seed: int
    rate: float
    only: ActKind | None = None
    audience: int | None = None
    hurry: bool = False


class Planned(msgspec.Struct, frozen=True):
    """An act that is to be played. `steady`: nothing falls; `alone`: one web process and one worker;
    `several`: two of each."""

    kind: ActKind
    events: int
    kills: int
    rate: float
    audience: int = 0
    """Of a broadcast that goes out meanwhile."""


class Played(msgspec.Struct, frozen=True):
    title: str
    verdicts: list[Verdict]


class State(msgspec.Struct):
    wanted: Wanted
    secret: str
    secret_key: str
    key: str
    spaces: int = 0
    """Acts that were begun: each has people and ids of its own."""
    played: list[Played] = []


def acts(wanted: Wanted) -> list[Planned]:
    if wanted.only or wanted.events < SMALL:
        kind = wanted.only or "alone"
        audience = wanted.audience if wanted.audience is not None else wanted.events // PEOPLE_TO_ONE
        return [Planned(kind, wanted.events, wanted.kills, wanted.rate, audience)]
    parts = -(-wanted.events // PART)
    found = []
    for part in range(parts):
        events = wanted.events // parts + (part < wanted.events % parts)
        kills = wanted.kills // parts + (part < wanted.kills % parts)
        for kind, (share, deaths) in SHARES.items():
            rate = STEADY_RATE if kind == "steady" else wanted.rate
            said = round(events * share)
            audience = 0 if kind == "steady" else said // PEOPLE_TO_ONE
            found.append(Planned(kind, said, round(kills * deaths), rate, audience))
    return found


async def run(wanted: Wanted, folder: Path, *, resume: bool) -> bool:
    """Plays what is not played yet; prints a table after each act; True: every promise was kept."""
    logs = folder / "logs"
    if not (resume and (folder / STATE).exists()):
        await _clear(folder)
    state = _state(folder, wanted)
    logs.mkdir(exist_ok=True)
    store, platforms, redis = Store(folder / "postgres"), Platforms(), RedisStore(folder)
    await store.start()
    await platforms.start()
    redis.start()
    try:
        await store.prepare()
        witness = Witness(store.dsn, Vault((state.key,)))
        await witness.forget_zalo_tokens()
        stage = Stage(state, folder, store, redis, platforms, witness, logs)
        for planned in acts(state.wanted)[len(state.played) :]:
            await stage.play(planned)
    finally:
        redis.stop()
        await platforms.stop()
        await store.stop()
    return all(verdict.kept is not False for played in state.played for verdict in played.verdicts)


class Stage:
    def __init__(
        self,
        state: State,
        folder: Path,
        store: Store,
        redis: RedisStore,
        platforms: Platforms,
        witness: Witness,
        logs: Path,
    ) -> None:
        self._state = state
        self._folder = folder
        self._store = store
        self._redis = redis
        self._platforms = platforms
        self._witness = witness
        self._logs = logs
        self._settings = self._environment()

    async def play(self, planned: Planned) -> None:
        state = self._state
        state.spaces += 1
        _keep(self._folder, state)
        space, seed = state.spaces, state.wanted.seed
        webs, workers = PROCESSES[planned.kind]
        environment = self._settings | {"NTD_SENDING_PROCESSES": str(webs + workers)}
        for log in self._logs.glob("*.log"):
            log.rename(self._logs / f"{log.name}.{space - 1}")
        processes = Processes(self._logs, environment, webs, workers)
        await processes.open()
        title = f"Act {len(state.played) + 1}, {planned.kind}: {planned.events} events, seed {seed}.{space}"
        print(title, flush=True)
        try:
            act = Act(
                planned.kind,
                plan.make(seed, space, planned.events, planned.rate, planned.audience),
                trouble.make(seed, space, planned.events, planned.kills, webs, workers),
                store=self._store,
                redis=self._redis,
                processes=processes,
                platforms=self._platforms,
                witness=self._witness,
                spool=Spool(self._folder / "data", Vault((state.key,)), most=10**9),
                keys=self._platforms.keys(state.secret, state.secret_key),
                logs=self._logs,
                hurry=state.wanted.hurry,
            )
            evidence = await act.run()
        finally:
            await processes.close()
        verdicts = judge(evidence)
        if state.wanted.events <= PART or any(verdict.kept is False for verdict in verdicts):
            (self._folder / f"evidence-{space}.json").write_bytes(msgspec.json.encode(evidence))
        state.played.append(Played(title, verdicts))
        _keep(self._folder, state)
        print(shown(title, verdicts), flush=True)

    def _environment(self) -> dict[str, str]:
        state = self._state
        return {
            "DATABASE_URL": self._store.url,
            "REDIS_URL": self._redis.url,
            "NTD_DATA_DIR": str(self._folder / "data"),
            "NTD_KEYS": state.key,
            "SECRET_KEY": state.secret_key,
            "NTD_WEB_MESSAGES_PER_MINUTE": "100000",
            **self._platforms.settings(state.secret),
        }


def _state(folder: Path, wanted: Wanted) -> State:
    """That of an earlier run where there is one to go on with."""
    kept = folder / STATE
    if kept.exists():
        return msgspec.json.decode(kept.read_bytes(), type=State)
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    state = State(wanted, secrets.token_hex(16), secrets.token_hex(32), key)
    folder.mkdir(parents=True, exist_ok=True)
    _keep(folder, state)
    return state


def _holds_something_else(folder: Path) -> bool:
    return folder.exists() and any(folder.iterdir()) and not (folder / STATE).exists()


async def _clear(folder: Path) -> None:
    """Nothing is deleted but what an earlier run has left."""
    if _holds_something_else(folder):
        raise SystemExit(f"{folder} holds something else: name an empty folder with --out")
    cluster = folder / "postgres"
    if cluster.exists():  # a run that was killed has left its server alive
        store = Store(cluster)
        await store.start()
        await store.stop()
        shutil.rmtree(reachable_folder(cluster), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _keep(folder: Path, state: State) -> None:
    """Whole or not at all."""
    fresh = folder / f"{STATE}.new"
    fresh.write_bytes(msgspec.json.encode(state))
    fresh.replace(folder / STATE)
