"""The verdicts as a table for people."""

from __future__ import annotations

from scripts.faults.verdict import Verdict

MARKS = {True: "kept", False: "BROKEN", None: ""}


def shown(title: str, verdicts: list[Verdict]) -> str:
    lines = [f"\n## {title}\n", "| promise | what | measured | |", "|---|---|---|---|"]
    lines += [f"| {v.promise} | {v.what} | {v.measured} | {MARKS[v.kept]} |" for v in verdicts]
    return "\n".join(lines)
