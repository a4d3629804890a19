"""What one message can carry (Bot API: sendMessage, InlineKeyboardButton, getFile)."""

from bot.delivery.ports import Limits

MESSAGE_UNITS = 4096
CAPTION_UNITS = 1024
"""UTF-16 code units, after entities are parsed."""

CALLBACK_BYTES = 64

LIMITS = Limits(
    text=MESSAGE_UNITS - 256,
    choices=12,
    utf16=True,
    wants=frozenset({"phone"}),
    media_bytes=20_000_000,
)
"""More buttons would be taken; more than a dozen nobody reads. The rest of a message's length is kept for the
name of the agency that speaks. `media_bytes` is what getFile gives out."""
