"""An emulator of the Zalo Bot Platform: Bot API, webhooks or polling, media, and people with phones.

    async with ZaloBot(clock=clock) as bot:
        settings: ZALO_BOT_API_URL = bot.url, ZALO_BOT_TOKEN = bot.account.token; media links: bot.media.url
        bot.updates.set_webhook(f"{product}/channels/zalo-bot", secret)     # or the product calls setWebhook
        lan = bot.phone("Lan")
        await lan.say("mua phải thuốc giả")
        answer = await lan.reply()          # Sent: text, kind, url, ...
        await lan.type_number(1)

`bot.account` holds what a test may set (plan, errors over HTTP 200 or not), `bot.updates` how events are
delivered (flat or wrapped, `photo` or `photo_url`, copies, order, retries), `bot.faults` what goes wrong
next, `bot.quota.used` the messages of this month, `bot.calls` what the product asked.
"""

from tests.support.zalo_bot.account import BotAccount, Person, Sent
from tests.support.zalo_bot.phone import Phone
from tests.support.zalo_bot.server import ZaloBot

__all__ = ["BotAccount", "Person", "Phone", "Sent", "ZaloBot"]
