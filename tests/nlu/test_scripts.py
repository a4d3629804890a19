"""Whose writing a message is in."""

from __future__ import annotations

import pytest

from nlu.scripts import writing_of


@pytest.mark.parametrize(
    ("text", "writing"),
    [
        ("我中毒了，怎么办？", "han"),
        ("酒店多收了我的钱 500000 VND", "han"),
        ("택시 요금이 너무 비싸요", "hangul"),
        ("Samsung 직원인데 식중독에 걸렸어요", "hangul"),
        ("タクシーで料金を取られた", "kana"),
        ("救命", "han"),
    ],
)
def test_written_otherwise(text: str, writing: str) -> None:
    assert writing_of(text) == writing


@pytest.mark.parametrize(
    "text",
    [
        "",
        "113",
        "🙏🙏 cảm ơn",
        "tôi mua thuốc giả ở chợ",
        "I was overcharged by a taxi",
        "Hộp sữa tôi mua ở chợ ghi chữ 中国制造 nhưng người bán nói là hàng Nhật",
        "kem dưỡng da nhãn 화장품 mua trên mạng về bị nổi mẩn đỏ cả mặt",
        "ＦＲＥＥ ｖｉｐ",
        "Тест",
    ],
)
def test_ours_or_none(text: str) -> None:
    assert writing_of(text) is None
