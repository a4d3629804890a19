"""The plans as data: row by row what the text says, and the reason of every rule that sends a complaint."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from content import plans
from content.catalog import ROOT, Catalog, ContentError, ProvinceContent, load
from content.schema import Responsible, ServedBy, TopicRule

DOCS = ROOT.parent / "docs" / "plans"
PROVINCES = ("hung-yen", "thai-nguyen")

AGENCIES = (
    *("công thương", "y tế", "nông nghiệp và môi trường", "khoa học và công nghệ", "văn hóa", "giáo dục"),
    *("tư pháp", "tài chính", "nội vụ", "công an tỉnh", "thanh tra tỉnh", "ngân hàng nhà nước khu vực 5"),
    *("chi nhánh ngân hàng", "quỹ tín dụng", "hội b", "mttq", "ubnd", "các sở", "tổ chức xã hội"),
    *("hiệp hội doanh nghiệp", "hải quan", "quản lý thị trường", "công an xã", "báo", "doanh nghiệp"),
)

TAKES_COMPLAINTS = re.compile(r"tiếp nhận|phản ánh|tổng đài", re.IGNORECASE)
"""By these words a clause names who takes what consumers complain of."""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


# --- the text of the plans ----------------------------------------------------------------------------------


def _page(province: str) -> str:
    return (DOCS / f"{province}.md").read_text("utf-8")


def _rows(province: str) -> dict[str, list[str]]:
    """Clause -> task, lead, coordinating, product, deadline, as the appendix has them."""
    lines = [line.strip("|").split("|") for line in _page(province).splitlines() if line.startswith("| PL.")]
    return {code.strip(): [cell.strip() for cell in cells] for code, _, *cells in lines}


def _sections(province: str) -> dict[str, str]:
    """Clause -> its text, for the parts II and III of the body."""
    found: dict[str, str] = {}
    part = number = ""
    for line in _page(province).partition("## Phụ lục")[0].splitlines():
        if heading := re.match(r"## (\w+)\.", line):
            part, number = heading[1], ""
        elif item := re.match(r"(?:### )?(\d+)\. ", line):
            number = item[1]
        if part in {"II", "III"} and number:
            clause = f"{part}.{number}"
            found[clause] = f"{found.get(clause, '')}\n{line}"
    return found


def _plain(text: str) -> str:
    """One spelling for what the plans write in two."""
    text = (
        re.sub(r"\s+", " ", text.lower())
        .replace("hàng năm", "hằng năm")
        .replace("ptth", "phát thanh, truyền hình")
    )
    text = text.replace("các sở: ", "sở ")
    text = text.replace("ủy ban nhân dân", "ubnd").replace("bvql ntd", "bvqlntd").replace("mttqvn", "mttq")
    text = re.sub(r"(?:ủy ban )?mặt trận tổ quốc(?: việt nam)?", "mttq", text)
    return re.sub(r"(\d+) tháng (\d+)", r"\1/\2", text)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", _plain(text)))


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:/\d+)*", _plain(text)))


def _agencies_in(text: str) -> set[str]:
    return {name for name in AGENCIES if name in _plain(text)}


def _spelt(province: ProvinceContent, parties: tuple[str, ...]) -> str:
    """Names and short names: the plan uses now these and now those."""
    short = [province.agencies[party].short for party in parties if party in province.agencies]
    return "; ".join([*(province.party(party) for party in parties), *short])


# --- our rows against the text ------------------------------------------------------------------------------


@pytest.mark.parametrize(("province", "rows"), [("hung-yen", 19), ("thai-nguyen", 57)])
def test_every_appendix_row_of_the_plan_is_a_clause(catalog: Catalog, province: str, rows: int) -> None:
    clauses = [clause for clause in catalog.provinces[province].plan if clause.startswith("PL.")]
    assert clauses == list(_rows(province))
    assert len(clauses) == rows


@pytest.mark.parametrize(("province", "duties"), [("hung-yen", 12), ("thai-nguyen", 4)])
def test_every_section_of_the_body_is_a_clause(catalog: Catalog, province: str, duties: int) -> None:
    body = [clause for clause in catalog.provinces[province].plan if not clause.startswith("PL.")]
    assert body == [*(f"II.{n}" for n in range(1, 7)), *(f"III.{n}" for n in range(1, duties + 1))]
    assert body == list(_sections(province))


@pytest.mark.parametrize("province", PROVINCES)
def test_rows_name_the_lead_that_the_plan_names(catalog: Catalog, province: str) -> None:
    content = catalog.provinces[province]
    for code, (_, lead, *_) in _rows(province).items():
        assert _agencies_in(_spelt(content, content.plan[code].lead)) == _agencies_in(lead) != set(), code


def test_duties_stand_with_the_agency_of_their_heading(catalog: Catalog) -> None:
    """Part III of Hưng Yên goes agency by agency; that of Thái Nguyên by sentences."""
    content = catalog.provinces["hung-yen"]
    for code, text in _sections("hung-yen").items():
        if code.startswith("III."):
            heading = text.strip().partition("\n")[0]
            assert _agencies_in(_spelt(content, content.plan[code].lead)) == _agencies_in(heading) != set(), (
                code
            )


@pytest.mark.parametrize("province", PROVINCES)
def test_rows_name_those_who_take_part(catalog: Catalog, province: str) -> None:
    """Those of the column, and whoever else the text of the row calls on: nobody besides."""
    content = catalog.provinces[province]
    for code, (task, _, column, *_) in _rows(province).items():
        ours = _agencies_in(_spelt(content, content.plan[code].coordinating))
        assert _agencies_in(column) <= ours <= _agencies_in(f"{column}; {task}") | {"công an tỉnh"}, code


@pytest.mark.parametrize("province", PROVINCES)
def test_free_text_is_the_words_of_the_plan(catalog: Catalog, province: str) -> None:
    """Whoever is none of our agencies is called what the clause calls them."""
    content = catalog.provinces[province]
    texts = _sections(province) | {code: "; ".join(cells) for code, cells in _rows(province).items()}
    for code, clause in content.plan.items():
        own = [party for party in (*clause.lead, *clause.coordinating) if party not in content.agencies]
        assert _words(" ".join(own)) <= _words(texts[code]) | {"các"}, code


@pytest.mark.parametrize("province", PROVINCES)
def test_products_and_deadlines_are_those_of_the_row(catalog: Catalog, province: str) -> None:
    for code, (*_, product, deadline) in _rows(province).items():
        clause = catalog.provinces[province].plan[code]
        assert _words(clause.product) <= _words(product), code
        assert re.sub(r"\s", "", _plain(clause.deadline)) == re.sub(r"\s", "", _plain(deadline)), code


@pytest.mark.parametrize("province", PROVINCES)
def test_every_number_stands_in_the_clause(catalog: Catalog, province: str) -> None:
    sections = _sections(province)
    closing = "\n".join(text for code, text in sections.items() if code.startswith("III."))
    texts = sections | {code: "; ".join(cells) for code, cells in _rows(province).items()}
    for code, clause in catalog.provinces[province].plan.items():
        assert _numbers(f"{clause.task} {clause.product}") <= _numbers(texts[code]), code
        # The dates of reports close part III and hold for all who are named in it.
        assert _numbers(clause.deadline) <= _numbers(f"{texts[code]} {closing}"), code


@pytest.mark.parametrize("province", PROVINCES)
def test_a_task_speaks_of_its_own_row_and_of_no_other(catalog: Catalog, province: str) -> None:
    """Short words are still the row's words: no other row of the appendix shares more of them."""
    rows = {code: _words(task) for code, (task, *_) in _rows(province).items()}
    for code in rows:
        ours = _words(catalog.provinces[province].plan[code].task)
        shared = {other: len(ours & words) for other, words in rows.items()}
        assert shared[code] == max(shared.values()), code
        assert shared[code] >= 0.7 * len(ours), code


def test_fake_medicine_has_its_row(catalog: Catalog) -> None:
    assert catalog.provinces["thai-nguyen"].plan["PL.III.8"].lead == ("so_y_te",)


# --- the plans and the rules --------------------------------------------------------------------------------


def _cited_in_file(province: str) -> Iterator[str]:
    """Every clause under `clauses` or `more_clauses` of the file itself, however it is read."""

    def walk(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "clauses":
                    yield from value
                elif key == "more_clauses":
                    yield from (clause for clauses in value.values() for clause in clauses)
                else:
                    yield from walk(value)
        elif isinstance(node, list):
            for value in node:
                yield from walk(value)

    yield from walk(yaml.safe_load((ROOT / "provinces" / province / "routing.yml").read_text("utf-8")))


@pytest.mark.parametrize("province", PROVINCES)
def test_every_clause_that_a_rule_cites_is_in_the_plan(catalog: Catalog, province: str) -> None:
    cited = set(_cited_in_file(province))
    assert len(cited) >= 15
    assert cited <= catalog.provinces[province].plan.keys()
    assert cited == plans.cited_clauses(catalog.provinces[province].routing)


@pytest.mark.parametrize("province", PROVINCES)
def test_every_clause_of_intake_has_a_rule(catalog: Catalog, province: str) -> None:
    """A clause that speaks of taking complaints is marked so, and some rule sends complaints by it."""
    texts = _sections(province) | {code: task for code, (task, *_) in _rows(province).items()}
    speaks = {code for code, text in texts.items() if TAKES_COMPLAINTS.search(text)}
    plan = catalog.provinces[province].plan
    marked = {code for code, clause in plan.items() if ServedBy.INTAKE in clause.served_by}
    assert marked == speaks
    assert marked
    assert marked <= set(_cited_in_file(province))


# --- what the check finds -----------------------------------------------------------------------------------

Change = Callable[[dict[str, dict[str, object]]], object]

FAULTS: dict[str, tuple[Change, str]] = {
    "a number out of the grammar": (
        lambda plan: plan.update({"PL.3.x": plan.pop("PL.3.1")}),
        "PL.3.x: is no number of a clause",
    ),
    "one task twice": (
        lambda plan: plan["PL.2.1"].update(task=plan["PL.2.2"]["task"]),
        "PL.2.1: another clause has the same task",
    ),
    "no task": (lambda plan: plan["II.1"].update(task=" "), "II.1: task: 1 characters instead of 1 to 160"),
    "a long task": (lambda plan: plan["II.1"].update(task="a" * 161), "task: 161 characters"),
    "a row without a product": (lambda plan: plan["PL.1"].pop("product"), "PL.1: product: is empty"),
    "a row without a lead": (lambda plan: plan["PL.1"].pop("lead"), "PL.1: lead: is empty"),
    "an agency that nobody knows": (
        lambda plan: plan["III.2"].update(lead=["so_khac"]),
        "III.2: lead: agency 'so_khac' is not in agencies.yml",
    ),
    "an agency twice": (
        lambda plan: plan["III.2"].update(lead=["so_tu_phap", "so_tu_phap"]),
        "III.2: lead: 'so_tu_phap' stands twice",
    ),
    "an agency by its short name": (
        lambda plan: plan["III.3"].update(coordinating=["Sở Công Thương và các sở"]),
        "III.3: coordinating: 'Sở Công Thương và các sở' is so_cong_thuong",
    ),
    "an agency by its name": (
        lambda plan: plan["III.6"].update(lead=["Sở Khoa học và Công nghệ"]),
        "III.6: lead: 'Sở Khoa học và Công nghệ' is so_khcn",
    ),
    "served by nothing said": (lambda plan: plan["III.4"].update(served_by=[]), "III.4: served_by: is empty"),
    "served by none and by some": (
        lambda plan: plan["III.4"].update(served_by=["report", "none"]),
        "III.4: served_by: none stands beside",
    ),
    "intake without a rule": (
        lambda plan: plan["PL.5.4"].update(served_by=["intake"]),
        "PL.5.4: names who takes complaints, but no rule of routing.yml cites it",
    ),
    "routing without a rule": (
        lambda plan: plan["PL.5.4"].update(served_by=["routing"]),
        "PL.5.4: served_by: routing belongs to",
    ),
    "a rule's clause not marked": (
        lambda plan: plan["III.6"].update(served_by=["guidance"]),
        "III.6: served_by: routing belongs to",
    ),
}


def _with_plan(province: ProvinceContent, folder: Path, text: str) -> ProvinceContent:
    (folder / "plan.yml").write_text(text, "utf-8")
    return replace(province, folder=folder)


def test_our_plans_have_no_fault(catalog: Catalog) -> None:
    assert [fault for province in catalog.provinces.values() for fault in plans.faults(province)] == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_named(catalog: Catalog, tmp_path: Path, name: str) -> None:
    change, told = FAULTS[name]
    province = catalog.provinces["hung-yen"]
    plan = yaml.safe_load((province.folder / "plan.yml").read_text("utf-8"))
    change(plan)
    found = list(plans.faults(_with_plan(province, tmp_path, yaml.safe_dump(plan, allow_unicode=True))))
    assert any(told in fault for fault in found), found


def test_a_rule_taken_away_is_missed_by_its_clause(catalog: Catalog) -> None:
    """Nobody sends bank complaints by the row that names the State Bank: the row says so."""
    province = catalog.provinces["thai-nguyen"]
    focal = TopicRule(leads=(Responsible(agency="so_cong_thuong", clauses=("III.2",)),))
    topics = province.routing.topics | {"bank_service": focal, "bank_fraud": focal}
    without = replace(province, routing=replace(province.routing, topics=topics))
    assert "PL.III.18: names who takes complaints, but no rule of routing.yml cites it." in plans.faults(
        without
    )


def test_a_clause_written_twice_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    province = catalog.provinces["hung-yen"]
    text = (province.folder / "plan.yml").read_text("utf-8")
    twice = _with_plan(province, tmp_path, text + "III.6: {task: Khác, served_by: [none]}\n")
    with pytest.raises(ContentError, match="a key stands twice"):
        list(plans.faults(twice))


def test_a_part_of_the_product_that_is_not_on_the_list(catalog: Catalog, tmp_path: Path) -> None:
    odd = _with_plan(catalog.provinces["hung-yen"], tmp_path, "III.6: {task: Khác, served_by: [magic]}\n")
    with pytest.raises(ContentError, match=r"plan\.yml.*magic"):
        list(plans.faults(odd))


# --- reading ------------------------------------------------------------------------------------------------


def test_the_start_reads_no_plan(tmp_path: Path) -> None:
    """A bot that starts has no use for them; who asks for one gets it, once."""
    province = load().provinces["hung-yen"]
    empty = replace(province, folder=tmp_path)
    assert empty.province.id == "hung-yen"
    with pytest.raises(ContentError, match=r"plan\.yml: this file is missing"):
        _ = empty.plan
    assert province.plan is province.plan


def test_parties_are_read_out_by_name(catalog: Catalog) -> None:
    province = catalog.provinces["hung-yen"]
    clause = province.plan["III.4"]
    assert [province.party(party) for party in (*clause.lead, *clause.coordinating)] == [
        "Sở Tài chính",
        "Sở Công Thương tỉnh Hưng Yên",
        "Các sở, ngành",
    ]
    assert province.party("so_y_te", "en") == "Hưng Yên Department of Health"
