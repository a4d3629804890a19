"""What one message of the chat page can carry."""

from bot.delivery.ports import Limits

LIMITS = Limits(text=4000, choices=12)
