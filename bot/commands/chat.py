"""`ntd chat`: a conversation in the terminal, or a script played against the real stack."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bot.commands.configuration import plain_errors
from content.catalog import province_ids


@click.command()
@click.option(
    "--province", type=click.Choice(province_ids()), help="Where the person lives; otherwise the bot asks."
)
@click.option("--channel", default="web", show_default=True, help="Whose limits and choices apply.")
@click.option(
    "--script", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Play this YAML file."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per turn.")
def chat(province: str | None, channel: str, script: Path | None, as_json: bool) -> None:
    """Talks with the bot on a throw-away database.

    \b
    Examples:
      ntd chat --province thai-nguyen
      ntd chat --script tests/conversations/fake_medicine.yml
    """
    from bot.log import configure
    from bot.player.script import ScriptError, read_script
    from bot.player.terminal import play_file, talk

    configure("ERROR", json=False)
    with plain_errors():
        try:
            if script is not None:
                asyncio.run(play_file(read_script(script, province, channel), as_json=True))
            else:
                asyncio.run(talk(province, channel, as_json=as_json))
        except ScriptError as error:
            raise click.ClickException(str(error)) from error
