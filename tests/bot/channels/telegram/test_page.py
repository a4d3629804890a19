"""The table of errors that operators read is the table by which the channel acts; so are the commands."""

from __future__ import annotations

import re
from pathlib import Path

from bot.channels.telegram.client import SECONDS
from bot.channels.telegram.commands import MENU
from bot.channels.telegram.errors import RULES, Rule
from tests.bot.channels.telegram.stand import CATALOG

PAGE = Path(__file__).parents[4] / "docs" / "channels" / "telegram.md"
BROKEN = {
    "5xx": "500 to 599, in the platform's JSON",
    "unreachable": "no connection",
    "broken": "connection lost",
    "silent": f"no answer in {SECONDS:.0f} s",
    "garbled": "an answer that is no JSON of the platform's",
    "other": "any other",
}


def row(rule: Rule) -> str:
    error = BROKEN.get(rule.code, rule.code) + (f", says “{rule.says}”" if rule.says else "")
    marks = ("ours" if rule.our_fault else "", _yes(rule.stop), _yes(rule.whole_channel))
    cells = (error, rule.means, again(rule), *marks)
    return f"| {' | '.join(cells)} |"


def _yes(mark: bool) -> str:
    return "yes" if mark else ""


def again(rule: Rule) -> str:
    if rule.mend:
        return f"at once: {rule.mend}"
    if rule.uncertain:
        return "once, for it may have arrived"
    if not rule.retry:
        return "never"
    if rule.code == "429":
        return "after the seconds that the platform asks for"
    return f"for a day, after {rule.retry_after:.0f} s" if rule.retry_after else "for a day"


def test_every_error_stands_on_the_page_as_it_is_acted_upon() -> None:
    found = re.findall(r"^\| .*\|$", PAGE.read_text("utf-8").partition("## Errors")[2], re.MULTILINE)
    assert found[1:] == [row(rule) for rule in RULES]


def test_every_command_stands_on_the_page() -> None:
    page = PAGE.read_text("utf-8")
    for one in MENU:
        told = CATALOG.say("en", f"telegram.command_{one.key}")
        assert f"| `/{one.vi}` | `/{one.en}` | {told} |" in page
