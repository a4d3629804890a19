"""`ntd content check` on the content that we ship."""

from __future__ import annotations

import re

from click.testing import CliRunner

from bot.commands.content import content


def test_our_content_is_in_order() -> None:
    result = CliRunner().invoke(content, ["check"])
    assert result.exit_code == 0, result.output
    assert re.search(r"26 topics, \d+ sub-cases, 2 provinces", result.stdout)


def test_whoever_reads_the_output_learns_what_is_not_shown() -> None:
    result = CliRunner().invoke(content, ["check"])
    assert "visitors in Chinese are not reviewed, so nobody is shown them" in result.stdout, result.output


def test_quiz_and_tips_are_checked_too() -> None:
    result = CliRunner().invoke(content, ["check"])
    assert re.search(r"[1-9]\d+ quiz questions, [1-9]\d+ tips", result.stdout), result.output
