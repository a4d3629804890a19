"""Every error that the platforms' descriptions name is in its channel's table and leads to what it should."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.channels.telegram import errors as telegram
from bot.channels.zalo_bot import errors as zalo_bot
from bot.channels.zalo_oa import errors as zalo_oa
from bot.channels.zalo_oa import oauth
from bot.delivery.ledger import Delivery, Kind
from bot.delivery.ports import Outgoing, SendFailed
from bot.delivery.verdict import Again, Held, judge

NAMED: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "fixtures" / "platform_errors.yml").read_text("utf-8")
)
NOW = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
"""23:00 in Viet Nam."""


def fate(failure: SendFailed) -> str:
    """The word of the fixture for what the ledger does with a message of an officer."""
    if failure.stop:
        return "gone"
    if failure.hold:
        return "waits"
    if failure.retry:
        return "operator" if failure.our_fault and failure.whole_channel else "later"
    return "never"


def ids(case: dict[str, Any]) -> str:
    return f"{case['code']} {case.get('says', '')}".strip()


def check(failure: SendFailed, case: dict[str, Any]) -> None:
    assert fate(failure) == case["becomes"]
    assert failure.our_fault == (case.get("ours", False) or case["becomes"] == "operator")
    if case["becomes"] in ("gone", "never", "waits"):
        assert not failure.whole_channel


@pytest.mark.parametrize("case", NAMED["telegram"], ids=ids)
def test_telegram(case: dict[str, Any]) -> None:
    failed = telegram.CallFailed(str(case["code"]), case["says"], retry_after=7.0)
    rule = telegram.rule_for(failed)
    assert rule.code in (str(case["code"]), "5xx")
    if case["code"] == 400:
        assert rule.says, "the rule for everything else of this code"
    mended = {"MOVED": telegram.Mend.MOVED, "PLAIN": telegram.Mend.PLAIN, None: None}
    assert rule.mend == mended[case.get("mend")]
    if rule.mend is None:
        check(telegram.send_failed(failed), case)


@pytest.mark.parametrize("case", NAMED["zalo_bot"], ids=ids)
def test_zalo_bot(case: dict[str, Any]) -> None:
    error = zalo_bot.ApiError(str(case["code"]), case["says"])
    rule = zalo_bot.rule_for(error, month_used_up=case.get("month_used_up", False))
    assert rule.code == str(case["code"])
    check(zalo_bot.send_failed(rule), case)


@pytest.mark.parametrize("case", NAMED["zalo_oa"], ids=ids)
def test_zalo_oa(case: dict[str, Any]) -> None:
    check(zalo_oa.refused(case["code"], NOW), case)


def test_the_table_of_the_oa_holds_the_official_codes_and_no_other() -> None:
    assert {case["code"] for case in NAMED["zalo_oa"]} == set(zalo_oa.RULES)


def test_at_night_a_broadcast_goes_after_six_and_an_answer_is_in_nobody_s_way() -> None:
    refused = zalo_oa.refused(-234, NOW)
    verdict = judge(delivery("broadcast"), refused, NOW)
    assert isinstance(verdict, Again)
    assert verdict.due_at == NOW + dt.timedelta(hours=7, minutes=5)
    assert isinstance(judge(delivery("answer"), refused, NOW), Held)
    assert refused.retry_after is None, "it would rest the chat"
    early = NOW.replace(hour=23)  # six in the morning
    assert zalo_oa.refused(-234, early).not_before == 5 * 60


def delivery(kind: Kind) -> Delivery:
    return Delivery(1, "zalo", 1, "a", kind, Outgoing("x"), attempts=1, maybe_sent=False)


@pytest.mark.parametrize("code", NAMED["zalo_templates"])
def test_a_code_of_calls_that_are_not_made_loses_nothing(code: int) -> None:
    failure = zalo_oa.refused(code, NOW)
    assert (fate(failure), failure.our_fault) == ("waits", True)


@pytest.mark.parametrize("code", NAMED["zalo_oauth"])
def test_every_number_of_the_token_endpoint_is_a_refusal(code: int) -> None:
    body = {"error": code, "error_name": "x", "error_reason": "y", "error_description": "z"}
    with pytest.raises(oauth.OAuthRefused):
        oauth._read(json.dumps(body).encode())
