"""What `ntd doctor --live` says, asked of a platform that answers."""

from __future__ import annotations

import pytest

from tests.bot.channels.telegram.stand import alone
from tests.support.telegram import TelegramEmulator
from tests.support.telegram.webhook import Address
from tests.support.telegram.wire import Refusal

URL = "https://tieudung.example"


async def findings(telegram: TelegramEmulator, **settings: str) -> list[tuple[str, str]]:
    async with alone(telegram, **settings) as channel:
        return list(await channel.check())


async def test_a_bot_that_asks_for_updates(telegram: TelegramEmulator) -> None:
    found = await findings(telegram)
    assert found[0] == ("ok", "Telegram: @ntd_emulated_bot answers.")
    assert [level for level, _ in found] == ["ok", "warn", "ok"]
    assert "/setjoingroups" in found[1][1]
    await telegram.webhook.set(Address("https://elsewhere.example/x"))
    assert (await findings(telegram))[-1][0] == "warn"


async def test_a_webhook_is_compared_with_our_address(telegram: TelegramEmulator) -> None:
    assert "nowhere" in (await findings(telegram, public_url=URL))[-1][1]
    await telegram.webhook.set(Address("https://elsewhere.example/x"))
    level, said = (await findings(telegram, public_url=URL))[-1]
    assert (level, "another address" in said, "elsewhere" in said) == ("fail", True, False)
    await telegram.webhook.set(Address(f"{URL}/channels/telegram"))
    assert (await findings(telegram, public_url=URL + "/"))[-1][0] == "ok"


async def test_what_waits_and_what_was_not_delivered_is_told(telegram: TelegramEmulator) -> None:
    await telegram.webhook.set(Address(f"{URL}/channels/telegram"))
    await telegram.webhook.stop()
    telegram.webhook.last_error = "Wrong response from the webhook: 401 Unauthorized"
    telegram.updates.listener = None
    for number in range(101):
        telegram.updates.add("message", {}, number)
    told = [said for level, said in await findings(telegram, public_url=URL) if level == "warn"]
    assert any("101 updates wait" in said for said in told)
    assert any("401 Unauthorized" in said for said in told)


@pytest.mark.parametrize(
    ("refusal", "said"), [(Refusal(401, "Unauthorized"), "token"), (Refusal(404, "Not Found"), "token")]
)
async def test_a_token_that_is_not_accepted(telegram: TelegramEmulator, refusal: Refusal, said: str) -> None:
    telegram.faults.refuse(refusal, "getMe")
    [(level, told)] = await findings(telegram)
    assert level == "fail"
    assert said in told


async def test_no_connection_says_what_to_try(telegram: TelegramEmulator) -> None:
    [(_, told)] = await findings(telegram, telegram_api_url="http://127.0.0.1:1")
    assert "set HTTP_PROXY_URL" in told
    [(_, told)] = await findings(telegram, http_proxy_url="http://127.0.0.1:1")
    assert "Check HTTP_PROXY_URL" in told
