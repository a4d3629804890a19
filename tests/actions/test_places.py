"""Which commune a person means: at home first, then today's names, and asked back where several are left."""

from __future__ import annotations

import pytest

from actions.places import communes_in
from content.catalog import load
from nlu.understanding import Entity

CATALOG = load()


def _named(value: str, *codes: str) -> tuple[Entity, ...]:
    return (Entity(type="commune", value=value, start=0, end=len(value), normal="|".join(codes)),)


@pytest.mark.parametrize(
    ("home", "codes"),
    [(None, ["12073"]), ("hung-yen", ["12073"]), ("thai-nguyen", ["02083"])],
)
def test_a_name_of_today_and_an_old_one_of_the_other_province(home: str | None, codes: list[str]) -> None:
    """Xã Yên Mỹ is in Hưng Yên; in Thái Nguyên one was called so, and people there may mean that."""
    assert communes_in(_named("xa yen my", "12073", "02083"), CATALOG, home) == codes


@pytest.mark.parametrize("home", [None, "hung-yen"])
def test_a_name_of_today_and_old_ones_of_the_same_province_are_asked_back(home: str | None) -> None:
    tan_tien = _named("Tân Tiến", "12583", "12019", "12634")
    assert communes_in(tan_tien, CATALOG, home) == ["12583", "12019", "12634"]


def test_old_names_of_both_provinces_are_asked_back_of_whom_we_do_not_know() -> None:
    names = _named("Minh Khai", "11953", "01840")
    assert communes_in(names, CATALOG) == ["11953", "01840"]
    assert communes_in(names, CATALOG, "thai-nguyen") == ["01840"]


def test_a_place_of_the_other_province_alone_stays_it() -> None:
    assert communes_in(_named("Yên Mỹ", "12073"), CATALOG, "thai-nguyen") == ["12073"]
