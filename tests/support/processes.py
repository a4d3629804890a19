"""Helper processes that end with the test run, even when the run itself is killed."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

_KEEPER = '"$@" </dev/null & child=$!; cat >/dev/null; kill "$child"; wait "$child"'


def spawn_tied(
    command: list[str],
    log_file: Path,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Runs `command` until `release` is called or this process is gone."""
    with log_file.open("ab") as log:
        return subprocess.Popen(
            ["/bin/sh", "-c", _KEEPER, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=None if environment is None else dict(environment),
            cwd=folder,
        )


def release(process: subprocess.Popen[bytes]) -> None:
    """Ends what `spawn_tied` began, and waits for it."""
    process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
