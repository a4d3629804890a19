"""A newer model is taken up while the product runs; what is no model changes nothing."""

from __future__ import annotations

import asyncio
import copy
import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.learning import model as learning
from bot.learning.model import LiveModel, newest
from nlu.engines.keywords import KeywordEngine
from nlu.pipeline import Pipeline
from nlu.train import train
from tests.bot.cases.desk import CATALOG
from tests.bot.console.stand import by_rules

EXAMPLES = """nlu:
- intent: greet
  examples: |
    - chào bạn
    - xin chào
    - alo ad ơi
- intent: report_medicine
  examples: |
    - mua phải thuốc giả
    - bán thuốc hết hạn cho tôi
    - nhà thuốc bán thuốc lạ
- intent: ask_price
  examples: |
    - chặt chém thì báo ai
    - tính giá gấp đôi có đúng không
    - bán đắt quá thì sao
- intent: out_of_scope
  examples: |
    - mai trời có mưa không
    - kể chuyện cười đi
    - mấy giờ rồi
"""
FOREIGN = EXAMPLES.replace("report_medicine", "mua_thuoc")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `ours.npz` and `foreign.npz`."""
    folder = tmp_path_factory.mktemp("models")
    for name, text in (("ours", EXAMPLES), ("foreign", FOREIGN)):
        (folder / f"{name}.yml").write_text(text, "utf-8")
        train(folder / f"{name}.yml", folder / f"{name}.npz", CATALOG)
    return folder


@pytest.fixture
def pipeline() -> Pipeline:
    return copy.copy(by_rules())


def lay(source: Path, place: Path) -> None:
    """As training does it: whole, under another inode, with a time of its own."""
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_name("half")
    half.write_bytes(source.read_bytes())
    half.replace(place)


async def test_a_new_model_answers_without_a_restart(pipeline: Pipeline, made: Path, tmp_path: Path) -> None:
    place = tmp_path / "nlu" / "model.npz"
    live = LiveModel(pipeline, [place], newest([place]))
    assert live.current is None
    assert not await live.look()
    lay(made / "ours.npz", place)
    assert await live.look()
    assert pipeline.parse("mua phải thuốc giả").topic == "medicine"
    assert not isinstance(pipeline.engine, KeywordEngine)
    assert live.current is not None
    assert len(live.current.sha256) == 12
    assert not await live.look(), "the same file is taken once"


async def test_what_is_no_model_of_ours_keeps_the_old_one_and_says_so_once(
    pipeline: Pipeline, made: Path, tmp_path: Path
) -> None:
    place = tmp_path / "model.npz"
    lay(made / "ours.npz", place)
    live = LiveModel(pipeline, [place], None)
    await live.look()
    engine, before = pipeline.engine, live.current
    torn = tmp_path / "torn"
    torn.write_bytes((made / "ours.npz").read_bytes()[:3000])
    for wrong in (torn, made / "foreign.npz"):
        lay(wrong, place)
        with capture_logs() as logs:
            assert not await live.look()
            assert not await live.look()
        assert [entry["event"] for entry in logs] == ["model_not_taken"], wrong
        assert pipeline.engine is engine
        assert live.current == before
    lay(made / "ours.npz", place)
    assert await live.look()
    place.unlink()
    assert not await live.look()
    assert live.current is not None


async def test_the_newer_of_two_places_answers(pipeline: Pipeline, made: Path, tmp_path: Path) -> None:
    package, data = tmp_path / "package.npz", tmp_path / "data.npz"
    lay(made / "ours.npz", package)
    lay(made / "ours.npz", data)
    for older, newer in ((data, package), (package, data)):
        os.utime(older, ns=(1, 1))
        os.utime(newer, ns=(2, 2))
        found = newest([package, data])
        assert found is not None
        assert found.file == newer


async def test_it_looks_by_itself_and_stops_at_once(
    pipeline: Pipeline, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "EVERY_SECONDS", 0.02)
    place = tmp_path / "model.npz"
    live, stop = LiveModel(pipeline, [place], None), asyncio.Event()
    running = asyncio.create_task(live.run(stop))
    lay(made / "ours.npz", place)
    async with asyncio.timeout(10):
        while live.current is None:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        stop.set()
        await running
