"""Exits 0 when the address answers 200, else says why not: a health check for containers without curl."""

from __future__ import annotations

import sys
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

TIMEOUT_SECONDS = 4


def main(address: str) -> int:
    try:
        build_opener(ProxyHandler({})).open(address, timeout=TIMEOUT_SECONDS).close()
    except HTTPError as error:
        print(f"{error.code}: {error.read(500).decode(errors='replace')}")
        return 1
    except (URLError, OSError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
