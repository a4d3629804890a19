"""What one message can carry (Bot Platform, `sendMessage`)."""

from bot.delivery.ports import Limits

TEXT = 2000
"""Characters of one message, all told."""

SENDER = 100
"""Of these are kept for the line that names the agency, where an officer speaks."""

LIMITS = Limits(text=TEXT - SENDER, choices=0, numbered=True, media_bytes=25_000_000)
"""There are no buttons. How large a person's file may be is not published."""
