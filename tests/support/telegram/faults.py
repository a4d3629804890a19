"""Troubles to order: what the next calls meet instead of a quick, true answer."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.bad_day import Kind, Weather
from tests.support.telegram.rates import flooded
from tests.support.telegram.wire import Json, Refusal

SENDS = frozenset({"sendMessage", "sendPhoto", "sendDocument"})


@dataclass
class Fault:
    """`accept`: the call has its effect all the same. `close`: the connection ends without an answer."""

    method: str
    chat: int | None
    times: int
    accept: bool = True
    delay: float = 0.0
    close: bool = False
    refusal: Refusal | None = None
    body: bytes | None = None
    status: int = 200

    def meets(self, method: str, chat_id: str) -> bool:
        wanted = self.method in ("*", method) or (self.method == "send*" and method.startswith("send"))
        return self.times > 0 and wanted and (self.chat is None or str(self.chat) == chat_id)


class Faults:
    """Each order holds for `times` calls of `method` ("*" is every one, "send*" every send, "file" a
    download) and, if given, of one chat. The oldest order that fits is used first."""

    def __init__(self) -> None:
        self.weather: Weather | None = None
        """Of a bad day: sends that no order fits meet it."""
        self._ordered: list[Fault] = []

    def drop_answer(self, method: str = "sendMessage", *, times: int = 1, chat: int | None = None) -> None:
        """The call is done, and the connection closed before the answer."""
        self._ordered.append(Fault(method, chat, times, close=True))

    def refuse_connection(self, method: str = "*", *, times: int = 1, chat: int | None = None) -> None:
        """Nothing is done, and the connection closed."""
        self._ordered.append(Fault(method, chat, times, accept=False, close=True))

    def delay(self, seconds: float, method: str = "*", *, times: int = 1, chat: int | None = None) -> None:
        """The call is done at once and answered late."""
        self._ordered.append(Fault(method, chat, times, delay=seconds))

    def flood(
        self, retry_after: int, method: str = "send*", *, times: int = 1, chat: int | None = None
    ) -> None:
        self.refuse(flooded(retry_after), method, times=times, chat=chat)

    def refuse(
        self, refusal: Refusal, method: str = "sendMessage", *, times: int = 1, chat: int | None = None
    ) -> None:
        self._ordered.append(Fault(method, chat, times, accept=False, refusal=refusal))

    def server_error(
        self,
        status: int = 502,
        method: str = "*",
        *,
        times: int = 1,
        chat: int | None = None,
        accepted: bool = False,
    ) -> None:
        """As a gateway does: an HTML page and not the platform's JSON."""
        page = f"<html><body><h1>{status}</h1></body></html>".encode()
        self._ordered.append(Fault(method, chat, times, accept=accepted, body=page, status=status))

    def wrong_json(
        self,
        method: str = "*",
        *,
        times: int = 1,
        chat: int | None = None,
        body: bytes = b'{"ok":true,"resu',
        accepted: bool = True,
    ) -> None:
        self._ordered.append(Fault(method, chat, times, accept=accepted, body=body))

    def clear(self) -> None:
        self._ordered.clear()

    def take(self, method: str, values: Json) -> Fault | None:
        chat_id = str(values.get("chat_id", ""))
        for fault in self._ordered:
            if fault.meets(method, chat_id):
                fault.times -= 1
                return fault
        if self.weather is None or method not in SENDS:
            return None
        kind = self.weather.call(chat_id)
        return None if kind is None else _as_fault(kind, self.weather)


def _as_fault(kind: Kind, weather: Weather) -> Fault:
    match kind:
        case Kind.DROPPED:
            return Fault("*", None, 0, close=True)
        case Kind.GARBLED:
            return Fault("*", None, 0, body=b'{"ok":true,"resu')
        case Kind.SLOW:
            return Fault("*", None, 0, delay=weather.slow_seconds)
        case Kind.STORM:
            return Fault("*", None, 0, accept=False, refusal=flooded(weather.retry_after))
        case Kind.BROKEN:
            return Fault("*", None, 0, accept=False, close=True)
        case _:
            return Fault("*", None, 0, accept=False, refusal=Refusal(500, "Internal Server Error"))
