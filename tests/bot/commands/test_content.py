"""`ntd content check` on the content that we ship."""

from __future__ import annotations

import re

from click.testing import CliRunner

from bot.commands.content import content


def test_our_content_is_in_order() -> None:
    result = CliRunner().invoke(content, ["check"])
    assert result.exit_code == 0, result.output
    assert "26 topics, 2 provinces" in result.stdout


def test_quiz_and_tips_are_checked_too() -> None:
    result = CliRunner().invoke(content, ["check"])
    assert re.search(r"[1-9]\d+ quiz questions, [1-9]\d+ tips", result.stdout), result.output
