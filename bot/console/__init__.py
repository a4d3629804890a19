"""The officers' pages. `build` gives the routes; only the composition root calls it."""

from bot.console.build import build

__all__ = ["build"]
