"""`ntd serve` as an operator runs it: its own process, a database of its own in a throw-away folder."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.processes import release, spawn_tied

START_SECONDS = 120.0
NTD = Path(sys.executable).parent / "ntd"
_LOGIN = re.compile(r"Console login \(shown once\): (\S+) / (\S+)")
_KEPT = {"PATH", "HOME", "LANG", "TZ"}


class DemoError(Exception):
    """The product did not start; the message says why."""


class Product:
    def __init__(self, folder: Path, port: int, settings: Mapping[str, str]) -> None:
        """`settings`: the environment, beside what every process needs. No `.env` file is read."""
        self.url = f"http://127.0.0.1:{port}"
        self.login = self.password = ""
        self._folder = folder
        self._port = port
        self._settings = {name: value for name, value in os.environ.items() if name in _KEPT} | dict(settings)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self._folder / "ntd.log"

    async def start(self) -> None:
        """Returns when it serves. Raises DemoError."""
        command = [str(NTD), "serve", "--host", "127.0.0.1", "--port", str(self._port)]
        self._process = spawn_tied(command, self.log, environment=self._settings, folder=self._folder)
        try:
            async with asyncio.timeout(START_SECONDS):
                while "Stop with Ctrl+C." not in self._written():
                    if "Error:" in self._written():
                        raise DemoError(self._written().strip().splitlines()[-1])
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise DemoError(f"the product did not start: {self._written()[-500:]}") from None
        found = _LOGIN.search(self._written())
        if found:
            self.login, self.password = found[1], found[2]

    async def stop(self) -> None:
        if self._process is not None:
            await asyncio.to_thread(release, self._process)

    def _written(self) -> str:
        return self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""
