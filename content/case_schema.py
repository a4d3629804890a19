"""The shape of `content/cases/<topic>.yml`: what is said where people of one topic differ."""

from __future__ import annotations

import datetime as dt

from content.schema import Fact, File, Language, Text


class Case(File, frozen=True, kw_only=True):
    """A sub-case of a topic, where people differ: one scam, one kind of poisoning, one platform.

    Told by any of `phrases`: written with diacritics and matched without them too, `*` for up to three words
    and `#` for a number, as in `content/lexicon/conditions.yml`. Empty parts are taken from the topic.
    """

    title: Text | None = None
    scam: str | None = None
    """The entry of `content/scams.yml` that has its title, signs and `do`."""
    phrases: tuple[str, ...]
    signs: tuple[Fact, ...] = ()
    """How one knows that it is this; the first two stand on the first screen."""
    do: tuple[Fact, ...] = ()
    """What to do while nothing is lost and nobody is in danger, at most three."""
    steps: tuple[Fact, ...] = ()
    """The first 30 minutes, at most three: stands in the place of the topic's urgent steps."""
    keep: tuple[Fact, ...] = ()
    avoid: tuple[Fact, ...] = ()
    rights: tuple[Fact, ...] = ()
    call: tuple[str, ...] = ()
    call_if: Text | None = None
    """When to call, said beside the number: where the number alone would alarm too many."""
    bank_first: bool = True
    """False: here somebody else than the bank is called first, whatever the topic says."""
    offered: bool = False
    """Among the choices of "which of these is it?"."""
    spoken: Language | None = None
    """Whoever talks in this language is meant too, where no phrase tells of another sub-case."""
    checked: dt.date
