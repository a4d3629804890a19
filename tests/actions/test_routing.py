"""The routing of both provinces: docs/routing.md, the data and `route` say the same."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from actions.routing import Responsibility, route
from content.catalog import Catalog, load
from content.checks import TOPICS
from nlu.conditions import conditions

PAGE = Path(__file__).parents[2] / "docs" / "routing.md"
PROVINCES = ("hung-yen", "thai-nguyen")
CELL = re.compile(r"`(\w+)`(?: / `(\w+)`)? \[([^\]]*)\] (named|field|focal|law)")
YEN_MY, PHAN_DINH_PHUNG = "12073", "05443"

Seat = tuple[str, str | None, tuple[str, ...], str]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def _rows(heading: str) -> list[list[str]]:
    part = PAGE.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0].split("\n### ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _seat(cell: str) -> Seat:
    match = CELL.fullmatch(cell)
    assert match, f"not a cell of the table: {cell}"
    clauses = tuple(clause for clause in match[3].split(", ") if clause)
    return match[1], match[2], clauses, match[4]


def _leads(province: str) -> dict[tuple[str, str | None], Seat]:
    """(topic, condition) -> lead, as the page says it."""
    column = PROVINCES.index(province)
    leads: dict[tuple[str, str | None], Seat] = {}
    for row in _rows("Leads"):
        leads[row[0].strip("`"), None] = _seat(row[2 + column])
    for row in _rows("Leads that the story changes"):
        if row[2 + column]:
            leads[row[0].strip("`"), row[1].strip("`")] = _seat(row[2 + column])
    return leads


def _coordinating(province: str, topic: str, condition: str | None) -> set[Seat]:
    column = PROVINCES.index(province)
    return {
        _seat(row[2 + column])
        for row in _rows("Coordinating agencies")
        if row[2 + column]
        and row[0].strip("`") in {topic, "every topic"}
        and row[1].strip("`") in {"always", condition}
    }


def _as_seat(part: Responsibility) -> Seat:
    return part.agency, part.unit, part.clauses, part.basis.value


def test_the_page_has_one_row_for_each_topic_of_the_contract() -> None:
    topics = [row[0].strip("`") for row in _rows("Leads")]
    assert len(topics) == len(set(topics)) == 26
    assert set(topics) == TOPICS


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_route_says_what_the_page_says(catalog: Catalog, province: str, topic: str) -> None:
    """Without a story, and with each single condition that a story can call for."""
    leads = _leads(province)
    for condition in (None, *(name for name in catalog.conditions if name != "not_meant")):
        found = route(catalog, province, topic, frozenset([condition] if condition else []))
        assert _as_seat(found.lead) == leads.get((topic, condition), leads[topic, None]), condition
        assert found.lead.clauses, "a lead without a clause"
        expected = _coordinating(province, topic, condition)
        seats = [_as_seat(part) for part in found.coordinating]
        merged = _merged(expected, _as_seat(found.lead))
        assert {seat[:3] for seat in seats} == {seat[:3] for seat in merged}, condition
        assert len(seats) == len({seat[:2] for seat in seats}), "an agency stands twice"


def _merged(seats: set[Seat], lead: Seat) -> set[Seat]:
    """What the page adds up to: the lead is not added, two reasons of one agency become one."""
    by_agency: dict[tuple[str, str | None], list[Seat]] = {}
    for seat in sorted(seats, key=lambda s: s[2] in {("PL.6.2",), ("PL.V.3",)}):
        if seat[:2] != lead[:2]:
            by_agency.setdefault(seat[:2], []).append(seat)
    return {
        (*key, tuple(dict.fromkeys(c for seat in found for c in seat[2])), found[0][3])
        for key, found in by_agency.items()
    }


def test_every_law_behind_an_agency_is_named(catalog: Catalog) -> None:
    """Where no clause stands, a citation does."""
    for province in PROVINCES:
        for topic in TOPICS:
            found = route(catalog, province, topic)
            for part in (found.lead, *found.coordinating):
                assert part.clauses or (part.law and part.law.article in catalog.acts[part.law.act].articles)


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_the_commune_takes_part_wherever_it_is_known(catalog: Catalog, province: str, topic: str) -> None:
    code = YEN_MY if province == "hung-yen" else PHAN_DINH_PHUNG
    found = route(catalog, province, topic, commune=code)
    [part] = [part for part in found.coordinating if part.agency == "ubnd_xa"]
    assert part.commune is not None
    assert part.commune.code == code
    rows = tuple(clause for clause in found.lead.clauses if clause.startswith("PL."))
    assert part.clauses == (("III.12",) if province == "hung-yen" else rows or ("PL.VI.12",))


def test_without_a_commune_no_commune_takes_part(catalog: Catalog) -> None:
    found = route(catalog, "hung-yen", "price")
    assert "ubnd_xa" not in {part.agency for part in found.coordinating}


def test_fake_medicine_typed_without_diacritics(catalog: Catalog) -> None:
    """The story of the main job: Sở Y tế by PL.III.8, police and market surveillance beside it."""
    said = conditions("toi mua phai thuoc gia tren facebook", catalog)
    found = route(catalog, "thai-nguyen", "medicine", said)
    assert "PL.III.8" in found.lead.clauses
    assert {(part.agency, part.unit) for part in found.coordinating} == {
        ("cong_an_tinh", None),
        ("so_cong_thuong", "chi_cuc_qltt"),
    }


@pytest.mark.parametrize(
    "text",
    [
        "Thuốc giá 200k mà uống không đỡ",
        "thuoc gia truyen uong khong khoi",
        "Bà tôi già rồi, mua thuốc ở hiệu hết hạn",
        "không phải hàng giả, chỉ là hết hạn",
        "thuốc này là gia đình tôi mua",
    ],
)
def test_no_police_where_nothing_is_fake(catalog: Catalog, text: str) -> None:
    assert not route(catalog, "thai-nguyen", "medicine", conditions(text, catalog)).coordinating


def test_fake_goods_bought_online_call_in_nobody_else(catalog: Catalog) -> None:
    said = conditions("Mua giày giả trên Shopee, hàng Trung Quốc, quảng cáo trên TikTok", catalog)
    found = route(catalog, "thai-nguyen", "counterfeit_goods", said)
    assert [part.agency for part in found.coordinating] == ["cong_an_tinh"]


def test_a_seller_across_the_border_brings_in_the_focal_agency(catalog: Catalog) -> None:
    said = conditions("đặt trên Taobao, shop ở nước ngoài không giao", catalog)
    found = route(catalog, "thai-nguyen", "medicine", said)
    assert [(part.agency, part.unit, part.clauses) for part in found.coordinating] == [
        ("so_cong_thuong", None, ("PL.V.3",))
    ]
    assert not route(catalog, "thai-nguyen", "online_shopping", said).coordinating, "it leads already"


# --- complaints about agencies ------------------------------------------------------------------------------


def _agencies(catalog: Catalog, province: str, text: str, commune: str | None = None) -> list[str]:
    found = route(catalog, province, "agency_conduct", conditions(text, catalog), commune=commune, text=text)
    return [found.lead.agency, *(part.agency for part in found.coordinating)]


@pytest.mark.parametrize(
    "text",
    [
        "UBND xã nhận đơn 2 tháng nay không giải quyết",
        "can bo xa vòi tiền tôi",
        "xã không chịu nhận đơn của tôi",
        "The commune office does nothing about my case",
    ],
)
def test_a_complaint_about_the_commune_is_kept_from_it(catalog: Catalog, text: str) -> None:
    for province, code in (("hung-yen", YEN_MY), ("thai-nguyen", PHAN_DINH_PHUNG)):
        assert "ubnd_xa" not in _agencies(catalog, province, text, code)


def test_living_in_a_commune_is_no_accusation(catalog: Catalog) -> None:
    text = "Tôi ở xã Yên Mỹ, gửi đơn cho Sở Y tế ba tháng không ai trả lời"
    assert _agencies(catalog, "hung-yen", text, YEN_MY) == ["so_cong_thuong", "mttq_tinh", "ubnd_xa"]


@pytest.mark.parametrize("text", ["Sở Công Thương không trả lời đơn", "quản lý thị trường nhận tiền bảo kê"])
def test_an_accused_lead_gives_way_to_the_province(catalog: Catalog, text: str) -> None:
    found = route(catalog, "hung-yen", "agency_conduct", text=text)
    assert (found.lead.agency, found.lead.clauses) == ("ubnd_tinh", ("III.1",))
    assert "so_cong_thuong" not in _agencies(catalog, "hung-yen", text)


def test_an_accused_inspectorate_gives_way_to_the_province(catalog: Catalog) -> None:
    found = route(catalog, "thai-nguyen", "agency_conduct", text="Thanh tra tỉnh ém đơn của tôi")
    assert (found.lead.agency, found.lead.clauses) == ("ubnd_tinh", ("PL.III.24",))


def test_department_and_province_both_accused(catalog: Catalog) -> None:
    text = "Sở Công Thương và UBND tỉnh đều im lặng"
    assert _agencies(catalog, "hung-yen", text) == ["mttq_tinh"]


def test_an_accused_coordinating_agency_is_left_out(catalog: Catalog) -> None:
    assert _agencies(catalog, "hung-yen", "Mặt trận tổ quốc không giám sát gì") == ["so_cong_thuong"]


def test_only_complaints_about_conduct_read_accusations(catalog: Catalog) -> None:
    text = "Tôi đã báo công an xã và UBND xã về vụ này"
    found = route(catalog, "thai-nguyen", "bank_fraud", text=text, commune=PHAN_DINH_PHUNG)
    assert [found.lead.agency, *(p.agency for p in found.coordinating)] == [
        "cong_an_tinh",
        "nhnn_khu_vuc_5",
        "ubnd_xa",
    ]


# --- two provinces ------------------------------------------------------------------------------------------


def test_the_place_where_it_happened_takes_part(catalog: Catalog) -> None:
    """Lead of the residence, the other province's lead and commune beside it (Decree 146/2025)."""
    found = route(catalog, "hung-yen", "medicine", commune=YEN_MY, incident_commune=PHAN_DINH_PHUNG)
    assert (found.lead.agency, found.lead.province) == ("so_y_te", "hung-yen")
    assert [(part.agency, part.province, part.clauses) for part in found.coordinating] == [
        ("ubnd_xa", "hung-yen", ("III.12",)),
        ("so_y_te", "thai-nguyen", ("PL.III.8", "PL.III.9")),
        ("ubnd_xa", "thai-nguyen", ("PL.III.8", "PL.III.9")),
    ]


def test_a_commune_of_the_other_province_is_the_place_of_the_incident(catalog: Catalog) -> None:
    found = route(catalog, "thai-nguyen", "price", commune=YEN_MY)
    assert found.lead.province == "thai-nguyen"
    assert {(part.agency, part.province) for part in found.coordinating} == {
        ("so_cong_thuong", "hung-yen"),
        ("ubnd_xa", "hung-yen"),
    }


def test_only_the_other_province_known(catalog: Catalog) -> None:
    found = route(catalog, "hung-yen", "tourism", incident_province="thai-nguyen")
    assert ("so_vhttdl", "thai-nguyen") in {(part.agency, part.province) for part in found.coordinating}


def test_an_incident_at_home_adds_nobody(catalog: Catalog) -> None:
    same = route(catalog, "hung-yen", "price", commune=YEN_MY, incident_commune=YEN_MY)
    assert same == route(catalog, "hung-yen", "price", commune=YEN_MY)
    told = route(catalog, "hung-yen", "price", incident_commune=YEN_MY)
    assert told == same


def test_unknown_names_are_refused(catalog: Catalog) -> None:
    with pytest.raises(KeyError):
        route(catalog, "ha-noi", "medicine")
    with pytest.raises(KeyError):
        route(catalog, "hung-yen", "cars")
    with pytest.raises(KeyError):
        route(catalog, "hung-yen", "medicine", commune="00000")


def test_a_route_cannot_be_changed(catalog: Catalog) -> None:
    found = route(catalog, "hung-yen", "price")
    with pytest.raises(AttributeError):
        found.topic = "medicine"  # type: ignore[misc]
    assert msgspec.structs.asdict(found)["topic"] == "price"
