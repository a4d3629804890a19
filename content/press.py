"""What a press text is put together from besides the warnings themselves: `content/press.yml`."""

from __future__ import annotations

import re
from functools import cache

from content.catalog import ROOT, Catalog, read
from content.checks import fact_faults
from content.schema import Fact, File, Language, Text


class Danger(File, frozen=True):
    """What an entry of `content/dangers.yml` is called, and what whoever stands beside can do."""

    title: Text
    beside: Fact


class Press(File, frozen=True):
    not_topics: tuple[str, ...]
    dangers: dict[str, Danger]
    wording: dict[Language, tuple[tuple[str, str], ...]]
    """What the bot says to one person -> what a text for everybody says."""
    own: dict[Language, tuple[str, ...]]
    """Words of sentences that the bot says of itself."""

    def of_everybody(self, sentence: str, language: Language) -> str | None:
        """The sentence for the press; None for one that the bot says of itself."""
        if self.own[language] and re.search(_any(self.own[language]), sentence, re.IGNORECASE):
            return None
        pairs = dict(self.wording[language])
        if not pairs:
            return sentence

        def changed(found: re.Match[str]) -> str:
            told = pairs[found[0].lower()]
            return told[0].upper() + told[1:] if found[0][0].isupper() else told

        return re.sub(_any(pairs), changed, sentence, flags=re.IGNORECASE)


def _any(words: tuple[str, ...] | dict[str, str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)"


@cache
def press() -> Press:
    """What we ship. Raises ContentError."""
    return read(ROOT / "press.yml", Press)


def check(known: Press, catalog: Catalog) -> list[str]:
    """All faults; an empty list means that every danger has its title and every topic left out exists."""
    where = "content/press.yml"
    faults = [
        f"{where}: not_topics: there is no topic {id_!r}."
        for id_ in known.not_topics
        if id_ not in catalog.topics
    ]
    differing = sorted(known.dangers.keys() ^ catalog.dangers.keys())
    faults += [f"{where}: dangers: {id_!r} stands here or in dangers.yml alone." for id_ in differing]
    return faults + [
        f"{where}: dangers: {id_}: {fault}"
        for id_, danger in known.dangers.items()
        for fault in fact_faults(catalog, danger.beside)
    ]
