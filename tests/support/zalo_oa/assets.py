"""Uploads of the OA: images, GIFs and files with their limits; they live seven days."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

from aiohttp import web

from bot.clock import Clock
from tests.support.zalo_oa.account import JSON, answer
from tests.support.zalo_oa.errors import Refused

LIVES = dt.timedelta(days=7)
MEGABYTE = 1024 * 1024
LARGEST = {"image": MEGABYTE, "gif": 5 * MEGABYTE, "file": 5 * MEGABYTE}
BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "image": (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"),
    "gif": (b"GIF87a", b"GIF89a"),
}
FILE_ENDINGS = (".pdf", ".doc", ".docx", ".csv")


@dataclass(frozen=True)
class Asset:
    kind: str
    data: bytes
    file_name: str
    until: dt.datetime


class Assets:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._assets: dict[str, Asset] = {}

    async def upload(self, request: web.Request) -> JSON:
        kind = request.match_info["kind"]
        if not request.content_type.startswith("multipart/"):
            raise Refused(-201, "file is invalid")
        part = (await request.post()).get("file")
        if not isinstance(part, web.FileField):
            raise Refused(-201, "file is invalid")
        data = part.file.read()
        self._check(kind, data, part.filename)
        asset_id = f"{kind}-{next(self._numbers):06d}"
        self._assets[asset_id] = Asset(kind, data, part.filename, self._clock.now() + LIVES)
        return answer({"token" if kind == "file" else "attachment_id": asset_id})

    def use(self, asset_id: object, kind: str, field: str) -> Asset:
        """Raises -201 for an unknown one, -100 for one that is over seven days old."""
        asset = self._assets.get(asset_id) if isinstance(asset_id, str) else None
        if asset is None or asset.kind != kind:
            raise Refused(-201, f"{field} is invalid")
        if self._clock.now() >= asset.until:
            raise Refused(-100, f"{field} is expired")
        return asset

    def _check(self, kind: str, data: bytes, file_name: str) -> None:
        if not data:
            raise Refused(-201, "file is invalid")
        if len(data) > LARGEST[kind]:
            raise Refused(-210, "file size exceeds the limit")
        if kind == "file":
            if not file_name.lower().endswith(FILE_ENDINGS):
                raise Refused(-201, "file type is invalid")
        elif not data.startswith(BEGINNINGS[kind]):
            raise Refused(-201, "file type is invalid")
