"""The page with the three phones: one HTML file, the phones' state as server-sent events, thumbs as POSTs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.support.demo.phones import LONGEST, Handset, Refused

STATIC = Path(__file__).parent / "static"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
MOST_BYTES = 12_000_000
_LOOK_SECONDS = 0.15


class Page:
    """`about`: what stands in the head of the page (addresses, the administrator's login)."""

    def __init__(self, phones: Mapping[str, Handset], about: Mapping[str, str], port: int = 0) -> None:
        self._phones = phones
        self._about = dict(about)
        self._port = port
        self._runner: web.AppRunner | None = None
        self._ended = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/"

    async def start(self) -> None:
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_get("/events", self._events)
        app.router.add_get("/about", self._tell)
        app.router.add_post("/act/{phone}", self._act)
        app.router.add_post("/photo/{phone}", self._photo)
        app.router.add_get("/picture/{phone}/{key}", self._picture)
        app.router.add_get("/{name:|demo.css|demo.js}", self._static)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self._ended.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _static(self, request: web.Request) -> web.Response:
        file = STATIC / (request.match_info["name"] or "index.html")
        text = await asyncio.to_thread(file.read_text, "utf-8")
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'self'; img-src 'self' data:",
        }
        return web.Response(text=text, content_type=TYPES[file.suffix], headers=headers)

    async def _tell(self, request: web.Request) -> web.Response:
        return web.json_response(self._about)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        seen: dict[str, str] = {}
        with suppress(ConnectionResetError):
            while not self._ended.is_set():
                await response.write(self._changes(seen))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), _LOOK_SECONDS)
        return response

    def _changes(self, seen: dict[str, str]) -> bytes:
        """Of every phone whose screen is not as in `seen`; a comment where there are none, so that a page
        that has gone is noticed."""
        changed = b""
        for key, phone in self._phones.items():
            state = json.dumps({"phone": key, **phone.state()}, ensure_ascii=False)
            if seen.get(key) != state:
                seen[key] = state
                changed += f"data: {state}\n\n".encode()
        return changed or b":\n\n"

    async def _act(self, request: web.Request) -> web.Response:
        """`{"do": "say", "text": "..."}`; JSON only, so that no other site can post it."""
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        try:
            given: Any = await request.json()
            text = str(given.get("text") or "").strip()[:LONGEST]
            if given.get("do") in ("say", "press") and not text:
                raise Refused("nothing was written")
            await self._phone(request).act(str(given["do"]), {"text": text})
        except (ValueError, KeyError, AttributeError):
            raise web.HTTPBadRequest from None
        except Refused as refused:
            return web.json_response({"why": str(refused)}, status=409)
        return web.json_response({})

    async def _photo(self, request: web.Request) -> web.Response:
        if request.content_type != "image/jpeg" and request.content_type != "image/png":
            raise web.HTTPUnsupportedMediaType
        try:
            await self._phone(request).photo(await request.read())
        except Refused as refused:
            return web.json_response({"why": str(refused)}, status=409)
        return web.json_response({})

    async def _picture(self, request: web.Request) -> web.Response:
        found = self._phone(request).picture(request.match_info["key"])
        if not found:
            raise web.HTTPNotFound
        kind = "image/png" if found.startswith(b"\x89PNG") else "image/jpeg"
        return web.Response(body=found, content_type=kind)

    def _phone(self, request: web.Request) -> Handset:
        found = self._phones.get(request.match_info["phone"])
        if found is None:
            raise web.HTTPNotFound
        return found
