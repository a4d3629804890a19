"""What one message can carry (Bot API: sendMessage, InlineKeyboardButton, getFile), and how many may be sent
(Bot FAQ; Bot API: allow_paid_broadcast)."""

from bot.delivery.ports import Limits
from bot.delivery.rates import Pacing

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

PACING = Pacing(amount=30, seconds=1, kept=6, chat_seconds=1, chat_burst=3)
"""About thirty a second for all, one a second for a chat; "short bursts" to a chat are let through."""

PAID_PACING = Pacing(amount=1000, seconds=1, kept=50, chat_seconds=1, chat_burst=3)
"""With `allow_paid_broadcast`: what goes beyond thirty a second costs Stars."""
