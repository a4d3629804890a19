"""The files behind the check of suspicious messages are in order, and the checks find what is not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from content.catalog import Catalog, ContentError, load
from content.schema import Fact
from content.suspicion import OPERATORS_LIST, shipped, suspicion
from content.suspicion_checks import check, check_own

KNOWN = shipped()


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


def test_all_is_in_order(catalog: Catalog) -> None:
    assert check(KNOWN, catalog) == []


def test_there_are_enough_scams_and_each_has_a_source() -> None:
    assert len(KNOWN.scams) >= 15
    assert all(scam.sources for scam in KNOWN.scams.values())


def test_no_scam_rests_on_what_is_not_to_be_shown(catalog: Catalog) -> None:
    texts = [fact.vi for scam in KNOWN.scams.values() for fact in (*scam.signs, *scam.now)]
    assert not [text for text in texts if "mầm non" in text or "học phí" in text]
    assert "hotlines.W05" not in {s for scam in KNOWN.scams.values() for s in scam.sources}


def test_nothing_is_ever_said_to_be_safe(catalog: Catalog) -> None:
    for key, sentence in catalog.messages["vi"].items():
        if key.startswith("suspicious."):
            assert "an toàn" not in sentence.lower(), key
            assert "tin được" not in sentence.lower(), key
    for key, sentence in catalog.messages["en"].items():
        if key.startswith("suspicious."):
            assert "safe" not in sentence.lower(), key


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ({"says": (("Công An",), ("x",))}, "not folded"),
        ({"says": (("x",),)}, "lines instead of"),
        ({"now": ()}, "steps instead of"),
        ({"sources": ()}, "names no source"),
        ({"sources": ("playbooks.K99",)}, "not in content/sources.yml"),
        ({"topic": "no_topic"}, "has no file"),
        ({"now": (Fact(vi="Gọi 0900000001 ngay.", en="Call 0900000001.", advice=True),)}, "hotline"),
        ({"now": (Fact(vi="A" * 161, en="B", advice=True),)}, "longer than"),
        ({"now": (Fact(vi="Dừng lại.", en="Stop."),)}, "no source and no law"),
    ],
)
def test_faults_of_a_scam_are_found(broken: dict[str, object], fault: str, catalog: Catalog) -> None:
    scam = msgspec.structs.replace(KNOWN.scams["prize"], **broken)
    faults = check(msgspec.structs.replace(KNOWN, scams=KNOWN.scams | {"prize": scam}), catalog)
    assert [one for one in faults if fault in one and "prize" in one]


def test_an_address_without_a_source_is_a_fault(catalog: Catalog) -> None:
    bidv = msgspec.structs.replace(KNOWN.lookalikes.official["bidv"], sources=())
    looks = msgspec.structs.replace(KNOWN.lookalikes, official={"bidv": bidv})
    faults = check(msgspec.structs.replace(KNOWN, lookalikes=looks), catalog)
    assert [fault for fault in faults if "no source that confirms" in fault]


def test_an_operators_list_is_laid_over_ours(tmp_path: Path) -> None:
    (tmp_path / OPERATORS_LIST).write_text(
        "vietcombank:\n  name: {vi: Vietcombank, en: Vietcombank}\n  words: [vietcombank]\n"
        "  domains: [vietcombank.com.vn]\n  checked: 2026-11-22\n"
    )
    assert suspicion(tmp_path).lookalikes.official["vietcombank"].domains == ("vietcombank.com.vn",)
    assert "bidv" in suspicion(tmp_path).lookalikes.official
    assert suspicion(tmp_path / "nowhere").lookalikes.official["vietcombank"].domains == ()


def test_an_operators_slips_are_found() -> None:
    slip = msgspec.structs.replace(KNOWN.lookalikes.official["bidv"], domains=("https://bidv.com.vn",))
    assert check_own({"bidv": slip}) == ["official_domains.yml: bidv: 'https://bidv.com.vn' is no host."]
    assert check_own({"bidv": KNOWN.lookalikes.official["bidv"]}) == []


def test_a_broken_operators_list_names_the_file(tmp_path: Path) -> None:
    (tmp_path / OPERATORS_LIST).write_text("vietcombank: {words: 5}\n")
    with pytest.raises(ContentError, match="official_domains"):
        suspicion(tmp_path)
