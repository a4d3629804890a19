"""Settings and logs for a command, with errors as one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from bot.cases.directory import DirectoryError
from bot.log import configure
from bot.settings import Settings, SettingsError, read
from bot.storage.embedded import EmbeddedError
from bot.storage.migrate import MigrationError
from content.catalog import ContentError
from nlu.engines.linear import ModelError


def settings() -> Settings:
    try:
        found = read()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    configure(found.log_level, json=found.env == "production")
    return found


@contextmanager
def plain_errors() -> Iterator[None]:
    """What an operator can mend is said in one sentence, without a traceback."""
    try:
        yield
    except (EmbeddedError, MigrationError, ContentError, DirectoryError, ModelError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"The system refused: {error}") from error
