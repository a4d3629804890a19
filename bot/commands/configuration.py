"""Settings and logs for a command, with errors as one sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import click
from asyncpg import InvalidAuthorizationSpecificationError, InvalidPasswordError, PostgresError
from sqlalchemy.exc import DBAPIError

from bot.cases.directory import DirectoryError
from bot.log import configure
from bot.settings import Settings, SettingsError, read
from bot.storage.embedded import EmbeddedError
from bot.storage.migrate import MigrationError
from content.catalog import ContentError
from nlu.engines.network import ModelError


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
    except (OSError, DBAPIError, PostgresError) as error:
        raise click.ClickException(_refusal(error)) from error


def _refusal(error: OSError | DBAPIError | PostgresError) -> str:
    """What a disk or the database does not let us do, and where to look."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk of the data folder (NTD_DATA_DIR) is full: make room and start again."
    if isinstance(error, OSError) and error.filename:
        why = "it is a file, not a folder" if error.errno == errno.EEXIST else error.strerror
        return f"{error.filename} cannot be used ({why}): see to its rights, or set NTD_DATA_DIR."
    said = error.orig if isinstance(error, DBAPIError) and error.orig else error
    reason = str(said).splitlines()[0].rpartition(">: ")[2] if str(said) else type(said).__name__
    if isinstance(said, InvalidPasswordError | InvalidAuthorizationSpecificationError):
        return f"The database of DATABASE_URL refuses us ({reason}): mend user or password."
    return f"The database of DATABASE_URL cannot be used ({reason}): start it, or mend the address."
