"""Conditions that a text calls for, and those that it denies."""

from __future__ import annotations

import pytest

from content.catalog import Catalog
from nlu.conditions import conditions


@pytest.fixture
def lexicon(catalog: Catalog) -> Catalog:
    from msgspec.structs import replace

    return replace(
        catalog,
        conditions={"fake": ("hàng giả", "thuốc giả"), "online": ("shopee shop", "trên mạng", "trên shopee")},
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mua hàng giả trên mạng", {"fake", "online"}),
        ("mua thuoc gia o cho", {"fake"}),
        ("mua trên spe", {"online"}),
        ("đây không phải hàng giả", set()),
        ("không phải là hàng giả, nhưng thuốc giả thì có", {"fake"}),
        ("không biết có phải hàng giả không", {"fake"}),
        ("hàng giản dị", set()),
        ("", set()),
    ],
)
def test_said_and_not_denied(lexicon: Catalog, text: str, expected: set[str]) -> None:
    assert conditions(text, lexicon) == expected
