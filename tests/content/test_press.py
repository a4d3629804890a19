"""What press texts are put together from is in order, and each check finds its fault."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from content.catalog import Catalog, load
from content.press import Press, check, press


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def test_it_is_in_order(catalog: Catalog) -> None:
    assert check(press(), catalog) == []


def test_faults_are_found(catalog: Catalog) -> None:
    known = press()
    violence = known.dangers["violence"]
    unsourced = replace(violence, beside=replace(violence.beside, advice=False))
    broken: list[tuple[Press, str]] = [
        (replace(known, not_topics=("pets",)), "'pets'"),
        (replace(known, dangers={"violence": violence}), "'despair'"),
        (replace(known, dangers=known.dangers | {"violence": unsourced}), "dangers: violence:"),
    ]
    for changed, named in broken:
        assert [fault for fault in check(changed, catalog) if named in fault], named


def test_sentences_are_turned_to_everybody() -> None:
    known = press()
    assert known.of_everybody("Gọi ngân hàng của bạn.", "vi") == "Gọi ngân hàng của mình."
    assert known.of_everybody("Bạn hỏi bạn bè.", "vi") == "Người dân hỏi bạn bè."
    assert known.of_everybody("Tôi giúp báo cơ quan.", "vi") is None
    assert known.of_everybody("I will help you.", "en") is None
    assert known.of_everybody("Hang up.", "en") == "Hang up."
