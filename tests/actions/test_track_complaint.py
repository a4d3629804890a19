"""A code and its secret, as people type them together."""

from __future__ import annotations

import pytest

from actions.track_complaint import secret_beside


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("TN-26-000123 AB3DEF", "AB3DEF"),
        ("TN-26-000123 ABCDEF", "ABCDEF"),
        ("ABCDEF, TN-26-000123", "ABCDEF"),
        ("tn 26 123 abcdef", "abcdef"),
        ("TN-26-000123 234567", "234567"),
        ("mã TN-26-000123, bí mật K3MNPQ", "K3MNPQ"),
        ("TN-26-000123 TIKTOK chưa trả tiền tôi", None),
        ("TN-26-000123 đến đâu rồi", None),
        ("TN-26-000123", None),
    ],
)
def test_the_secret_is_found_beside_its_code(text: str, secret: str | None) -> None:
    assert secret_beside(text) == secret
