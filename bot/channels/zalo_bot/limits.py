"""What one message can carry (Bot Platform, `sendMessage`), and how many may be sent."""

from bot.delivery.ports import Limits
from bot.delivery.rates import Pacing

TEXT = 2000
"""Characters of one message, all told."""

SENDER = 100
"""Of these are kept for the line that names the agency, where an officer speaks."""

LIMITS = Limits(text=TEXT - SENDER, choices=0, numbered=True, media_bytes=25_000_000)
"""There are no buttons. How large a person's file may be is not published."""

PACING = Pacing(amount=20, seconds=1, kept=5)
"""Our own choice, which the plan's fifty users do not reach: no rate is published, only that there is a code
for "too fast"."""
