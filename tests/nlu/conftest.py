"""One catalog and the pipelines over it, for every test of understanding."""

from __future__ import annotations

import datetime as dt

import pytest

from content.catalog import Catalog, load
from nlu.pipeline import Pipeline, build

TODAY = dt.date(2026, 11, 21)
"""A Saturday."""


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load()


@pytest.fixture(scope="session")
def by_rules(catalog: Catalog) -> Pipeline:
    """The pipeline with no model file at all."""
    return build(catalog, None)
