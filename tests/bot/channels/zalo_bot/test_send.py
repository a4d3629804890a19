"""The way out: each error of the platform, the ways a call can break, and what nobody may ever read."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import io
import logging
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from bot import log
from bot.channels.zalo_bot.client import Client
from bot.channels.zalo_bot.errors import MONTH_USED_UP, RULES, ApiError, Rule, rule_for
from bot.channels.zalo_bot.limits import LIMITS
from bot.channels.zalo_bot.send import shown
from bot.delivery.fit import fit
from bot.delivery.ports import Outgoing, OutgoingChoice, SendFailed
from bot.delivery.verdict import MAX_ATTEMPTS
from tests.bot.channels.zalo_bot.stand import Stand
from tests.support.zalo_bot import Phone

HELLO = Outgoing("Chào bạn, đây là tin thử.")


async def known(shared: Stand, name: str = "Lan") -> Phone:
    """Somebody who has written, and has read the answer."""
    phone = shared.bot.phone(name)
    await phone.say("xin chào")
    await phone.reply()
    await shared.settle()
    return phone


async def failure(shared: Stand, address: str, message: Outgoing = HELLO) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await shared.channel.send(address, message, 1)
    return caught.value


async def test_a_message_arrives_as_it_was_written(shared: Stand) -> None:
    lan = await known(shared)
    text = "Giá {red}5 triệu{/red} <b>*đậm*</b> & [liên kết](x)"
    message_id = await shared.channel.send(lan.id, Outgoing(text), 1)
    assert lan.inbox[-1].text == text
    assert lan.inbox[-1].parse_mode is None
    assert lan.inbox[-1].message_id == message_id


async def test_an_officer_s_words_are_shown_as_the_agency_s(shared: Stand) -> None:
    lan = await known(shared)
    await shared.channel.send(lan.id, Outgoing("Chúng tôi đã nhận hồ sơ.", sender="Sở Y tế"), 1)
    assert lan.inbox[-1].text == "Sở Y tế:\nChúng tôi đã nhận hồ sơ."
    await shared.channel.send(lan.id, Outgoing("Sở Y tế trả lời phản ánh.", sender="Sở Y tế"), 2)
    assert lan.inbox[-1].text == "Sở Y tế trả lời phản ánh."


async def test_the_longest_piece_has_room_for_the_agency_s_name(shared: Stand) -> None:
    lan = await known(shared)
    long = Outgoing(
        "Một câu dài. " * 700, tuple(OutgoingChoice(f"Mục {n}", f"m:{n}") for n in range(12)), "S" * 300
    )
    pieces = fit(long, LIMITS)
    assert len(pieces) > 4
    for number, piece in enumerate(pieces):
        await shared.channel.send(lan.id, piece, number)
        assert len(lan.inbox[-1].text) <= 2000
    assert lan.inbox[-1].text.endswith("12. Mục 11")


def test_letters_are_composed_before_they_are_sent() -> None:
    assert shown(Outgoing("Hưng Ye\u0302n")) == "Hưng Yên"


async def test_a_picture_is_left_out_and_its_caption_sent(shared: Stand) -> None:
    lan = await known(shared)
    await shared.channel.send(lan.id, Outgoing("Ngày 15 tháng 3", picture=b"\x89PNG"), 1)
    assert (lan.inbox[-1].kind, lan.inbox[-1].text) == ("text", "Ngày 15 tháng 3")
    assert (await failure(shared, lan.id, Outgoing("", picture=b"\x89PNG"))).our_fault


CASES = [
    (rule.code, " ".join(rule.says), rule)
    for rule in RULES
    if rule.code.isdigit() and rule is not MONTH_USED_UP
]
CASES += [("500", "", rule_for(ApiError("5xx"))), ("418", "", rule_for(ApiError("other")))]


@pytest.mark.parametrize("over_200", [True, False])
@pytest.mark.parametrize(("code", "says", "rule"), CASES, ids=lambda value: str(value)[:12])
async def test_each_error_is_mapped(shared: Stand, code: str, says: str, rule: Rule, over_200: bool) -> None:
    lan = await known(shared)
    shared.bot.account.errors_over_200 = over_200
    shared.bot.faults.error(int(code), says or "Unexpected", where="sendMessage")
    found = await failure(shared, lan.id)
    assert found.reason == rule.means
    for name in ("retry", "our_fault", "stop", "uncertain", "hold", "retry_after", "whole_channel"):
        assert getattr(found, name) == getattr(rule, name), name


BREAKS: dict[str, tuple[Callable[[Any], None], str]] = {
    "dropped answer": (lambda faults: faults.drop_answer(where="sendMessage"), "broken"),
    "cut before": (lambda faults: faults.cut(where="sendMessage"), "broken"),
    "late answer": (lambda faults: faults.delay(2, where="sendMessage"), "silent"),
    "gateway": (lambda faults: faults.status(502, where="sendMessage"), "5xx"),
    "busy gateway": (lambda faults: faults.status(503, where="sendMessage"), "unreachable"),
    "firewall": (lambda faults: faults.status(403, where="sendMessage"), "other"),
    "no JSON": (lambda faults: faults.garbage(where="sendMessage"), "garbled"),
    "other JSON": (lambda faults: faults.garbage(where="sendMessage", text='{"error":0}'), "garbled"),
}


@pytest.mark.parametrize("name", BREAKS)
async def test_each_broken_call_is_mapped(shared: Stand, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lan = await known(shared)
    order, code = BREAKS[name]
    order(shared.bot.faults)
    monkeypatch.setitem(Client.call.__kwdefaults__ or {}, "seconds", 0.3)
    found = await failure(shared, lan.id)
    rule = rule_for(ApiError(code))
    assert (found.reason, found.retry, found.uncertain) == (rule.means, rule.retry, rule.uncertain)


async def test_nobody_there_means_not_sent(shared: Stand) -> None:
    client = Client("http://127.0.0.1:1", "1:x")
    with pytest.raises(ApiError) as caught:
        await client.call("sendMessage")
    await client.close()
    assert caught.value.code == "unreachable"
    assert not rule_for(caught.value).uncertain


async def test_a_person_who_cannot_be_written_to_gets_it_after_their_next_message(shared: Stand) -> None:
    lan = await known(shared)
    lan.person.refuses = 403
    await lan.say("xin chào")
    await shared.settle()
    assert (await shared.deliveries())[-1].held
    lan.person.refuses = None
    before = len(lan.inbox)
    await lan.say("xin chào")
    await shared.settle()
    assert len(lan.inbox) == before + 2


async def test_a_chat_that_is_gone_is_written_to_no_more(shared: Stand) -> None:
    lan = await known(shared)
    shared.bot.faults.error(404, "Not Found: chat not found", where="sendMessage")
    await lan.say("xin chào")
    await shared.settle()
    assert (await shared.deliveries())[-1].state == "stopped" or (await shared.deliveries())[
        -1
    ].state == "refused"
    await lan.say("xin chào")
    await shared.settle()
    assert (await shared.deliveries())[-1].state == "sent", "whoever writes again is answered again"


async def test_a_busy_platform_is_asked_again(shared: Stand) -> None:
    shared.bot.faults.error(403, "Internal server error", times=2, where="sendMessage")
    lan = shared.bot.phone()
    await lan.say("xin chào")
    await shared.settle()
    assert lan.inbox == []
    for _ in range(MAX_ATTEMPTS):
        if lan.inbox:
            break
        shared.clock.move(dt.timedelta(minutes=5))
        await shared.product.dispatcher.run_due()
    assert len(lan.inbox) == 1


SECRETS = ["made-up-bot-token", "123456789012345", "/bot123"]


async def test_the_token_is_in_no_log_and_in_no_exception(
    shared: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every way to fail, with all logs of all libraries on: httpx writes each address at INFO."""
    written = io.StringIO()
    with all_logs(written):
        lan = shared.bot.phone("Lan Bí Mật")
        await lan.say("xin chào, câu bí mật")
        await shared.settle()
        shown_errors = [await told(shared, lan.id, order) for order in every_failure(shared)]
        shared.bot.account.token = "999:other"
        shown_errors.append(await told(shared, lan.id, lambda: None))
        logging.getLogger("httpx").info("the log is on")
    everything = written.getvalue() + "".join(shown_errors)
    assert "the log is on" in everything
    assert "send_failed" in written.getvalue()
    for secret in [*SECRETS, lan.id, "câu bí mật", "Lan Bí Mật", "đây là tin thử"]:
        assert secret not in everything, secret


def every_failure(shared: Stand) -> list[Callable[[], None]]:
    faults = shared.bot.faults
    codes = (400, 401, 403, 404, 408, 429, 500, 999)
    orders: list[Callable[[], None]] = [
        functools.partial(faults.error, code, f"quoting {HELLO.text}", where="sendMessage") for code in codes
    ]
    return orders + [
        lambda order=order: order(faults) for name, (order, _) in BREAKS.items() if name != "late answer"
    ]


async def told(shared: Stand, address: str, order: Callable[[], None]) -> str:
    """All that anybody could print of the failure."""
    order()
    found = await failure(shared, address)
    chain: list[BaseException] = [found]
    while chain[-1].__context__ or chain[-1].__cause__:
        chain.append(chain[-1].__cause__ or chain[-1].__context__)  # type: ignore[arg-type]
    words = [repr(error) + str(error) + "".join(map(repr, error.args)) for error in chain]
    structlog.get_logger("test").warning("send_failed", exc_info=found)
    return "".join([*words, *traceback.format_exception(found)])


@contextlib.contextmanager
def all_logs(written: io.StringIO) -> Any:
    """As `ntd serve` would log, but with every library at DEBUG."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stderr, sys.stderr = sys.stderr, written
    try:
        log.configure("DEBUG", json=True)
        for noisy in ("httpx", "httpcore", "asyncio"):
            logging.getLogger(noisy).setLevel(logging.DEBUG)
        yield
    finally:
        sys.stderr = stderr
        structlog.reset_defaults()
        root.handlers[:] = before
        root.setLevel(level)
