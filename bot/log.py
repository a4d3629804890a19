"""Structured logs: a constant event name and data in keywords. What is personal or secret is taken out on the
handler, so that tracebacks and other libraries' records pass the same filter."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

_SECRETS = re.compile(
    r"(?i)((?:secret|password|token|authorization|cookie|otp|key)[\"']?\s*[=:]\s*[\"']?)[^\s\"',}]{4,}"
)
_BOT_TOKEN = re.compile(r"(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,}")
_DATABASE = re.compile(r"(postgres(?:ql)?(?:\+\w+)?|rediss?)://[^\s@/]+@")
_NUMBERS = re.compile(r"(?<![\w.])(?!\d{4}-\d\d-\d\d[T ]\d\d:)\+?\d(?:[ .-]?\d){8,18}(?![\w:])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def redact(text: str) -> str:
    """`text` without bot tokens, passwords, e-mail addresses and numbers as long as a phone's."""
    text = _BOT_TOKEN.sub("[token]", text)
    text = _DATABASE.sub(r"\1://[login]@", text)
    text = _SECRETS.sub(r"\1[hidden]", text)
    text = _EMAIL.sub("[e-mail]", text)
    return _NUMBERS.sub("[number]", text)


class _Redacting(logging.Formatter):
    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._inner.format(record))


def configure(level: str, *, json: bool) -> None:
    """One handler for structlog and the standard library, on stderr; JSON lines in production."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(formatter))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("httpx", "httpcore", "asyncio", "uvicorn", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
