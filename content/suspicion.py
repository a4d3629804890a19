"""What the check of suspicious messages knows: scams, signs, addresses, numbers.

`suspicion()` reads the files once in a process.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from content.catalog import ROOT, read
from content.schema import Fact, File, Text

OPERATORS_LIST = "official_domains.yml"
"""A file of this name in the data folder: names and addresses that an operator knows to be official."""


class Scam(File, frozen=True, kw_only=True):
    """A known scam (`content/scams.yml`). A text is its when a phrase of every line of `says` stands in it.

    Phrases are folded and match whole words.
    """

    title: Text
    signs: tuple[Fact, ...]
    """How it is known, for people to read: at most three are shown."""
    says: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...] = ()
    """Phrases with which honest senders warn of the same thing: then it is not this scam."""
    now: tuple[Fact, ...]
    """What to do, at most three steps, for somebody who has lost nothing yet."""
    topic: str = "bank_fraud"
    sources: tuple[str, ...]
    checked: dt.date


class Sign(File, frozen=True, kw_only=True):
    """Something that any scam may do (`content/signs.yml`): found by its phrases, told in `words`.

    Where `about` is given, one of those phrases must stand in the text too; none of `unless` may.
    """

    words: Fact
    phrases: tuple[str, ...]
    about: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    grave: bool = False
    """Honest senders hardly ever do it: one such sign is enough to warn of."""
    checked: dt.date


class Official(File, frozen=True, kw_only=True):
    """A body that scammers pretend to be (`content/lookalikes.yml`).

    `domains` holds the official addresses as far as they are confirmed; it may be empty: then nothing is said
    to be official. `words` are how an address names the body, in small letters without marks.
    """

    name: Text
    words: tuple[str, ...]
    domains: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    checked: dt.date


class Lookalikes(File, frozen=True, kw_only=True):
    official: dict[str, Official]
    shorteners: tuple[str, ...]
    """Domains whose links hide where they lead."""
    lures: tuple[str, ...]
    """Words that false addresses add to a name."""


class Registration(File, frozen=True, kw_only=True):
    """A format of registration numbers (`content/registrations.yml`) and what it tells."""

    goods: Literal["medicine", "cosmetics", "functional_food"]
    told: tuple[Fact, ...]
    look_up: Fact
    example: str = ""
    checked: dt.date


class CheckPhrases(File, frozen=True, kw_only=True):
    """How a check is asked for, and whose words a text is (`content/check_phrases.yml`)."""

    wish: tuple[str, ...]
    look: tuple[str, ...]
    things: tuple[str, ...]
    own: tuple[str, ...]
    theirs: tuple[str, ...]
    addressed: tuple[str, ...]
    already: tuple[str, ...]
    not_yet: tuple[str, ...]


class CheckFacts(File, frozen=True, kw_only=True):
    """What is said beside the signs (`content/check_facts.yml`): steps by what was sent, and barcodes."""

    steps_suspicious: tuple[Fact, ...]
    steps_none: tuple[Fact, ...]
    steps_link: tuple[Fact, ...]
    steps_phone: tuple[Fact, ...]
    steps_account: tuple[Fact, ...]
    steps_goods: tuple[Fact, ...]
    goods_893: tuple[Fact, ...]
    goods_other: tuple[Fact, ...]
    registration_unknown: tuple[Fact, ...]
    checked: dt.date


class Suspicion(msgspec.Struct, frozen=True):
    scams: dict[str, Scam]
    signs: dict[str, Sign]
    lookalikes: Lookalikes
    registrations: dict[str, Registration]
    phrases: CheckPhrases
    facts: CheckFacts


@cache
def shipped() -> Suspicion:
    """What stands under `content/`. Raises ContentError."""
    return load(ROOT)


def suspicion(data_dir: Path | None = None) -> Suspicion:
    """What we ship, with the operator's own list of official addresses, if any. Raises ContentError."""
    return with_own(shipped(), own_list(data_dir)) if data_dir is not None else shipped()


def own_list(data_dir: Path) -> dict[str, Official]:
    """The operator's own list, empty where there is none. Raises ContentError."""
    path = data_dir / OPERATORS_LIST
    return read(path, dict[str, Official]) if path.exists() else {}


def load(root: Path) -> Suspicion:
    """Read and validate the files below `root`. Raises ContentError."""
    return Suspicion(
        scams=read(root / "scams.yml", dict[str, Scam]),
        signs=read(root / "signs.yml", dict[str, Sign]),
        lookalikes=read(root / "lookalikes.yml", Lookalikes),
        registrations=read(root / "registrations.yml", dict[str, Registration]),
        phrases=read(root / "check_phrases.yml", CheckPhrases),
        facts=read(root / "check_facts.yml", CheckFacts),
    )


def with_own(known: Suspicion, own: dict[str, Official]) -> Suspicion:
    """An entry of the operator's takes the place of ours of the same name."""
    looks = msgspec.structs.replace(known.lookalikes, official=known.lookalikes.official | own)
    return msgspec.structs.replace(known, lookalikes=looks)
