"""`ntd serve`, `ntd web`, `ntd worker`."""

from __future__ import annotations

import asyncio
import errno
import socket

import click

from bot.commands.configuration import plain_errors, settings
from bot.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def serve(host: str, port: int) -> None:
    """Web and worker in one process: all that a laptop or a small province needs.

    Example: ntd serve --port 8000
    """
    _run_web(settings(), host, port, with_worker=True)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def web(host: str, port: int) -> None:
    """Only the web side; any number may run on one database (DATABASE_URL).

    Example: DATABASE_URL=postgresql://... ntd web --port 8001
    """
    _run_web(_shared(settings()), host, port, with_worker=False)


@click.command()
def worker() -> None:
    """Only the worker: sends what is queued, deletes what is past its date.

    Example: DATABASE_URL=postgresql://... ntd worker
    """
    configured = _shared(settings())
    from bot.running import run_worker

    with plain_errors():
        asyncio.run(run_worker(configured))


def _run_web(configured: Settings, host: str, port: int, *, with_worker: bool) -> None:
    listening = _bound(host, port)
    from bot.running import run_web

    with listening, plain_errors():
        asyncio.run(run_web(configured, listening, with_worker=with_worker))


def _bound(host: str, port: int) -> socket.socket:
    """The listening socket, taken before anything is started, so that nothing is left half-started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise click.ClickException(
                f"Port {port} is in use by another program: stop it, or choose another with --port."
            ) from error
        raise click.ClickException(f"Cannot listen on {host}:{port} ({error.strerror}).") from error
    return listening


def _shared(configured: Settings) -> Settings:
    if configured.database_url is None:
        raise click.ClickException(
            "Set DATABASE_URL: web and worker run apart on a database that both reach. Or use `ntd serve`."
        )
    return configured
