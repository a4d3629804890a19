"""Moved: see `bot.delivery.transcript`."""

from bot.delivery.transcript import Author, Line, Said, add, since

__all__ = ["Author", "Line", "Said", "add", "since"]
