"""One catalog and the pipelines over it, for every test of understanding."""

from __future__ import annotations

import datetime as dt

import pytest

from content.catalog import Catalog, load
from nlu.pipeline import DATA, MODEL, Pipeline, build
from nlu.rasa_format import Example, read

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
    """Every twelfth example of each intent."""
    by_intent: dict[str, list[Example]] = {}
    for example in read(DATA):
        by_intent.setdefault(example.intent, []).append(example)
    return [example for own in by_intent.values() for example in own[::12]]


@pytest.fixture(scope="session")
def trained(catalog: Catalog) -> Pipeline:
    """With the model that set-up has trained."""
    return build(catalog, MODEL)
