"""Who is asking: only our own page may speak for a session, and whose network address it is."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler

Connection = ASGIConnection[Any, Any, Any, Any]

PAGE_HEADER = "x-ntd-chat"
"""A header that a foreign page cannot set without asking first (CORS), and we never say yes."""


class Origins:
    def __init__(self, public_url: str | None) -> None:
        self._public_host = urlsplit(public_url).netloc.lower() if public_url else None

    def require_page(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Guard of everything that changes something."""
        if connection.headers.get(PAGE_HEADER) != "1":
            raise PermissionDeniedException
        if connection.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise PermissionDeniedException
        origin = connection.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() not in self._hosts(connection):
            raise PermissionDeniedException

    def require_same_site(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Guard of everything that reads a transcript."""
        if connection.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            raise PermissionDeniedException

    def _hosts(self, connection: Connection) -> set[str]:
        own = connection.headers.get("host", "").lower()
        return {host for host in (own, self._public_host) if host}


class Proxies:
    """The proxies whose X-Forwarded-For is believed (`NTD_FORWARDED_ALLOW_IPS`: addresses, networks, `*`)."""

    def __init__(self, allowed: str) -> None:
        parts = [part.strip() for part in allowed.split(",") if part.strip()]
        self._all = "*" in parts
        self._networks = [network for part in parts if (network := _network(part))]

    def client(self, connection: Connection) -> str:
        """The network address of the person: an IPv4 address or the /64 of an IPv6 one."""
        said = connection.headers.get("x-forwarded-for", "")
        hops = [hop.strip() for hop in said.split(",") if hop.strip()]
        address = connection.client.host if connection.client else "127.0.0.1"
        while hops and self._trusted(address):
            address = hops.pop()
        return _grouped(address)

    def _trusted(self, address: str) -> bool:
        if self._all:
            return True
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._networks)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _grouped(address: str) -> str:
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
