"""A Telegram of our own: a real HTTP server that answers as the Bot API does, and phones that talk to a bot.

    async with TelegramEmulator() as telegram:
        ...                               # the bot under test, with `telegram.settings` in its environment;
                                          # by getUpdates or with a webhook
        lan = telegram.phone(first_name="Lan")
        lan.start()                       # everything a phone does becomes an update for the bot
        lan.say("mua phai thuoc gia")
        answer = await lan.hears("Ngừng dùng thuốc")     # .text .labels .message
        lan.press("Thái Nguyên")          # an inline button or one of the reply keyboard
        lan.send_photo(); lan.share_contact(); lan.share_location(21.59, 105.84); lan.block()

`telegram.calls` holds every call with its answer. `telegram.faults` makes the next calls fail, hang or lose
their answer; `telegram.rates = Rates()` switches the limits of sending on; `telegram.updates.repeat` and
`.shuffled()` disturb what the bot gets; `telegram.phone(...)`, `telegram.group(...)` make people and groups.
`webhook_pace=0.01` shortens the waits between repeats of a webhook to a hundredth.

Where it differs from the platform: lengths count UTF-16 units (an emoji is two: the stricter reading),
`HTML` is the only parse mode, files are not fetched from addresses, and a webhook may be plain http to here.
"""

from tests.support.telegram.faults import Faults
from tests.support.telegram.phone import Phone, Received
from tests.support.telegram.rates import Rates
from tests.support.telegram.server import TelegramEmulator

__all__ = ["Faults", "Phone", "Rates", "Received", "TelegramEmulator"]
