"""Each cross-check finds the fault that it is there for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from content.catalog import Catalog, load
from content.checks import check
from content.schema import Agency, Citation, Fact, FormStep, Responsible, Routing, Text, Topic, TopicRule

Break = Callable[[Catalog], Catalog]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def test_our_content_has_no_fault(catalog: Catalog) -> None:
    assert check(catalog) == []


def _topic(change: Callable[[Topic], Topic]) -> Break:
    return lambda c: replace(c, topics={**c.topics, "medicine": change(c.topics["medicine"])})


def _routing(change: Callable[[Routing], Routing]) -> Break:
    def broken(c: Catalog) -> Catalog:
        province = c.provinces["hung-yen"]
        return replace(
            c, provinces={**c.provinces, "hung-yen": replace(province, routing=change(province.routing))}
        )

    return broken


def _rule(rule: TopicRule) -> Break:
    return _routing(lambda routing: replace(routing, topics={**routing.topics, "medicine": rule}))


def _without_topic_rule(routing: Routing) -> Routing:
    return replace(routing, topics={k: v for k, v in routing.topics.items() if k != "medicine"})


def _do(*facts: Fact) -> Break:
    return _topic(lambda topic: replace(topic, guidance=replace(topic.guidance, do=facts)))


def _form(*slots: str) -> Break:
    return _topic(lambda topic: replace(topic, form=tuple(FormStep(slot=slot) for slot in slots)))


def _steps(*facts: Fact) -> Break:
    return _topic(lambda topic: replace(topic, urgent=replace(topic.urgent, steps=facts)))


def _without_commune(c: Catalog) -> Catalog:
    province = c.provinces["thai-nguyen"]
    return replace(
        c, provinces={**c.provinces, "thai-nguyen": replace(province, communes=province.communes[1:])}
    )


def _commune_twice(c: Catalog) -> Catalog:
    province = c.provinces["thai-nguyen"]
    doubled = (*province.communes[1:], province.communes[-1])
    return replace(c, provinces={**c.provinces, "thai-nguyen": replace(province, communes=doubled)})


def _message(language: str, key: str, sentence: str | None) -> Break:
    def broken(c: Catalog) -> Catalog:
        messages = {**c.messages[language], key: sentence or ""}  # type: ignore[index]
        if sentence is None:
            del messages[key]
        return replace(c, messages={**c.messages, language: messages})

    return broken


def _capital_accusation(c: Catalog) -> Catalog:
    province = c.provinces["hung-yen"]
    agency: Agency = replace(province.agencies["so_y_te"], accused_words=("Sở Y tế",))
    agencies = {**province.agencies, "so_y_te": agency}
    return replace(c, provinces={**c.provinces, "hung-yen": replace(province, agencies=agencies)})


ADVICE = Fact(vi="Giữ lại vỏ hộp.", en="Keep the box.", advice=True)
LEAD = Responsible(agency="so_y_te", clauses=("III.6",))

FAULTS: dict[str, tuple[Break, str]] = {
    "a topic without a file": (
        lambda c: replace(c, topics={k: v for k, v in c.topics.items() if k != "price"}),
        "price.yml: this topic of the contract has no file",
    ),
    "a topic under another name": (_topic(lambda t: replace(t, id="other")), "is not the file's name"),
    "a topic without a rule": (_routing(_without_topic_rule), "topic medicine has no rule"),
    "a rule without a lead": (_rule(TopicRule(leads=())), "has no lead that needs no condition"),
    "a lead that needs a condition only": (
        _rule(TopicRule(leads=(replace(LEAD, when="fake"),))),
        "has no lead that needs no condition",
    ),
    "a lead that is never reached": (_rule(TopicRule(leads=(LEAD, LEAD))), "has leads after one that needs"),
    "a rule without a clause": (
        _rule(TopicRule(leads=(replace(LEAD, clauses=()),))),
        "so_y_te has neither a clause nor a law",
    ),
    "a clause that the plan does not have": (
        _rule(TopicRule(leads=(replace(LEAD, clauses=("PL.III.8",)),))),
        "clause PL.III.8 is not in plan.yml",
    ),
    "an agency that nobody knows": (
        _rule(TopicRule(leads=(replace(LEAD, agency="so_khac"),))),
        "agency 'so_khac' is not in agencies.yml",
    ),
    "a unit that nobody knows": (
        _rule(TopicRule(leads=(replace(LEAD, unit="phong"),))),
        "unit 'phong' is not in agencies.yml",
    ),
    "a condition that nobody knows": (
        _rule(TopicRule(leads=(replace(LEAD, when="rain"), LEAD))),
        "condition 'rain' is not in",
    ),
    "more clauses on an unknown condition": (
        _rule(TopicRule(leads=(LEAD,), more_clauses={"rain": ("III.6",)})),
        "condition 'rain' is not in",
    ),
    "an article that we do not hold": (
        _rule(TopicRule(leads=(replace(LEAD, law=Citation(act="luat_bvqlntd_2023", article="999")),))),
        "article '999' of luat_bvqlntd_2023",
    ),
    "a fact without a source": (_do(replace(ADVICE, advice=False)), "names no source and no law"),
    "a fact in one language": (_do(replace(ADVICE, en=" ")), "is missing in one language"),
    "an unknown source": (_do(replace(ADVICE, sources=("law.S999",))), "source 'law.S999' is not in"),
    "an unknown act": (
        _do(replace(ADVICE, law=(Citation(act="luat_x", article="1"),))),
        "act 'luat_x' is not in",
    ),
    "a first screen too long": (_do(replace(ADVICE, vi="a" * 601)), "guidance.do.vi: 604 characters"),
    "no first screen": (_do(), "guidance.do.vi: 0 characters"),
    "two urgent steps": (_steps(ADVICE, ADVICE), "2 steps instead of 3"),
    "an urgent step too long": (
        _steps(ADVICE, ADVICE, replace(ADVICE, en="a" * 201)),
        "urgent.steps[3].en: longer than 200",
    ),
    "an urgent call to a number that is not shown": (
        _topic(lambda t: replace(t, urgent=replace(t.urgent, call=("H07",)))),
        "'H07' is no hotline that may be shown",
    ),
    "a hotline that nobody knows": (
        _topic(lambda t: replace(t, guidance=replace(t.guidance, hotlines=("H99",)))),
        "'H99' is not in content/hotlines.yml",
    ),
    "a form with an unknown slot": (
        _form("what_happened", "commune", "shoe_size"),
        "slot 'shoe_size' is not",
    ),
    "a form that asks twice": (_form("what_happened", "commune", "commune"), "slot 'commune' stands twice"),
    "a form that does not ask what happened": (_form("commune"), "slot 'what_happened' is missing"),
    "a form that does not ask where": (_form("what_happened"), "slot 'commune' is missing"),
    "a hotline of one source shown": (
        lambda c: replace(c, hotlines={**c.hotlines, "H07": replace(c.hotlines["H07"], show=True)}),
        "H07: is shown with fewer than two sources",
    ),
    "a bank of one source shown": (
        lambda c: replace(c, banks={**c.banks, "lpbank": replace(c.banks["lpbank"], show=True)}),
        "lpbank: is shown with fewer than two sources",
    ),
    "a bank without a number shown": (
        lambda c: replace(c, banks={**c.banks, "bidv": replace(c.banks["bidv"], number=None)}),
        "bidv: is shown without a number",
    ),
    "two banks of one alias": (
        lambda c: replace(c, banks={**c.banks, "ncb": replace(c.banks["ncb"], aliases=("acb",))}),
        "alias 'acb' stands twice",
    ),
    "an accusation that is not folded": (_capital_accusation, "'Sở Y tế' is not folded"),
    "a phrase with capitals": (
        lambda c: replace(c, conditions={**c.conditions, "fake": ("Hàng giả",)}),
        "fake: 'Hàng giả' stands twice or has capitals",
    ),
    "a commune too few": (_without_commune, "91 communes instead of 92"),
    "a commune code twice": (_commune_twice, "commune code 05953 stands twice"),
    "a sentence only in Vietnamese": (_message("vi", "talk.new", "Chào"), "talk.new is missing in English"),
    "a sentence only in English": (_message("en", "talk.new", "Hi"), "talk.new is missing in Vietnamese"),
    "other placeholders in English": (
        _message("en", "guidance.law", "{act} {page}"),
        "guidance.law has other placeholders",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_named(catalog: Catalog, name: str) -> None:
    broken, told = FAULTS[name]
    found = check(broken(catalog))
    assert any(told in fault for fault in found), found
    assert all(fault.startswith("content/") or fault.startswith("accused_words") for fault in found)


def test_a_name_left_from_the_copied_province_is_found(catalog: Catalog) -> None:
    ours = catalog.provinces["thai-nguyen"]
    copied = replace(ours, province=replace(ours.province, name=Text(vi="Bắc Ninh", en="Bắc Ninh")))
    faults = check(replace(catalog, provinces={**catalog.provinces, "bac-ninh": copied}))
    left = [fault for fault in faults if fault.endswith("names Thái Nguyên, another province.")]
    assert any("bac-ninh/agencies.yml: so_cong_thuong" in fault for fault in left)
    assert any("bac-ninh/province.yml: plan_title" in fault for fault in left)
