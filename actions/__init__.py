"""What the bot can do: one module per action, each a pure function of a turn and the ports it needs.

`discover` finds them by folder: a module here that is not one of the named helpers must define `ACTION` with
the module's name, or the product does not start.
"""

from __future__ import annotations

import importlib
import pkgutil

from actions.contract import Action

_NOT_ACTIONS = {
    "contract",
    "ports",
    "wording",
    "places",
    "routing",
    "agencies",
    "form",
    "yes_no",
    "urgent_steps",
    "cases",
    "banks",
    "suspicious_words",
    "listings",
    "learning",
}


class ActionError(Exception):
    """A module under `actions/` does not keep the rules."""


def discover() -> dict[str, Action]:
    """All actions by name. Raises ActionError for a missing or misnamed ACTION, or two for the same act."""
    found: dict[str, Action] = {}
    owners: dict[str, str] = {}
    for info in pkgutil.iter_modules(__path__):
        if info.name in _NOT_ACTIONS:
            continue
        action = getattr(importlib.import_module(f"actions.{info.name}"), "ACTION", None)
        if not isinstance(action, Action) or action.name != info.name:
            raise ActionError(f"actions/{info.name}.py must define ACTION with the name {info.name!r}.")
        for trigger in [
            *(f"act {act}" for act in action.acts),
            *(f"choice {word}" for word in action.payloads),
        ]:
            if trigger in owners:
                raise ActionError(f"{trigger} leads both to {owners[trigger]} and to {action.name}.")
            owners[trigger] = action.name
        found[action.name] = action
    return found
