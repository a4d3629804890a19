"""Guidance reads plainly, sub-cases fit a screen, forms are short; each check finds its fault."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from content.case_schema import Case
from content.cases import whole
from content.catalog import ROOT, Catalog, ContentError, load, read
from content.guidance_checks import check, facts, unclear, waiting_for_review
from content.schema import Fact, FormStep, Text

JARGON = read(ROOT / "jargon.yml", dict[str, str])
ADVICE = Fact(vi="Giữ lại vỏ hộp.", en="Keep the box.", advice=True)
CASE = Case(
    title=Text(vi="Việc mới", en="A new case"),
    phrases=("việc chưa ai kể",),
    steps=(ADVICE,),
    checked=dt.date(2026, 11, 22),
)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def test_our_guidance_has_no_fault(catalog: Catalog) -> None:
    assert check(catalog, JARGON) == []


def test_first_aid_waits_for_an_authority(catalog: Catalog) -> None:
    waiting = [where for where, _ in waiting_for_review(catalog)]
    assert any("food_prepared.yml: severe" in where for where in waiting)
    assert all(fact.review in (None, "pending") for _, fact in facts(catalog))


def test_a_case_takes_over_what_its_scam_says(catalog: Catalog) -> None:
    case = whole(catalog.cases["bank_fraud"]["fake_police"])
    assert case.title is not None
    assert case.signs
    assert case.do
    with pytest.raises(ContentError, match="no_such_scam"):
        whole(replace(CASE, scam="no_such_scam"))


def _case(case: Case) -> Callable[[Catalog], Catalog]:
    return lambda c: replace(c, cases={**c.cases, "price": {"new": case}})


def _form(*steps: FormStep) -> Callable[[Catalog], Catalog]:
    return lambda c: replace(c, topics={**c.topics, "price": replace(c.topics["price"], form=steps)})


WORDS = Fact(vi=" ".join(["từ"] * 26), en="Short.", advice=True)
CLOSING = tuple(FormStep(slot=slot) for slot in ("commune", "contact_phone", "evidence"))
STORY = FormStep(slot="what_happened", needed=True)
FAULTS: dict[str, tuple[Callable[[Catalog], Catalog], str]] = {
    "a case without advice": (_case(replace(CASE, steps=())), "says neither what to do"),
    "four steps": (_case(replace(CASE, steps=(ADVICE,) * 4)), "steps: 4 instead of at most 3"),
    "a step too long": (
        _case(replace(CASE, steps=(replace(ADVICE, vi="a " * 120),))),
        "steps[1].vi: longer than 200 characters",
    ),
    "a screen too long": (
        _case(replace(CASE, steps=(replace(ADVICE, vi="Giữ lại. " * 22),) * 3, signs=(ADVICE, ADVICE))),
        "first screen, vi: ",
    ),
    "no source": (_case(replace(CASE, signs=(replace(ADVICE, advice=False),))), "names no source and no law"),
    "a bank's number": (
        _case(replace(CASE, steps=(replace(ADVICE, vi="Gọi 1900 54 54 13."),))),
        "1900 54 54 13 is not the number",
    ),
    "a hotline that is not shown": (_case(replace(CASE, call=("H07",))), "'H07' is no hotline"),
    "an unknown scam": (_case(replace(CASE, scam="nothing")), "scam 'nothing' is not in"),
    "nothing that tells of it": (_case(replace(CASE, phrases=())), "nothing tells of it"),
    "a phrase with capitals": (_case(replace(CASE, phrases=("Công an",))), "has capitals"),
    "jargon": (
        _case(replace(CASE, signs=(replace(ADVICE, vi="Đây là hành vi xấu."),))),
        "'hành vi': say 'việc làm'",
    ),
    "a long sentence": (_case(replace(CASE, keep=(WORDS,))), "longer than 25 words"),
    "nine questions": (
        _form(STORY, *(FormStep(slot=s) for s in ("seller", "money", "date", "phone", "url")), *CLOSING),
        "9 questions instead of at most 8",
    ),
    "needed after optional": (
        _form(STORY, FormStep(slot="money"), FormStep(slot="seller", needed=True), *CLOSING),
        "asks something that is not needed before",
    ),
    "another end": (_form(STORY, *CLOSING, FormStep(slot="money")), "does not end with commune"),
    "an unknown slot beside": (
        _form(STORY, FormStep(slot="money", also=("wishes",)), *CLOSING),
        "also: slot 'wishes' is not in",
    ),
    "an unknown case": (
        _form(STORY, FormStep(slot="money", only_in=("nowhere",)), *CLOSING),
        "only_in: 'nowhere' is not in content/cases/price.yml",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(catalog: Catalog, name: str) -> None:
    broken, said = FAULTS[name]
    found = check(broken(catalog), JARGON)
    assert any(said in fault for fault in found), found


def test_a_phrase_belongs_to_one_case(catalog: Catalog) -> None:
    broken = replace(catalog, cases={**catalog.cases, "price": {"one": CASE, "two": CASE}})
    assert any("stands twice" in fault for fault in check(broken, JARGON))


def test_plain_words_are_clear() -> None:
    assert list(unclear("Giữ lại hộp, vỉ và hóa đơn.", JARGON)) == []
