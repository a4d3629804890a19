"""What one message can carry (Bot API: sendMessage, InlineKeyboardButton, getFile)."""

from bot.delivery.ports import Limits

LIMITS = Limits(
    text=4096,
    choices=12,
    utf16=True,
    wants=frozenset({"phone"}),
    media_bytes=20_000_000,
)
"""More buttons would be taken; more than a dozen nobody reads. Text counts in UTF-16, as entities do."""
