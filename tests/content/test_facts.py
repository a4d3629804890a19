"""What the data files hold, held against what they were made from."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from content.catalog import ROOT, Catalog, load

WRONG_NUMBERS = {
    "bidv": "19001577",
    "techcombank": "19001955",
    "agribank": "1900558868",
}
"""Numbers that circulate for these banks and belong to nobody or to another one."""

NEVER_SHOWN = (
    *("1900888655", "0692348560", "02432321556", "0911811556"),
    *("02438693731", "19001115", "0339035656"),
)
"""Old or contradicted hotlines."""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def _digits(number: str | None) -> str:
    return re.sub(r"\D", "", number or "")


def _files() -> Iterator[tuple[Path, str]]:
    for path in sorted(ROOT.rglob("*.yml")):
        yield path, path.read_text("utf-8")


# --- communes -----------------------------------------------------------------------------------------------


def test_communes_by_kind(catalog: Catalog) -> None:
    kinds = {
        province: [commune.name.split()[0] for commune in content.communes]
        for province, content in catalog.provinces.items()
    }
    assert (kinds["hung-yen"].count("Xã"), kinds["hung-yen"].count("Phường")) == (93, 11)
    assert (kinds["thai-nguyen"].count("Xã"), kinds["thai-nguyen"].count("Phường")) == (77, 15)


def test_codes_where_a_public_package_errs(catalog: Catalog) -> None:
    official = {
        "05788": "Xã Phú Lạc",
        "12004": "Xã Như Quỳnh",
        "12073": "Xã Yên Mỹ",
        "12223": "Xã Triệu Việt Vương",
        "12583": "Xã Tân Tiến",
        "12916": "Xã Bắc Thái Ninh",
        "12745": "Xã Bắc Đông Quan",
    }
    assert {code: catalog.commune_by_code[code][1].name for code in official} == official


def test_split_units_are_marked(catalog: Catalog) -> None:
    split: dict[str, int] = {}
    for content in catalog.provinces.values():
        for commune in content.communes:
            for old in commune.formed_from:
                if old.partial:
                    split[old.name] = split.get(old.name, 0) + 1
    assert split == {
        "Xã Lạc Đạo": 2,
        "Xã Đình Dù": 2,
        "Xã Ngọc Thanh": 2,
        "Phường Cam Giá": 2,
        "Phường Gia Sàng": 2,
        "Xã Thượng Đình": 2,
    }


def test_every_commune_was_formed_from_something(catalog: Catalog) -> None:
    olds = {p: sum(len(c.formed_from) for c in content.communes) for p, content in catalog.provinces.items()}
    assert olds == {"hung-yen": 384, "thai-nguyen": 283}
    assert all(commune.formed_from for _, commune in catalog.commune_by_code.values())


# --- numbers ------------------------------------------------------------------------------------------------


def test_hotlines_that_are_shown(catalog: Catalog) -> None:
    shown = {id_: hotline.number for id_, hotline in catalog.hotlines.items() if hotline.show}
    assert shown == {"H01": "113", "H02": "114", "H03": "115", "H04": "111", "H05": "1800.6838", "H06": "156"}


def test_wrong_bank_numbers_are_not_ours(catalog: Catalog) -> None:
    for bank, number in WRONG_NUMBERS.items():
        assert _digits(catalog.banks[bank].number) != number
    assert _digits(catalog.banks["vietinbank"].number) == "1900558868"


def test_no_two_banks_share_a_number(catalog: Catalog) -> None:
    numbers = [_digits(bank.number) for bank in catalog.banks.values() if bank.number]
    assert len(numbers) == len(set(numbers))


def test_contradicted_banks_have_no_number(catalog: Catalog) -> None:
    assert catalog.banks["shb"].number is None
    assert not catalog.banks["lpbank"].show
    assert not catalog.banks["viettel_money"].show


def test_old_numbers_and_made_up_sms_locks_stand_nowhere() -> None:
    for path, text in _files():
        digits = re.sub(r"(?<=\d)[ .](?=\d)", "", text)
        for number in (*NEVER_SHOWN, "19001577", "19001955"):
            assert number not in digits, path
        assert not re.search(r"VCB KHOA|KHOATHE|CTG KHOA", text), path


def test_the_consumer_line_is_nobody_elses(catalog: Catalog) -> None:
    """A page says that 1800.6838 belongs to the food-safety authority: it does not."""
    assert "người tiêu dùng" in catalog.hotlines["H05"].name.vi


# --- law and sources ----------------------------------------------------------------------------------------


def test_laws_say_what_they_are(catalog: Catalog) -> None:
    law = catalog.acts["luat_bvqlntd_2023"]
    assert (law.number, law.in_force) == ("19/2023/QH15", dt.date(2024, 7, 1))
    assert catalog.acts["luat_bvdlcn_2025"].number == "91/2025/QH15"
    assert catalog.acts["nd_146_2025"].articles["46"]
    numbers = [act.number for act in catalog.acts.values()]
    assert all(numbers)
    assert len(numbers) == len(set(numbers))


def test_articles_are_written_one_way(catalog: Catalog) -> None:
    for id_, act in catalog.acts.items():
        for article in act.articles:
            assert re.fullmatch(r"\d+(\(\d+\)[a-zđ]?)?", article), f"{id_}: {article}"


def test_sources_are_named_in_words(catalog: Catalog) -> None:
    for id_, source in catalog.sources.items():
        assert re.fullmatch(r"(law|agencies|communes|playbooks|hotlines|privacy)\.[A-Z]+\d*", id_)
        assert re.fullmatch(r"\d{4}(-\d\d){0,2}", source.date), id_
        for title in (source.title.vi, source.title.en):
            assert "http" not in title, id_
            assert "github" not in title.lower(), id_


def test_agencies_of_both_provinces(catalog: Catalog) -> None:
    for province, own in (("hung-yen", {"hoi_bvqlntd"}), ("thai-nguyen", {"hoi_bvntd", "nhnn_khu_vuc_5"})):
        agencies = catalog.provinces[province].agencies
        shared = {
            *("so_cong_thuong", "so_y_te", "so_nnmt", "so_khcn", "so_vhttdl", "so_gddt", "so_tu_phap"),
            *("cong_an_tinh", "thanh_tra_tinh", "mttq_tinh", "ubnd_tinh", "ubnd_xa"),
        }
        assert set(agencies) == shared | own
        assert set(agencies["so_cong_thuong"].units) == {"chi_cuc_qltt"}
    assert catalog.provinces["thai-nguyen"].agencies["so_y_te"].name.vi == "Sở Y tế tỉnh Thái Nguyên"
