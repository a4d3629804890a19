"""An emulator of Zalo Official Account: OpenAPI, OAuth v4, webhooks, media, and people with phones.

    async with ZaloOA(clock=clock, webhook_url=f"{product}/channels/zalo-oa") as oa:
        pair = oa.oauth.issue()             # pair.access, pair.refresh (as from the console's API Explorer)
        settings: ZALO_API_URL = ZALO_OAUTH_URL = oa.url; media links point to oa.media.url
                  ZALO_APP_ID, ... = oa.account.app_id, .app_secret, .oa_secret_key
        lan = oa.phone("Lan")
        await lan.say("mua phải thuốc giả")
        answer = await lan.reply()          # Sent: text, kind, buttons, data (an uploaded image), ...
        await lan.press(answer.buttons[0])

`oa.account` holds what a test may set (state agency, package, windows, night, quota), `oa.faults` what goes
wrong next, `oa.webhook` how events are delivered, `oa.events` builds the events no phone causes, `oa.calls`
is what the product asked. Person states: `lan.person.refuses = -217`.
"""

from tests.support.zalo_oa.account import BUSINESS, STATE_AGENCY, Account, Button, Person, Sent
from tests.support.zalo_oa.phone import Phone
from tests.support.zalo_oa.server import ZaloOA

__all__ = ["BUSINESS", "STATE_AGENCY", "Account", "Button", "Person", "Phone", "Sent", "ZaloOA"]
