"""docker-compose.yml's topology as processes of this machine: caddy, 2 web, 2 worker, PostgreSQL, Redis.

    .venv/bin/python scripts/topology.py --port 8080     prints the address, runs until Ctrl-C, leaves nothing

Needs Debian's servers (apt install caddy postgresql redis-server). Each is started fresh, in a folder of its
own, on loopback and a free port; what the machine itself runs of them is left alone.
"""

from __future__ import annotations

import argparse
import base64
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).resolve().parent.parent
NTD = ROOT / ".venv" / "bin" / "ntd"
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class TopologyError(Exception):
    """Something is missing or did not start; the message says what."""


class Topology:
    """`with Topology() as running:` then `running.url` is the proxy's address.

    `running.processes` holds every process by name (`web-1`, `worker-2`, `redis`, ...); a test may kill and
    `start_web` or `start_worker` again.
    """

    def __init__(self, port: int | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._more_settings = settings or {}
        self._web_ports = [free_port(), free_port()]

    def __enter__(self) -> Self:
        missing = missing_programs()
        if missing:
            raise TopologyError(f"not installed: {', '.join(missing)} (apt install {' '.join(missing)})")
        self.folder = Path(tempfile.mkdtemp(prefix="ntd-topology-"))
        self.folder.chmod(0o755)
        try:
            self.environment = self._settings(self._start_postgres(), self._start_redis())
            self.ntd("db", "upgrade")
            for number in (1, 2):
                self.start_web(number)
                self.start_worker(number)
            self._start_caddy()
            wait_until_ready(f"{self.url}/health/ready", "the proxy", self.folder / "caddy.log")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def ntd(self, *arguments: str) -> str:
        """Runs an `ntd` command with the settings of this topology and returns what it prints."""
        command = [str(NTD), *arguments]
        done = subprocess.run(
            command, env=self.environment, cwd=self.folder, check=False, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise TopologyError(f"ntd {' '.join(arguments)} failed: {done.stderr.strip()}")
        return done.stdout

    def start_web(self, number: int) -> None:
        port = self._web_ports[number - 1]
        name = f"web-{number}"
        self._spawn(name, [str(NTD), "web", "--port", str(port)], self.environment)
        wait_until_ready(f"http://127.0.0.1:{port}/health/ready", name, self.log_of(name))

    def start_worker(self, number: int) -> None:
        self._spawn(f"worker-{number}", [str(NTD), "worker"], self.environment)

    def log_of(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def stop(self) -> None:
        """The proxy first, the stores last, as an orderly shutdown would."""
        for name in sorted(self.processes, key=lambda name: (name != "caddy", name in {"postgres", "redis"})):
            stop_process(self.processes[name])
        self.processes.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _settings(self, database_url: str, redis_url: str) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TZ"}},
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PUBLIC_URL": self.url,
            "SECRET_KEY": secrets.token_hex(32),
            "NTD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "NTD_DATA_DIR": str(self.folder / "data"),
            "NTD_FORWARDED_ALLOW_IPS": "127.0.0.1",
            **self._more_settings,
        }

    def _start_postgres(self) -> str:
        programs, user = postgres_programs(), postgres_user()
        cluster, password = self.folder / "postgres", self.folder / "password"
        cluster.mkdir(mode=0o700)
        password.write_text(secrets.token_hex(16), encoding="utf-8")
        if user:
            shutil.chown(cluster, user)
            shutil.chown(password, user)
        options = [
            "-U",
            "ntd",
            "--auth=scram-sha-256",
            f"--pwfile={password}",
            "--encoding=UTF8",
            "--locale=C",
        ]
        command = [str(programs / "initdb"), "-D", str(cluster), *options, "--no-sync"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", user=user, extra_groups=[])
        port = free_port()
        server = [
            str(programs / "postgres"),
            "-D",
            str(cluster),
            "-p",
            str(port),
            "-k",
            "",
            "-h",
            "127.0.0.1",
        ]
        self._spawn("postgres", server, {"LC_ALL": "C"}, user)
        wait_for_port(port, "PostgreSQL", self.log_of("postgres"))
        return f"postgresql://ntd:{password.read_text(encoding='utf-8')}@127.0.0.1:{port}/postgres"

    def _start_redis(self) -> str:
        port = free_port()
        options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(self.folder), "--save", ""]
        self._spawn("redis", ["redis-server", *options, "--appendonly", "no"], dict(os.environ))
        wait_for_port(port, "Redis", self.log_of("redis"))
        return f"redis://127.0.0.1:{port}/0"

    def _start_caddy(self) -> None:
        upstreams = self.folder / "upstreams.caddy"
        addresses = " ".join(f"127.0.0.1:{port}" for port in self._web_ports)
        upstreams.write_text(f"to {addresses}\n", encoding="utf-8")
        environment = {
            **os.environ,
            "NTD_SITE": self.url,
            "NTD_UPSTREAMS": str(upstreams),
            "NTD_PROXY_HEALTH_PORT": str(free_port()),
            "XDG_DATA_HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder),
        }
        command = ["caddy", "run", "--config", str(ROOT / "deploy" / "Caddyfile"), "--adapter", "caddyfile"]
        self._spawn("caddy", command, environment)

    def _spawn(
        self, name: str, command: list[str], environment: Mapping[str, str], user: str | None = None
    ) -> None:
        with self.log_of(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                env=dict(environment),
                cwd="/" if user else self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=user,
                extra_groups=[] if user else None,
            )


def missing_programs() -> list[str]:
    """Debian's package names of what is not installed."""
    found = {
        "caddy": shutil.which("caddy") is not None,
        "redis-server": shutil.which("redis-server") is not None,
        "postgresql": any(DEBIAN_POSTGRES.glob("*/bin/postgres")),
    }
    return [package for package, there in found.items() if not there]


def postgres_programs() -> Path:
    return max(DEBIAN_POSTGRES.glob("*/bin"), key=lambda path: float(path.parent.name))


def postgres_user() -> str | None:
    """PostgreSQL refuses to run as root; Debian's package brings a user for it."""
    return pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, what: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TopologyError(f"{what} did not start: {tail(log)}")


def wait_until_ready(address: str, what: str, log: Path) -> None:
    opener = build_opener(ProxyHandler({}))
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            opener.open(address, timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise TopologyError(f"{what} did not become ready: {tail(log)}")


def tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else "no log"


def stop_process(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT if "postgres" in str(process.args) else signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=None, help="of the proxy; a free one by default")
    try:
        with Topology(parser.parse_args().port) as running:
            print(f"{running.url} (console: {running.url}/console, logs: {running.folder})", flush=True)
            print("Ctrl-C stops it", flush=True)
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            signal.pause()
    except KeyboardInterrupt:
        return 0
    except TopologyError as error:
        print(f"topology: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
