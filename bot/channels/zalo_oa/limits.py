"""What one consultation message can carry (OpenAPI v3.0, `message/cs`), how many may be sent, and when."""

import datetime as dt

from bot.delivery.ports import Limits
from bot.delivery.rates import Pacing

CHANNEL = "zalo"
"""Its name everywhere in the product."""

LIMITS = Limits(
    text=2000,
    choices=5,
    numbered=True,
    wants=frozenset({"phone"}),
    want_apart=True,
    media_bytes=25_000_000,
)
"""Buttons are shown in the mobile app only: so the choices stand numbered in the text, too. The request for
contact data is a template of its own. How large a person's file may be is not published."""

TITLE = 100
"""Characters of a button's title."""

FREE = dt.timedelta(hours=48)
"""Since the person last wrote: afterwards a message costs money, after seven days it is refused (-230, -232;
it then waits for the person's next message)."""

PACINGS = {
    "growth": Pacing(amount=100, seconds=60, kept=10, bulk_within=FREE),
    "comprehensive": Pacing(amount=2000, seconds=60, kept=100, bulk_within=FREE),
}
"""Calls a minute by package, Tăng trưởng and Toàn diện; no other may send through the OpenAPI."""
