"""Check digits, prefixes, and what QR codes and registration numbers are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from content.suspicion import shipped
from nlu.suspicious import codes
from nlu.suspicious.barcodes import check_digit, gtin
from nlu.suspicious.codes import Payment
from nlu.suspicious.registrations import format_of

digits = st.integers(0, 10**13 - 1).map(lambda number: f"{number:013d}")


@given(st.sampled_from([7, 11, 12, 13]), st.integers(0, 10**13 - 1))
def test_the_check_digit_is_that_of_another_reading_of_the_rule(size: int, number: int) -> None:
    body = f"{number:013d}"[:size]
    whole = f"{body}{check_digit(body)}"
    found = gtin(whole)
    assert found is not None
    assert found.right
    assert ean.is_valid(whole)


@given(st.integers(0, 10**12 - 1), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: int, at: int, shift: int) -> None:
    body = f"{number:012d}"
    whole = f"{body}{check_digit(body)}"
    wrong = whole[:at] + str((int(whole[at]) + shift) % 10) + whole[at + 1 :]
    found = gtin(wrong)
    assert found is not None
    assert not found.right


@given(st.text(max_size=20))
def test_any_text_is_a_barcode_or_none(text: str) -> None:
    found = gtin(text)
    assert found is None or found.digits.isdigit()


@pytest.mark.parametrize(
    ("written", "prefix"),
    [("8934563138165", "893"), ("893 4563 138165", "893"), ("08934563138165", "893"), ("036000291452", "003"),
     ("96385074", None)],
)  # fmt: skip
def test_prefixes(written: str, prefix: str | None) -> None:
    found = gtin(written)
    assert found is not None
    assert found.prefix == prefix


def field(name: str, value: str) -> str:
    return f"{name}{len(value):02d}{value}"


def transfer(account: str, amount: str = "") -> str:
    receiver = field("00", "A000000727") + field("01", field("00", "970436") + field("01", account))
    fixed = field("54", amount) if amount else ""
    return (
        "000201010212" + field("38", receiver) + field("53", "704") + fixed + field("58", "VN") + "6304ABCD"
    )


@given(st.from_regex(r"\A[0-9]{6,19}\Z"), st.integers(1, 10**9))
def test_a_payment_code_names_account_and_amount(account: str, amount: int) -> None:
    assert codes.read(transfer(account, str(amount))).payment == Payment(account, amount)
    assert codes.read(transfer(account)).payment == Payment(account, None)


@given(st.text(max_size=60))
def test_a_broken_payment_code_is_no_error(tail: str) -> None:
    codes.read("000201" + tail)
    codes.read("00020138" + tail)


def test_what_codes_hold() -> None:
    assert codes.read("https://example.com/a").link == "https://example.com/a"
    assert codes.read("example.com/menu").link == "example.com/menu"
    assert codes.read("012345678901|012345678|Nguyen Van A|01011990|Nam|Xa X|01012021").identity
    assert codes.read("8934563138165", goods=True).goods is not None
    assert codes.read("8934563138165").goods is None
    assert codes.read("Xin chao").text == "Xin chao"
    assert codes.read("").text == ""


@pytest.mark.parametrize(
    ("written", "kind"),
    [("893110140124", "medicine_new"), ("VD-12345-16", "medicine_old"), ("QLĐB-500-15", "medicine_old"),
     ("135/11/CBMP-HN", "cosmetics"), ("10/2020/ĐKSP", "functional_food"), ("ABC-1", None), ("", None)],
)  # fmt: skip
def test_formats_of_registration_numbers(written: str, kind: str | None) -> None:
    assert format_of(written) == kind


def test_every_format_that_is_recognised_is_explained_and_every_example_fits() -> None:
    for key, kind in shipped().registrations.items():
        assert not kind.example or format_of(kind.example) == key
    known = {format_of(one) for one in ("893110140124", "VD-1-16", "1/11/CBMP-HN", "1/2020/DKSP")}
    assert known == set(shipped().registrations)
