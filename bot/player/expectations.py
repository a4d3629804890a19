"""Whether a turn led to what its script expects."""

from __future__ import annotations

from typing import Any

from bot.player.script import Expectation, ScriptError
from nlu.steps.fold import fold


def check(expected: Expectation, told: dict[str, Any]) -> None:
    """Raises ScriptError that names the first difference and shows what was said."""
    for name in ("act", "topic", "urgent"):
        wanted = getattr(expected, name)
        if wanted is not None and told.get(name) != wanted:
            _differs(f"{name} is {told.get(name)!r} and not {wanted!r}", told)
    said = fold(" ".join(reply["text"] for reply in told.get("replies", ())))
    labels = [fold(c["label"]) for reply in told.get("replies", ()) for c in reply["choices"]]
    for phrase in expected.says:
        if fold(phrase) not in said:
            _differs(f"nothing says {phrase!r}", told)
    for phrase in expected.never_says:
        if fold(phrase) in said:
            _differs(f"something says {phrase!r}", told)
    for label in expected.choices:
        if not any(fold(label) in offered for offered in labels):
            _differs(f"no choice {label!r}", told)
    if expected.replies is not None and len(told.get("replies", ())) != expected.replies:
        _differs(f"{len(told['replies'])} replies and not {expected.replies}", told)
    if expected.complaint is not None:
        _check_complaint(expected.complaint, told)


def _check_complaint(wanted: dict[str, Any], told: dict[str, Any]) -> None:
    found = told.get("complaint")
    if wanted.get("none"):
        if found is not None:
            _differs("there is a complaint", told)
        return
    if found is None:
        _differs("there is no complaint", told)
    for path, value, actual in _pairs(wanted, found, "complaint"):
        if value != actual:
            _differs(f"{path} is {actual!r} and not {value!r}", told)


def _pairs(wanted: Any, found: Any, path: str) -> list[tuple[str, Any, Any]]:
    """Every leaf of what is wanted beside what was found; a list must hold the wanted entries, in any order,
    and no others."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [
            leaf for key, value in wanted.items() for leaf in _pairs(value, found.get(key), f"{path}.{key}")
        ]
    if isinstance(wanted, list) and isinstance(found, list) and wanted and isinstance(wanted[0], dict):
        held = [
            (f"{path} with {entry}", True, any(_holds(entry, candidate) for candidate in found))
            for entry in wanted
        ]
        return [*held, (f"length of {path}", len(wanted), len(found))]
    if isinstance(wanted, str) and isinstance(found, str):
        return [(path, fold(wanted), fold(found))]
    return [(path, wanted, found)]


def _holds(wanted: Any, found: Any) -> bool:
    return all(value == actual for _, value, actual in _pairs(wanted, found, ""))


def _differs(what: str, told: dict[str, Any]) -> None:
    said = "\n---\n".join(
        reply["text"] + "".join(f"\n  [{choice['label']}]" for choice in reply["choices"])
        for reply in told.get("replies", ())
    )
    raise ScriptError(f"{what}.\nUser: {told.get('user')}\nBot: {said}")
