"""Where a webhook may lead: public addresses, and private networks that the operator has named.

The name is resolved here and the connection goes to the very address that was looked at, so that a name which
resolves to something else a moment later leads nowhere else.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

import httpx

from bot.handoff.send import NotTakenError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Destinations:
    def __init__(self, networks: Sequence[str], *, https_only: bool) -> None:
        """`networks`: private ones that may be called too."""
        self._networks = [ipaddress.ip_network(network, strict=False) for network in networks]
        self._https_only = https_only

    async def addresses(self, url: httpx.URL) -> list[str]:
        """Addresses to connect to, in order. Raises NotTakenError where it may not be called."""
        if url.scheme != "https" and (self._https_only or url.scheme != "http"):
            raise NotTakenError("the webhook's address must begin with https://")
        found = await _resolved(url)
        if not all(self._allowed(address) for address in found):
            raise NotTakenError("the webhook leads into a private network (NTD_HANDOFF_NETWORKS)")
        return [str(address) for address in found]

    def _allowed(self, address: _Address) -> bool:
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address in network for network in self._networks):
            return True
        return address.is_global and not address.is_multicast


async def _resolved(url: httpx.URL) -> list[_Address]:
    port = url.port or (443 if url.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    try:
        told = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotTakenError("the webhook's host name is not known") from error
    names = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in told)
    return [ipaddress.ip_address(name) for name in names]
