"""What never stands in a log, whatever is logged."""

from __future__ import annotations

import pytest

from bot.log import redact

TOKEN = "123456789:" + "A" * 35


@pytest.mark.parametrize(
    "secret",
    [TOKEN, f"https://api.example/bot{TOKEN}/getMe", "sdt:0900000001", "+84 900 000 001", "lan@example.vn"],
)
def test_tokens_numbers_and_addresses_are_hidden(secret: str) -> None:
    told = redact(f"failed for {secret} again")
    assert TOKEN not in told
    assert "0900000001" not in told
    assert "900 000" not in told
    assert "lan@" not in told
    assert told.startswith("failed for ")


def test_a_login_of_the_database_is_hidden_and_its_host_is_not() -> None:
    told = redact("postgresql+asyncpg://ntd:geheim@db.internal/ntd")
    assert "geheim" not in told
    assert "db.internal" in told


@pytest.mark.parametrize("harmless", ["2026-03-15T08:00:00.123456Z", "code HY-26-000123", "took 12345 ms"])
def test_times_codes_and_measures_stay(harmless: str) -> None:
    assert redact(harmless) == harmless
