"""What one consultation message can carry (OpenAPI v3.0, `message/cs`)."""

from bot.delivery.ports import Limits

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
