"""The table of errors in the operators' page is the table in the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.zalo_bot.errors import MONTH_USED_UP, RULES, ApiError, Rule, rule_for, send_failed

PAGE = Path(__file__).parents[4] / "docs" / "channels" / "zalo-bot.md"
WHEN = {
    "5xx": "500 to 599",
    "unreachable": "no connection, or HTTP 503 without JSON",
    "broken": "connection lost",
    "silent": "no answer in 15 s",
    "garbled": "an answer without `ok`",
    "other": "any other",
}


def row(rule: Rule) -> str:
    words = ", ".join(f"“{word}”" for word in rule.says)
    when = WHEN.get(rule.code, rule.code) + (f", says {words}" if words else "")
    if rule is MONTH_USED_UP:
        when += ", and we have counted a month's messages"
    ours = "ours" if rule.our_fault else ""
    stops, rests = ("yes" if mark else "" for mark in (rule.stop, rule.whole_channel))
    return f"| {when} | {rule.means} | {_retry(rule)} | {ours} | {stops} | {rests} |"


def _retry(rule: Rule) -> str:
    if rule is MONTH_USED_UP:
        return "an officer's answer next month, a reply never"
    if rule.hold:
        return "with the person's next message"
    if not rule.retry:
        return "never"
    pause = f", after {rule.retry_after:g} s" if rule.retry_after else ""
    return ("once, for it may have arrived" if rule.uncertain else "for a day") + pause


def test_the_page_shows_the_code_s_table() -> None:
    page = PAGE.read_text("utf-8").partition("## Errors")[2].partition("\n## ")[0]
    rows = [line for line in re.findall(r"^\| .*$", page, re.MULTILINE)[1:] if "---" not in line]
    assert rows == [row(rule) for rule in RULES]


@pytest.mark.parametrize("code", ["400", "401", "403", "404", "408", "429"])
def test_every_code_that_the_platform_names_has_a_rule_without_conditions(code: str) -> None:
    found = rule_for(ApiError(code))
    assert found.code == code
    assert not found.says


def test_which_429_it_is_says_our_own_count() -> None:
    assert rule_for(ApiError("429", "Quota exceeded"), month_used_up=True) is MONTH_USED_UP
    assert rule_for(ApiError("429", "Quota exceeded")) is not MONTH_USED_UP
    assert rule_for(ApiError("400"), month_used_up=True).code == "400"


@given(code=st.text(max_size=5) | st.integers().map(str), description=st.text(max_size=80))
def test_every_error_has_a_rule_and_no_reason_quotes_the_platform(code: str, description: str) -> None:
    error = ApiError(code, description)
    failure = send_failed(rule_for(error))
    assert failure.reason in {rule.means for rule in RULES}
    assert str(error) == f"Zalo Bot Platform: {code}"
