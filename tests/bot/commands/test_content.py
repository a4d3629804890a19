"""`ntd content check` on the content that we ship."""

from __future__ import annotations

from click.testing import CliRunner

from bot.commands.content import content


def test_our_content_is_in_order() -> None:
    result = CliRunner().invoke(content, ["check"])
    assert result.exit_code == 0, result.output
    assert "26 topics, 2 provinces" in result.stdout
