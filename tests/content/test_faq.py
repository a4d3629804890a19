"""The questions of consumers: enough of them, sourced, short, in people's own words; each fault is found."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from content.catalog import ROOT, Catalog, ContentError, load
from content.checks import check, folded
from content.schema import Answer, Asked, Citation, Faq

LONGEST_SENTENCE = 33
"""Words. A person in a hurry reads no longer sentence; enumerations count as one."""

JARGON = (
    *("chủ thể dữ liệu", "bên kiểm soát", "pháp nhân", "tổ chức tín dụng", "chế tài", "quy phạm"),
    *("thẩm định", "đương sự", "bị đơn", "nguyên đơn", "giao dịch dân sự", "vi phạm hành chính"),
)

UNCERTAIN = (
    *("1900", "52/2024", "C-ThaiNguyen", "A05", "PA05", "248/2026", "khonggianmang", "checkvn"),
    *("0221", "0227", "1022", "122/2025/QH15 có 4", "mầm non", "5 ngày làm việc bằng văn bản", "oresol"),
)
"""What the facts mark as not to be shown, or what an authority would have to approve."""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+|; ", text) if part]


def _words_of(entry: Faq) -> Iterator[str]:
    yield from (entry.answer.vi, entry.answer.en or "")


# --- what we have -------------------------------------------------------------------------------------------


def test_there_are_enough_of_them(catalog: Catalog) -> None:
    assert len(catalog.faq) >= 220
    assert sum(entry.answer.en is not None for entry in catalog.faq.values()) >= 70


def test_every_group_has_a_file() -> None:
    groups = {path.stem for path in (ROOT / "faq").glob("*.yml")}
    assert groups >= {
        *("rights", "deadlines_and_complaints", "online_and_platforms", "contracts_and_sales_seminars"),
        *("warranty_and_returns", "mediation_and_courts", "personal_data", "food", "medicine_and_health"),
        *("banking_and_fraud", "vulnerable_consumers", "about_this_service"),
    }


def test_many_are_asked_without_diacritics(catalog: Catalog) -> None:
    forms = [form for entry in catalog.faq.values() for form in entry.asked.vi]
    assert 0.2 <= sum(form.isascii() for form in forms) / len(forms) <= 0.6
    mixed = [id_ for id_, e in catalog.faq.items() if all(form.isascii() for form in e.asked.vi)]
    assert mixed == []


def test_sentences_are_short(catalog: Catalog) -> None:
    long = {
        f"{id_}: {sentence}"
        for id_, entry in catalog.faq.items()
        for text in _words_of(entry)
        for sentence in _sentences(text)
        if len(sentence.split()) > LONGEST_SENTENCE
    }
    assert long == set()


def test_no_jargon(catalog: Catalog) -> None:
    found = {(id_, j) for id_, e in catalog.faq.items() for j in JARGON if j in e.answer.vi.lower()}
    assert found == set()


def test_nothing_uncertain(catalog: Catalog) -> None:
    found = {(id_, u) for id_, e in catalog.faq.items() for u in UNCERTAIN if u in " ".join(_words_of(e))}
    assert found == set()


def test_a_fine_is_never_promised(catalog: Catalog) -> None:
    """Amounts stand in the decree; who is fined, and whether, is the authority's."""
    fines = [e.answer.vi for e in catalog.faq.values() if re.search(r"phạt.*triệu đồng", e.answer.vi)]
    assert fines
    assert [text for text in fines if "cơ quan có thẩm quyền" not in text] == []


def test_a_bank_is_called_on_its_own_number(catalog: Catalog) -> None:
    """Who has just lost money is sent to the card or the app, not to a number that we might have wrong."""
    for id_ in ("just_transferred", "gave_otp", "which_bank_number", "unknown_debit"):
        assert re.search(r"số in (trên|ở mặt sau) thẻ hoặc trong ứng dụng", catalog.faq[id_].answer.vi), id_


def test_a_severe_case_comes_first(catalog: Catalog) -> None:
    for id_ in ("food_poisoning_first", "many_poisoned", "bad_reaction"):
        assert "115" in _sentences(catalog.faq[id_].answer.vi)[0], id_
    assert "113" in " ".join(_sentences(catalog.faq["online_kidnapping"].answer.vi)[:2])


# --- what is refused ----------------------------------------------------------------------------------------


def test_an_id_in_two_files(tmp_path: Path) -> None:
    target = tmp_path / "content"
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copy(target / "faq" / "food.yml", target / "faq" / "zz_again.yml")
    with pytest.raises(ContentError, match=r"zz_again\.yml: '\w+' stands in another file"):
        load(target)


def test_two_spellings_of_one_question_are_the_same() -> None:
    assert folded("Đòi lại tiền ĐƯỢC không ạ?!") == folded("doi lai tien duoc  khong a") != ""


def _changed(**fields: object) -> Callable[[Catalog], Catalog]:
    def broken(c: Catalog) -> Catalog:
        entry = replace(c.faq["just_transferred"], **fields)
        return replace(c, faq={**c.faq, "just_transferred": entry})

    return broken


def _answered(text: str) -> Callable[[Catalog], Catalog]:
    return _changed(answer=Answer(vi=text, en="Call 113."))


def _asked_twice(c: Catalog) -> Catalog:
    entry, other = c.faq["just_transferred"], c.faq["gave_otp"]
    forms = (other.asked.vi[0].upper() + " ?", *entry.asked.vi[1:])
    return _changed(asked=Asked(vi=forms, en=entry.asked.en))(c)


FAULTS: dict[str, tuple[Callable[[Catalog], Catalog], str]] = {
    "a topic that nobody knows": (_changed(topic="pets"), "'pets' is no topic"),
    "no source": (_changed(sources=()), "names no source and no law"),
    "an unknown source": (_changed(sources=("law.S99",)), "source 'law.S99' is not in"),
    "an unknown article": (
        _changed(law=(Citation("luat_bvqlntd_2023", "999"),)),
        "article '999' of luat_bvqlntd_2023 is not in",
    ),
    "too few forms": (_changed(asked=Asked(vi=("a b", "c d"), en=("e",))), "2 forms instead of 3 to 24"),
    "too many forms": (
        _changed(asked=Asked(vi=tuple("abcdefghijklmnopqrstuvwxyz"), en=("no",))),
        "26 forms instead of 3 to 24",
    ),
    "English forms without an answer": (
        _changed(answer=Answer(vi="Gọi 113.")),
        "asked.en and answer.en: one stands without the other",
    ),
    "an English answer that nobody asks": (
        _changed(asked=Asked(vi=("a b", "c d", "e f"))),
        "asked.en and answer.en: one stands without the other",
    ),
    "forms that are nearly the same": (
        _changed(asked=Asked(vi=("đòi lại tiền", "doi lai tien!", "mất tiền"), en=("x",))),
        "are nearly the same question",
    ),
    "a form of another entry": (_asked_twice, "is asked in just_transferred too"),
    "an empty answer": (_answered(" "), "answer.vi: 1 characters instead of 1 to 600"),
    "an answer too long": (_answered("113 " + "a" * 600), "answer.vi: 604 characters instead of"),
    "a hotline that nobody knows": (_changed(hotlines=("H99",)), "'H99' is no hotline that may be shown"),
    "a hotline not to be shown": (_changed(hotlines=("H07",)), "'H07' is no hotline that may be shown"),
    "a hotline listed and not named": (_answered("Báo công an."), "the answer does not name 113"),
    "a number not listed": (_answered("Gọi 113 hoặc 115."), "115 is not the number of a hotline listed"),
    "a bank's number": (_answered("Gọi 113 hay 1900 54 54 13."), "1900 54 54 13 is not the number"),
    "a mobile phone": (_answered("Gọi 113 hay 0900000001."), "0900000001 is not the number"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_named(catalog: Catalog, name: str) -> None:
    broken, told = FAULTS[name]
    found = check(broken(catalog))
    assert any(told in fault for fault in found), found
    assert all(fault.startswith("content/faq: ") for fault in found), found


def test_articles_and_dates_are_no_numbers_to_dial(catalog: Catalog) -> None:
    entry = catalog.faq["which_law"]
    text = "Luật 116/2025/QH15, 113/2024, mục 1.156, ngày 15/6, 1.800 đồng."
    broken = replace(catalog, faq={**catalog.faq, "which_law": replace(entry, answer=Answer(text, text))})
    assert check(broken) == []
