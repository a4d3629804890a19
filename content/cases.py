"""Sub-cases of topics with what they take over from the scams; those are read when the first is spoken of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from msgspec.structs import replace

from content.case_schema import Case
from content.catalog import ROOT, ContentError, read
from content.suspicion import Scam


def whole(case: Case, known: Mapping[str, Scam] | None = None) -> Case:
    """The sub-case with title, signs and `do` of the scam that it names. Raises ContentError."""
    if case.scam is None:
        return case
    scam = (known or scams()).get(case.scam)
    if scam is None:
        raise ContentError(f"content/cases: scam {case.scam!r} is not in content/scams.yml.")
    return replace(
        case, title=case.title or scam.title, signs=case.signs or scam.signs, do=case.do or scam.now
    )


@cache
def scams() -> dict[str, Scam]:
    """What we ship. Raises ContentError."""
    return read(ROOT / "scams.yml", dict[str, Scam])
