"""The officers' pages. `build` gives the router; only the composition root calls it."""

from bot.console.build import build

__all__ = ["build"]
