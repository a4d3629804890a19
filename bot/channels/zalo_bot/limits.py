"""What one message can carry (Bot Platform, `sendMessage`)."""

from bot.delivery.ports import Limits

LIMITS = Limits(text=2000, choices=0, numbered=True, media_bytes=25_000_000)
"""There are no buttons. How large a person's file may be is not published."""
