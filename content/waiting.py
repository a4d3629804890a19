"""Advice whose wording an authority should approve and has not yet (`review: pending`), of all files."""

from __future__ import annotations

from collections.abc import Iterator

from content.catalog import Catalog
from content.education import education
from content.education_checks import facts as facts_of_education
from content.guidance_checks import waiting_for_review
from content.press import press
from content.schema import Fact


def waiting(catalog: Catalog) -> list[tuple[str, Fact]]:
    """Where it stands, and the sentence."""
    return [(where, fact) for where, fact in _everywhere(catalog) if fact.review == "pending"]


def _everywhere(catalog: Catalog) -> Iterator[tuple[str, Fact]]:
    yield from waiting_for_review(catalog)
    yield from facts_of_education(education())
    yield from (("content/press.yml", danger.beside) for danger in press().dangers.values())
