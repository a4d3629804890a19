"""One catalog and the pipelines over it, for every test of understanding."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml

from content.catalog import Catalog, load
from nlu.pipeline import DATA, Pipeline, build
from nlu.rasa_format import Example, read
from nlu.train import train

TODAY = dt.date(2026, 11, 21)
"""A Saturday."""


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load()


@pytest.fixture(scope="session")
def by_rules(catalog: Catalog) -> Pipeline:
    """The pipeline with no model file at all."""
    return build(catalog, None)


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    """Every fourth example of each intent: enough to learn from in seconds."""
    by_intent: dict[str, list[Example]] = {}
    for example in read(DATA):
        by_intent.setdefault(example.intent, []).append(example)
    return [example for own in by_intent.values() for example in own[::4]]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog, examples: list[Example]) -> Path:
    """A model trained on `examples` alone."""
    folder = tmp_path_factory.mktemp("nlu")
    blocks: dict[tuple[str, bool], list[str]] = {}
    for example in examples:
        blocks.setdefault((example.intent, example.urgent), []).append(f"- {example.text}")
    nlu = [
        {"intent": intent, "metadata": {"urgent": urgent}, "examples": "\n".join(lines)}
        for (intent, urgent), lines in blocks.items()
    ]
    (folder / "data.yml").write_text(
        yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True), "utf-8"
    )
    train(folder / "data.yml", folder / "model.npz", catalog)
    return folder / "model.npz"


@pytest.fixture(scope="session")
def trained(catalog: Catalog, model: Path) -> Pipeline:
    return build(catalog, model)
