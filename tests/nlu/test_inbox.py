"""What officers labelled comes back as the same sentences, and names nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.inbox import Sentence, dump, nameless, one_line
from nlu.pipeline import Pipeline
from nlu.rasa_format import read

SENTENCES = [
    Sentence("mua [hàng](product) ở\nchợ 😀", "report", "price"),
    Sentence('- "a: b" #c', "greet"),
    Sentence("e bi lua stk 0000", "report", "bank_fraud", urgent=True),
    Sentence("e bi lua stk 0000 lần nữa", "report", "bank_fraud"),
    Sentence("e bi lua stk 0000", "report", "bank_fraud", urgent=True),
]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "inbox.yml"
    file.write_text(dump(SENTENCES), "utf-8")
    found = {(example.text, example.intent, example.urgent, example.marks) for example in read(file)}
    assert found == {
        ("mua [hàng] (product) ở chợ 😀", "report_price", False, ()),
        ('- "a: b" #c', "greet", False, ()),
        ("e bi lua stk 0000", "report_bank_fraud", True, ()),
        ("e bi lua stk 0000 lần nữa", "report_bank_fraud", False, ()),
    }


@given(st.text(min_size=1))
def test_no_text_breaks_the_file(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    line = one_line(text)
    if not line:
        return
    file = tmp_path_factory.mktemp("inbox") / "inbox.yml"
    file.write_text(dump([Sentence(text, "thanks")]), "utf-8")
    assert [(example.text, example.marks) for example in read(file)] == [(line, ())]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("stk 0123456789 vcb, goi 0912 345 678", "stk 0000000000 vcb, goi 0000 000 000"),
        ("mất 12500000d hôm 15/03/2026", "mất 12500000d hôm 15/03/2026"),
        ("ở https://shop-gia.top/x?id=1 hay la.ai@web.com", "ở example.vn hay ai@example.vn"),
        ("don SPXVN0123456", "don XXXXX0000000"),
        ("zalo @lan_anh99, ma so 12345678", "zalo @ai, ma so 00000000"),
        ("ở xã Yên Mỹ", "ở xã Yên Mỹ"),
    ],
)
def test_nobody_can_be_called_by_it(by_rules: Pipeline, said: str, kept: str) -> None:
    assert nameless(said, by_rules.extract(said)) == kept
    assert nameless(kept, by_rules.extract(kept)) == kept
