"""`ntd nlu train` and `ntd nlu inbox`: learning from examples, and from what officers labelled."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from content.catalog import Catalog
    from nlu.train import Trained


class _Worse(click.ClickException):
    """The new model was not taken."""


@click.command(epilog="Examples: ntd nlu train · ntd nlu train --data my-examples/ --out my-model.npz")
@click.option("--data", type=click.Path(exists=True, path_type=Path), help="A folder of Rasa NLU YAML.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the model file goes.")
@click.option(
    "--inbox",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Labelled sentences to learn beside the data; without --data those of the data folder, if any.",
)
@click.option(
    "--frozen",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Sentences on which the new model may not be worse (JSON lines as for eval); default: this clone's.",
)
@click.option("--force", is_flag=True, help="Replace the present model without comparing.")
@click.option(
    "--afresh",
    is_flag=True,
    help="As set-up does it: the data's own model always, with the inbox only if that is not worse.",
)
def train(
    data: Path | None,
    out: Path | None,
    *,
    inbox: Path | None,
    frozen: tuple[Path, ...],
    force: bool,
    afresh: bool,
) -> None:
    """Train a model; without options from nlu/data, where the set-up keeps it. A model that is worse on the
    frozen sentences than the present one does not replace it."""
    from content.catalog import load
    from nlu.pipeline import DATA

    training = _Training(load(), data or DATA, out, frozen)
    labelled = inbox or (_labelled() if data is None else None)
    if afresh:
        training.run(None, force=True)
        if labelled is not None:
            try:
                training.run(labelled)
            except click.ClickException as error:
                click.echo(f"Without {labelled}: {error.format_message()}", err=True)
        return
    training.run(labelled, force=force)


@click.command(epilog="Examples: ntd nlu inbox · ntd nlu inbox --out labelled.yml")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Another file than the one that training reads (nlu/inbox.yml in the data folder).",
)
def inbox(out: Path | None) -> None:
    """Write what officers labelled as Rasa NLU YAML; `ntd nlu train` learns it beside nlu/data."""
    import asyncio

    from bot.clock import SystemClock
    from bot.commands.configuration import plain_errors, settings
    from bot.commands.reach import database_url
    from bot.learning.inbox import export, file_of
    from bot.storage.database import Database
    from bot.storage.vault import Vault, key_ring

    configured = settings()
    file = out or file_of(configured.data_dir)

    async def write() -> int:
        async with database_url(configured) as url:
            database = Database(url, pool_size=1)
            try:
                vault = Vault(key_ring(configured.keys, configured.data_dir))
                return await export(database, vault, file, SystemClock().now())
            finally:
                await database.close()

    with plain_errors():
        count = asyncio.run(write())
    click.echo(f"{count} labelled sentences in {file}." if count else "Nothing is labelled yet.")


class _Training:
    """Trains beside the present model, and moves the new one into its place if it may."""

    def __init__(self, catalog: Catalog, data: Path, out: Path | None, frozen: Sequence[Path]) -> None:
        from nlu.gate import FROZEN

        self._catalog, self._data = catalog, data
        self._out = out or _place()
        self._looks_everywhere = out is None
        self._frozen = frozen or [file for file in FROZEN if file.exists()]

    def run(self, labelled: Path | None, *, force: bool = False) -> None:
        """Raises click.ClickException."""
        from nlu.rasa_format import DataError
        from nlu.train import train

        more = [labelled] if labelled is not None else []
        fresh = self._out.with_name(f"{self._out.name}.new")
        try:
            _refuse_unknown_topics(labelled, self._catalog)
            trained = train(self._data, fresh, self._catalog, *more)
            present = None if force else self._present()
            if present is not None:
                self._compare(present, fresh)
            fresh.replace(self._out)
        except DataError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}.") from error
        finally:
            fresh.unlink(missing_ok=True)
        click.echo(_told(trained))

    def _present(self) -> Path | None:
        """The model that the new one would take the place of."""
        if not self._looks_everywhere:
            return self._out if self._out.exists() else None
        return present_model()

    def _compare(self, present: Path, fresh: Path) -> None:
        from nlu import gate
        from nlu.pipeline import build

        if not self._frozen:
            click.echo("Not compared with the present model: name sentences with --frozen FILE.", err=True)
            return
        sets, pipeline = gate.read(self._frozen), build(self._catalog, None)
        try:
            pipeline.engine = pipeline.load_engine(present)
            before = gate.figures(pipeline, sets)
        except Exception as error:
            click.echo(f"The present model cannot be used ({error}): it is replaced.", err=True)
            return
        pipeline.engine = pipeline.load_engine(fresh)
        worse = gate.worse(before, gate.figures(pipeline, sets))
        if worse:
            figures = ", ".join(str(one) for one in worse)
            raise _Worse(
                f"{present} stays, for the new model is worse: {figures} (--force takes it all the same)."
            )


def present_model() -> Path | None:
    """The model that a running product answers with."""
    from bot.learning.model import newest, places
    from bot.settings import data_dir

    found = newest(places(data_dir()))
    return found.file if found else None


def _place() -> Path:
    """Where set-up keeps it; in the data folder where the program's own files may not be written."""
    from bot.learning.model import places
    from bot.settings import data_dir

    package, data = places(data_dir())
    there = package.parent if package.parent.exists() else package.parent.parent
    return package if there.is_dir() and os.access(there, os.W_OK) else data


def _labelled() -> Path | None:
    from bot.learning.inbox import file_of
    from bot.settings import data_dir

    file = file_of(data_dir())
    return file if file.exists() else None


def _refuse_unknown_topics(labelled: Path | None, catalog: Catalog) -> None:
    """Raises rasa_format.DataError for labels of matters that the content no longer has."""
    from nlu.intents import split
    from nlu.rasa_format import DataError, read

    if labelled is None:
        return
    named = {example.intent: split(example.intent) for example in read(labelled)}
    unknown = [
        intent for intent, own in named.items() if own is None or own[1] not in (None, *catalog.topics)
    ]
    if unknown:
        raise DataError(f"{labelled}: there is no such act and topic as {', '.join(sorted(unknown))}.")


def _told(trained: Trained) -> str:
    return (
        f"trained on {trained.sentences} sentences, {trained.features} features; "
        f"{trained.accuracy:.1%} right on sentences held out."
    )
