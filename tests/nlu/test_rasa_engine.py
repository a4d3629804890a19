"""Rasa over HTTP, against a small server that answers as Rasa does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from content.catalog import Catalog
from nlu.engines.rasa import RasaAway, RasaEngine
from nlu.pipeline import build
from nlu.understanding import Guess
from tests.nlu.conftest import TODAY

RANKING = [
    {"name": "report_medicine", "confidence": 0.8},
    {"name": "nlu_fallback", "confidence": 0.1},
    {"name": "greet", "confidence": 0.05},
]


class _Rasa(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ranking = [] if "rỗng" in asked["text"] else RANKING
        body = json.dumps({"text": asked["text"], "intent_ranking": ranking}).encode()
        self.send_response(500 if "hỏng" in asked["text"] else 200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Rasa)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_ranking_becomes_guesses(catalog: Catalog, url: str) -> None:
    pipeline = build(catalog, None, RasaEngine(url))
    understood = pipeline.parse("thuốc giả \ud800 gọi 0912345678", TODAY)
    assert (understood.act, understood.topic, understood.confidence) == ("report", "medicine", 0.8)
    assert understood.alternatives == (Guess("greet", None, 0.05),)
    assert [e.type for e in understood.entities] == ["phone"]


def test_nothing_is_asked_about_an_empty_line(catalog: Catalog) -> None:
    assert build(catalog, None, RasaEngine("http://127.0.0.1:9")).parse("  ", TODAY).act == "inform"


@pytest.mark.parametrize("text", ["hỏng", "rỗng"])
def test_a_server_that_fails_is_named(catalog: Catalog, url: str, text: str) -> None:
    with pytest.raises(RasaAway):
        build(catalog, None, RasaEngine(url)).parse(text, TODAY)
