"""The `ntd` command. Heavy parts are imported by the command that needs them."""

from __future__ import annotations

import importlib
import sys

import click

_COMMANDS = {
    "serve": "bot.commands.serve:serve",
    "web": "bot.commands.serve:web",
    "worker": "bot.commands.serve:worker",
    "db": "bot.commands.db:db",
    "content": "bot.commands.content:content",
    "route": "bot.commands.route:route",
    "nlu": "bot.commands.nlu:nlu",
    "chat": "bot.commands.chat:chat",
    "officer": "bot.commands.officer:officer",
    "letters": "bot.commands.letters:letters",
    "handoff": "bot.commands.handoff:handoff",
    "zalo": "bot.commands.zalo:zalo",
    "doctor": "bot.commands.doctor:doctor",
}


class _Lazy(click.Group):
    """Imports a command's module only when it is asked for, so that `ntd nlu parse` starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Lazy)
@click.version_option("0.1.0", prog_name="ntd")
def cli() -> None:
    """Trợ lý Người tiêu dùng: chat, hand-off queue and campaigns for consumers of Vietnamese provinces.

    \b
    Examples:
      ntd serve --port 8000
      ntd chat --province thai-nguyen
      echo "e bi lua 5tr" | ntd nlu parse
      ntd route --province hung-yen --topic medicine
    """


def main() -> None:
    """Runs the command line: exit 2 and one sentence on stderr for wrong use, 1 for a failure."""
    try:
        cli.main(prog_name="ntd", standalone_mode=False)
    except click.UsageError as error:
        click.echo(f"{_sentence(error.format_message())}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(_sentence(error.format_message()), err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)


def _sentence(message: str) -> str:
    first = " ".join(message.split())
    return first if first.endswith((".", "?", "!")) else first + "."


if __name__ == "__main__":
    main()
