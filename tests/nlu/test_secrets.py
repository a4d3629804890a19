"""Codes, passwords and cards are found and masked; barcodes and the scammer's account are not lost."""

from __future__ import annotations

import pytest

from nlu.pipeline import Pipeline
from nlu.steps.secrets import mask, mask_personal
from tests.nlu.conftest import TODAY

LABELS = {"otp": "[mã]", "card_number": "[thẻ]"}


def masked(pipeline: Pipeline, text: str) -> str:
    return mask(text, pipeline.extract(text, TODAY), LABELS)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("mã OTP là 123456", "mã OTP là [mã]"),
        ("otp: 4821 nhé", "otp: [mã] nhé"),
        ("nó hỏi mã xác nhận em đọc 884213 rồi", "nó hỏi mã xác nhận em đọc [mã] rồi"),
        ("123456 là mã otp của bạn", "[mã] là mã otp của bạn"),
        ("mật khẩu: Abc@1234", "mật khẩu: [mã]"),
        ("mk la matkhau99", "mk la [mã]"),
        ("pin 9931", "pin [mã]"),
        ("cvv 123", "cvv [mã]"),
        ("thẻ 4111 1111 1111 1111", "thẻ [thẻ]"),
        ("5500000000000004", "[thẻ]"),
    ],
)
def test_secrets_are_masked(by_rules: Pipeline, text: str, safe: str) -> None:
    assert masked(by_rules, text) == safe


@pytest.mark.parametrize(
    "text",
    [
        "mã vạch 8934563138165",
        "stk 9704123412341234 vietcombank",
        "thuốc 893110140124",
        "cccd 033099001234",
        "lỡ cho otp rồi mất 5000000",
        "quên mật khẩu thì sao",
        "pin 10000 mAh phồng",
        "gọi 0912345678",
        "pass laptop cũ",
    ],
)
def test_what_a_case_needs_stays(by_rules: Pipeline, text: str) -> None:
    assert masked(by_rules, text) == text


def test_no_secret_leaves_in_a_normal_form(by_rules: Pipeline) -> None:
    found = by_rules.extract("otp 123456, thẻ 4111111111111111", TODAY)
    assert {e.type: e.normal for e in found} == {"otp": "", "card_number": ""}


def test_personal_numbers_are_half_hidden(by_rules: Pipeline) -> None:
    text = "stk 0123456789 vcb, sđt 0912 345 678, cccd 033099001234, lan@example.com, otp 123456"
    hidden = mask_personal(text, by_rules.extract(text, TODAY))
    for secret in ("0123456789", "345", "033099001234", "lan@", "123456"):
        assert secret not in hidden
    assert "678" in hidden
    assert "vcb" in hidden
