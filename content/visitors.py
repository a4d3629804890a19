"""Short texts for visitors who read neither Vietnamese nor English (`content/visitors/<language>.yml`): what
to do in an emergency and as a tourist, nothing else. Only what somebody who knows the language has reviewed
is ever loaded for the bot."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from content.schema import Fact, File, Text

Script = Literal["han", "hangul"]
"""The letters by which a message is known to be in the language."""


class VisitorSentence(Fact, frozen=True, kw_only=True):
    """A fact in a third language: `text` is what a visitor reads; `vi` and `en` say the same, for whoever
    checks it. `review` speaks of the advice itself, whatever the language."""

    text: str


class VisitorText(File, frozen=True, kw_only=True):
    """`reviewed` speaks of the language: the file counts only with the name of who read it and the day."""

    name: Text
    script: Script
    written_by: str
    reviewed: bool
    reviewed_by: str = ""
    reviewed_on: dt.date | None = None
    hotlines: tuple[str, ...]
    """Those whose numbers the sentences name."""
    sentences: tuple[VisitorSentence, ...]
    checked: dt.date

    @property
    def may_be_shown(self) -> bool:
        return self.reviewed and bool(self.reviewed_by.strip()) and self.reviewed_on is not None
