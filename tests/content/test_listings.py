"""What officers enter is laid over the repository, in every text, and never into it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from content import listing_checks, listings
from content.catalog import Catalog, load
from content.checks import check
from content.freshness import dated, is_stale, stale
from content.listing_checks import FileFaultError, read_file
from content.listings import Entry
from content.rewriting import replaced

TODAY = dt.date(2026, 11, 22)
SAID = {"vi": "do cán bộ A nhập", "en": "entered by A"}


@pytest.fixture(scope="module")
def base() -> Catalog:
    return load()


def _entry(**told: str | bool) -> Entry:
    return Entry(**told, reason="Đã gọi kiểm tra", by="Nguyễn A", on=TODAY)  # type: ignore[arg-type]


def test_a_number_is_changed_in_every_text_and_nowhere_else(base: Catalog) -> None:
    old = base.hotlines["H05"].number
    made = listings.overlaid(base, {"hotline/H05": _entry(phone="1800 1234")})
    answers = [entry.answer.vi for entry in made.faq.values()]
    assert not [answer for answer in answers if old in answer]
    renumbered = [answer for answer in answers if "1800 1234" in answer]
    assert renumbered
    assert all(answer.count("do cán bộ Nguyễn A nhập ngày 22/11/2026") == 1 for answer in renumbered)
    assert "1800 1234 (entered by officer Nguyễn A on 22/11/2026)" in made.messages["en"]["talk.turn_failed"]
    assert old in base.messages["en"]["talk.turn_failed"]
    assert base.hotlines["H05"].entered is None


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("Gọi 113.", "Gọi 199 (do cán bộ A nhập)."),
        ("Gọi 113 hoặc 113", "Gọi 199 (do cán bộ A nhập) hoặc 199"),
        (
            "113/2025/NĐ-CP, Điều 113, 1800.113, 113.5, 0113",
            "113/2025/NĐ-CP, Điều 113, 1800.113, 113.5, 0113",
        ),
    ],
)
def test_a_short_number_is_no_article_and_no_part_of_another(text: str, becomes: str) -> None:
    assert replaced(text, {"113": ("199", SAID)}, "vi") == becomes  # type: ignore[dict-item]


def test_a_live_catalog_takes_entries_up_and_gives_them_back(base: Catalog) -> None:
    live = listings.own_copy(base)
    entries = {
        "bank/shb": _entry(phone="1800 0000", show=True),
        "hung-yen/so_cong_thuong/chi_cuc_qltt": _entry(name="Chi cục mới", address="Số 1 đường A"),
        "hung-yen/ubnd_xa/12073": _entry(phone="0221 000 0003"),
    }
    listings.adopt(live, listings.overlaid(base, entries))
    assert (live.banks["shb"].number, live.banks["shb"].show) == ("1800 0000", True)
    content = live.provinces["hung-yen"]
    assert content.agencies["so_cong_thuong"].units["chi_cuc_qltt"].vi == "Chi cục mới"
    assert listings.listing_of(live, "hung-yen", "ubnd_xa", "12073") is not None
    assert listings.listing_of(live, "hung-yen", "ubnd_xa", "12049") is None
    assert base.banks["shb"].number is None
    listings.adopt(live, listings.overlaid(base, {}))
    for key in entries:
        assert listings.values(live, key) == listings.values(base, key)
    assert live.provinces["hung-yen"].listings == {}


def test_every_listing_can_be_named(base: Catalog) -> None:
    for key, kind in {
        "hotline/H01": "hotline",
        "bank/bidv": "bank",
        "thai-nguyen/nhnn_khu_vuc_5": "agency",
        "thai-nguyen/so_cong_thuong/chi_cuc_qltt": "agency",
        "thai-nguyen/ubnd_xa/05443": "commune",
        "hung-yen/ubnd_xa/05443": None,
        "hung-yen/so_y_te/05443": None,
        "hotline/": None,
        "hung-yen//": None,
        "ha-noi/so_y_te": None,
        "": None,
    }.items():
        assert listings.kind_of(base, key) == kind, key


# --- the local file -----------------------------------------------------------------------------------------

GOOD = 'hotline/H05: {phone: "1800 1234", reason: Công văn số 1, by: Trần B, on: 2026-11-20}\n'


def test_a_file_is_read(base: Catalog, tmp_path: Path) -> None:
    file = tmp_path / "listings.yml"
    assert read_file(file, base, TODAY) == {}
    file.write_text("# nothing yet\n", "utf-8")
    assert read_file(file, base, TODAY) == {}
    file.write_text(GOOD, "utf-8")
    entry = read_file(file, base, TODAY)["hotline/H05"]
    assert (entry.phone, entry.by, entry.on) == ("1800 1234", "Trần B", dt.date(2026, 11, 20))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hotline/H05: {phone: [\n", "line 2: not valid YAML"),
        (GOOD + GOOD, "not valid YAML"),
        ("- a\n", "cannot be read"),
        (GOOD.replace("H05", "H99"), "entry hotline/H99: Entry: no agency, hotline or bank has this name"),
        (GOOD.replace("phone", "fone"), "there is no field “fone”"),
        (GOOD.replace('"1800 1234"', "0241234567"), "Telephone: put it into quotes"),
        (GOOD.replace(", by: Trần B", ""), "Entered by: this field is missing"),
        (GOOD.replace("2026-11-20", "hôm nay"), "write the day as 2026-11-22"),
        (GOOD.replace("2026-11-20", "2027-01-01"), "must not be after today"),
        (GOOD.replace('"1800 1234"', '"gọi tôi"'), "only digits"),
        (GOOD.replace("phone", "address"), "this entry has no such field"),
        (GOOD.replace("phone", "show").replace('"1800 1234"', "1"), "write true or false"),
    ],
)
def test_what_is_wrong_with_it_is_said_in_both_languages(
    base: Catalog, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "listings.yml"
    file.write_text(text, "utf-8")
    with pytest.raises(FileFaultError) as refused:
        read_file(file, base, TODAY)
    assert said in "\n".join(refused.value.said["en"])
    assert len(refused.value.said["vi"]) == len(refused.value.said["en"])


def test_what_danger_calls_for_cannot_be_hidden(base: Catalog) -> None:
    assert {"H01", "H03"} <= listing_checks.called(base)
    faults = listing_checks.faults(base, "hotline/H01", _entry(show=False), TODAY)
    assert [fault.sentence for fault in faults] == ["called_in_danger"]


# --- half a year --------------------------------------------------------------------------------------------


def test_what_was_not_looked_at_for_half_a_year_is_named(base: Catalog) -> None:
    assert not is_stale(TODAY - dt.timedelta(days=180), TODAY)
    assert is_stale(TODAY - dt.timedelta(days=181), TODAY)
    every = {one.where: one.checked for one in dated(base)}
    for where in ("hotlines: H05", "banks: bidv", "topics: medicine", "acts: luat_bvqlntd_2023"):
        assert where in every
    newest = max(every.values())
    assert stale(base, today=newest) == [one for one in stale(base, today=newest) if one.checked < newest]
    assert len(stale(base, today=newest + dt.timedelta(days=181))) == len(every)


def test_a_listing_of_the_repository_needs_its_sources(base: Catalog) -> None:
    listing = listings.overlaid(base, {"hung-yen/so_y_te": _entry(phone="0221 000 0001")})
    told = [fault for fault in check(listing) if "contacts.yml" in fault]
    where = "content/provinces/hung-yen/contacts.yml: so_y_te"
    assert told == [f"{where}: is shown with fewer than two sources."]
