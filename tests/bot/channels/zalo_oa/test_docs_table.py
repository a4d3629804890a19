"""The table of errors in the docs is the table of the code."""

from __future__ import annotations

import re
from pathlib import Path

from bot.channels.zalo_oa.errors import (
    ASSET_EXPIRED,
    OTHER_PATH,
    RULES,
    SENDING_FAILED,
    TOKEN_DEAD,
    UNKNOWN,
    Rule,
    Then,
)

PAGE = Path(__file__).parents[4] / "docs" / "channels" / "zalo-oa.md"

WORDS = {
    Then.HOLD: "waits for the person's next message",
    Then.STOP: "never",
    Then.DROP: "never",
    Then.TOMORROW: "after midnight in Viet Nam",
    Then.MORNING: "waits for the person's next message; a broadcast goes after 06:05",
}
AT_FIRST = (
    dict.fromkeys(TOKEN_DEAD, "the token is renewed and the call repeated; then ")
    | dict.fromkeys(OTHER_PATH, "the other path is tried and remembered; then ")
    | {ASSET_EXPIRED: "uploaded again and repeated; then ", SENDING_FAILED: "twice at once; then "}
)


def again(code: int | None, rule: Rule) -> str:
    first = AT_FIRST.get(code, "") if code is not None else ""
    if rule.then is Then.RETRY:
        return f"{first}for a day, after {rule.pause:.0f} s"
    return first + WORDS[rule.then]


def row(code: int | None, rule: Rule) -> tuple[str, ...]:
    shown = "any other" if code is None else str(code)
    marks = (rule.then is Then.STOP, rule.whole_channel)
    ours = "ours" if rule.our_fault else ""
    return shown, rule.meaning, again(code, rule), ours, *("yes" if mark else "" for mark in marks)


def test_every_code_and_nothing_else() -> None:
    section = PAGE.read_text("utf-8").partition("## Errors")[2].partition("### ")[0]
    lines = re.findall(r"^\| (-\d+|any other) \|(.*)\|$", section, re.MULTILINE)
    told = {(code, *(cell.strip() for cell in rest.split("|"))) for code, rest in lines}
    assert told == {row(code, rule) for code, rule in RULES.items()} | {row(None, UNKNOWN)}
    assert len(lines) == len(RULES) + 1
