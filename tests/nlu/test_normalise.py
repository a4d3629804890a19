"""One spelling for everything that people type."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.catalog import Catalog, load
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.fold import fold
from nlu.steps.normalise import Message, normalise

CATALOG: Catalog = load()
SHORT_FORMS = Abbreviations(CATALOG.abbreviations)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
CHATTER = st.lists(
    st.sampled_from([*CATALOG.abbreviations, "tiền", "mua", "xã", "em", "5", "hàng", "bị", "quááá", "sàn"]),
    max_size=14,
).map(" ".join)


@given(ANY_TEXT | CHATTER)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text, SHORT_FORMS)
    assert normalise(once, SHORT_FORMS) == once


@given(st.text(st.characters(codec="utf-8"), max_size=120))
def test_composed_and_decomposed_forms_are_one(text: str) -> None:
    composed = normalise(unicodedata.normalize("NFC", text), SHORT_FORMS)
    assert composed == normalise(unicodedata.normalize("NFD", text), SHORT_FORMS)


@given(ANY_TEXT)
def test_folding_never_grows_and_spans_lie_inside(text: str) -> None:
    message = Message(text, SHORT_FORMS)
    assert len(message.folded) <= len(text)
    for token in message.tokens:
        start, end = message.span(token.start, token.end)
        assert 0 <= start < end <= len(text)
        assert message.place(start) == token.start


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("e bi lua 5tr tren fb k lay lai dc", "em bi lua 5tr tren facebook khong lay lai duoc"),
        ("Hoà giải thuỷ sản quý", "hoa giai thuy san quy"),
        ("lừa đảooooo quááá rồii", "lua dao qua roi"),
        ("stk vcb của nó là 0123", "so tai khoan vietcombank cua no la 0123"),
        ("ck em đi làm xa", "chong em di lam xa"),
        ("vừa ck 5tr xong", "vua chuyen khoan 5tr xong"),
        ("sàn ck quốc tế", "san chung khoan quoc te"),
        ("lộ mk otp r", "lo mat khau otp roi"),
        ("mk ở đây nè", "minh o day ne"),
        ("giả danh ca xã", "gia danh cong an xa"),
        ("làm ca đêm", "lam ca dem"),
        ("công ty em", "cong ty em"),
        ("500 k", "500 k"),
        ("màu hồng", "mau hong"),
        ("they took my passport at a hotel", "they took my passport at a hotel"),
    ],
)
def test_short_forms_are_written_out_as_meant(written: str, meant: str) -> None:
    assert fold(normalise(written, SHORT_FORMS)) == meant
