"""A commune by what people call it."""

from __future__ import annotations

import pytest

from content.catalog import Catalog, load
from nlu.communes import UnknownCommuneError, commune_code


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


@pytest.mark.parametrize(
    ("name", "province", "official"),
    [
        ("12073", "hung-yen", "Xã Yên Mỹ"),
        ("Xã Yên Mỹ", "hung-yen", "Xã Yên Mỹ"),
        ("yen my", "hung-yen", "Xã Yên Mỹ"),
        ("x. Yên Mỹ", "hung-yen", "Xã Yên Mỹ"),
        ("PHỐ HIẾN", "hung-yen", "Phường Phố Hiến"),
        ("Định Hoá", "thai-nguyen", "Xã Định Hóa"),
        ("phường Minh Khai", "hung-yen", "Phường Phố Hiến"),
        ("Đề Thám", "hung-yen", "Phường Trần Hưng Đạo"),
        ("TT. Bằng Lũng", "thai-nguyen", "Xã Chợ Đồn"),
        ("Gia Sàng", "thai-nguyen", "Phường Gia Sàng"),
        ("Tân Tiến", "hung-yen", "Xã Tân Tiến"),
        ("Tân Tiến, Văn Giang", "hung-yen", "Xã Văn Giang"),
        ("Tân Tiến, huyện Hưng Hà", "hung-yen", "Xã Tiên La"),
        ("Vạn Xuân", "hung-yen", "Xã Vạn Xuân"),
        ("Vạn Xuân", "thai-nguyen", "Phường Vạn Xuân"),
        ("Phố Hiến", "thai-nguyen", "Phường Phố Hiến"),
    ],
)
def test_names_of_today_and_of_before(catalog: Catalog, name: str, province: str, official: str) -> None:
    assert catalog.commune_by_code[commune_code(catalog, name, province)][1].name == official


@pytest.mark.parametrize(
    ("name", "province", "candidates"),
    [
        ("Đình Dù", "hung-yen", ["Xã Đại Đồng", "Xã Như Quỳnh"]),
        ("Cam Giá", "thai-nguyen", ["Phường Gia Sàng", "Phường Tích Lương"]),
        ("xã Thượng Đình", "thai-nguyen", ["Xã Phú Bình", "Xã Điềm Thụy"]),
    ],
)
def test_a_unit_that_was_split_is_not_guessed(
    catalog: Catalog, name: str, province: str, candidates: list[str]
) -> None:
    with pytest.raises(UnknownCommuneError) as refused:
        commune_code(catalog, name, province)
    assert [candidate.split(" (")[0] for candidate in refused.value.candidates] == candidates


def test_an_unknown_name_brings_close_ones(catalog: Catalog) -> None:
    with pytest.raises(UnknownCommuneError) as refused:
        commune_code(catalog, "Phố Hiếm", "hung-yen")
    assert refused.value.candidates[0] == "Phường Phố Hiến (11953, Hưng Yên)"


@pytest.mark.parametrize("name", ["", "   ", "xã", "???", "x" * 10_000])
def test_nonsense_is_refused(catalog: Catalog, name: str) -> None:
    with pytest.raises(UnknownCommuneError):
        commune_code(catalog, name, "hung-yen")


def test_every_official_name_is_found_in_its_province(catalog: Catalog) -> None:
    for code, (province, commune) in catalog.commune_by_code.items():
        assert commune_code(catalog, commune.name, province) == code
