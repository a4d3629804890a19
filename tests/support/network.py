"""Tests reach this machine only: any other connection is refused, and the test that tried it fails."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

RESERVED = (".invalid", ".test", ".example")  # names that never resolve, for tests of unreachable hosts


class NetworkGuard:
    """While installed, `attempts` collects the hosts that were asked for."""

    def __init__(self) -> None:
        self.attempts: list[str] = []

    def install(self, patch: pytest.MonkeyPatch) -> None:
        connect, connect_ex, resolve = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

        def guarded_connect(sock: socket.socket, address: Any) -> None:
            self._check(sock, address)
            connect(sock, address)

        def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
            self._check(sock, address)
            return connect_ex(sock, address)

        def guarded_resolve(host: Any, *arguments: Any, **options: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            if name and not _is_here(name):
                if not name.endswith(RESERVED):
                    self.attempts.append(name)
                raise socket.gaierror(socket.EAI_NONAME, f"tests may not look up {name}")
            return resolve(host, *arguments, **options)

        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_resolve)

    def _check(self, sock: socket.socket, address: Any) -> None:
        if sock.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
            self.attempts.append(address[0])
            raise ConnectionRefusedError(f"tests may not connect to {address[0]}")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
