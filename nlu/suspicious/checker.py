"""The look at a text with all that it names, and at what a photo's codes hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from content.catalog import Catalog
from content.suspicion import Scam, Suspicion
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.normalise import Message
from nlu.suspicious import codes, links, phones
from nlu.suspicious.barcodes import Gtin, gtin
from nlu.suspicious.codes import Code
from nlu.suspicious.links import Link
from nlu.suspicious.registrations import format_of
from nlu.suspicious.report import Registered, Report, Seen
from nlu.suspicious.said import Said, without
from nlu.understanding import Entity

_REMEMBERED = 8
"""Texts: within one turn the same one is asked about several times."""
_SURE_HITS = 4
"""Phrases of one scam from which on it is known without being asked."""
_WITH_USER = re.compile(r"https?://[^\s/?#]+@\S+", re.IGNORECASE)
_OTHER_LETTERS = re.compile(
    r"(?:https?://)?(?=[\w.-]*[\u0370-\u03ff\u0400-\u052f\u0561-\u0587\u0251\u0261\u0131\u217c])[\w-]+(?:\.[\w-]+)+(?:/\S*)?"
)
"""Greek, Cyrillic and Armenian letters, and some Latin ones that are no letters of ours."""
_MOST_LINKS = 5
_NAMED = frozenset({"url", "phone", "bank_account", "barcode", "registration_number"})
"""Entities that can be looked at alone."""
_AROUND = 5
"""Words that may stand beside a thing that was sent alone."""


class Checker:
    """Built once, used by any thread."""

    def __init__(self, catalog: Catalog, known: Suspicion) -> None:
        self.known = known
        self._abbreviations = Abbreviations(catalog.abbreviations)
        self._read = lru_cache(maxsize=_REMEMBERED)(self._views)
        self._numbers = phones.known_numbers(catalog.hotlines, catalog.banks)

    def look(self, text: str, entities: Iterable[Entity], seen: Sequence[Seen] = ()) -> Report:
        """What is suspicious about the text, what it names, and what the codes of a photo hold."""
        read = [codes.read(one.held, goods=one.goods) for one in seen]
        named = [entity for entity in entities if entity.type in _NAMED]
        written = [one.normal or one.value for one in named if one.type == "url"]
        found = self._links([*_odd_links(text), *written, *(code.link for code in read if code.link)])
        said = self.said(" \n".join([text, *(code.text for code in read)]), linked=bool(found))
        scam, hits = self._scam(said)
        signs = self._signs(said)
        grave = any(self.known.signs[sign].grave for sign in signs) or any(link.grave for link in found)
        return Report(
            scam=scam,
            sure=scam is not None and hits >= _SURE_HITS,
            signs=signs,
            grave=grave,
            links=found,
            phones=tuple(phones.look(one, self._numbers) for one in _normals(named, "phone")),
            accounts=_normals(named, "bank_account"),
            payments=tuple(code.payment for code in read if code.payment),
            goods=_goods(named, read),
            registrations=_registered(named),
            identity=any(code.identity for code in read),
        )

    def said(self, text: str, *, linked: bool) -> Said:
        """The phrases of the text, as typed and with its short forms written out."""
        return self._read(text, linked)

    def _views(self, text: str, linked: bool) -> Said:
        views = [text, Message(text, self._abbreviations).plain]
        return Said(*views, "link") if linked else Said(*views)

    def _scam(self, said: Said) -> tuple[str | None, int]:
        """The scam of which most was said, and how many of its phrases."""
        scores = {id_: _score(scam, said) for id_, scam in self.known.scams.items()}
        best = max(scores, key=lambda id_: scores[id_], default=None)
        return (best, scores[best]) if best is not None and scores[best] else (None, 0)

    def _signs(self, said: Said) -> tuple[str, ...]:
        found = [
            id_
            for id_, sign in self.known.signs.items()
            if said.any(sign.phrases)
            and (not sign.about or said.any(sign.about))
            and not said.any(sign.unless)
        ]
        return tuple(sorted(found, key=lambda id_: not self.known.signs[id_].grave))

    def _links(self, written: Iterable[str]) -> tuple[Link, ...]:
        looks = self.known.lookalikes
        looked = [links.look(one, looks) for one in dict.fromkeys(written)]
        by_host = {link.address.host: link for link in reversed(looked) if link is not None}
        return tuple(reversed(by_host.values()))[:_MOST_LINKS]

    # --- whose words, and what is wanted ----------------------------------------------------------------

    def wished(self, text: str, entities: Sequence[Entity]) -> bool:
        """ "Is this a scam?": a check is asked for, and what shall be checked is there or spoken of."""
        said, phrases = self.said(text, linked=False), self.known.phrases
        if not said.any(phrases.wish):
            return False
        return said.any(phrases.things) or any(entity.type in _NAMED for entity in entities)

    def asked_to_look(self, text: str) -> bool:
        """ "Check this for me", whatever it is."""
        return self.said(text, linked=False).any(self.known.phrases.look)

    def not_yet(self, text: str) -> bool:
        """ "I have not clicked": nothing is lost."""
        return self.said(text, linked=False).any(self.known.phrases.not_yet)

    def alone(self, text: str, entities: Sequence[Entity]) -> bool:
        """Nothing but a link or a number stands there, with hardly a word beside it."""
        named = [entity for entity in entities if entity.type in _NAMED]
        if not named:
            return False
        rest = "".join(
            char for place, char in enumerate(text) if not any(one.start <= place < one.end for one in named)
        )
        words = re.findall(r"[^\W\d_]+", rest)
        said = self.said(rest, linked=False)
        return len(words) <= _AROUND and not said.any(self.known.phrases.own)

    def pasted(self, text: str, report: Report) -> bool:
        """A message that somebody sent to the person: much of a known scam is said, to whoever reads it, and
        nobody tells of themselves."""
        if not report.sure or self.already(text):
            return False
        phrases = self.known.phrases
        if Said(without(text, phrases.theirs)).any(phrases.own) or text.rstrip().endswith("?"):
            return False
        speaks = self.said(text, linked=False).any(phrases.addressed)
        return speaks or bool(report.links or report.phones or report.accounts)

    def already(self, text: str) -> bool:
        """ "I clicked it already": money or a code may be gone."""
        said, phrases = self.said(text, linked=False), self.known.phrases
        return said.any(phrases.already) and not said.any(phrases.not_yet)


def _odd_links(text: str) -> list[str]:
    """Addresses that are written to deceive, and are no usual entity: with a false user, in other letters."""
    found = [*_WITH_USER.findall(text), *_OTHER_LETTERS.findall(text)]
    return [one.rstrip(".,;:!?)]}'\"") for one in found]


def _score(scam: Scam, said: Said) -> int:
    """How many of its phrases stand there; 0 unless every line has one."""
    if scam.unless and said.any(scam.unless):
        return 0
    lines = [said.hits(line) for line in scam.says]
    return len(frozenset().union(*lines)) if all(lines) else 0


def _normals(named: Sequence[Entity], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.normal or one.value for one in named if one.type == kind))


def _registered(named: Sequence[Entity]) -> tuple[Registered, ...]:
    written = dict.fromkeys(one.value.strip() for one in named if one.type == "registration_number")
    return tuple(Registered(one, format_of(one)) for one in written)


def _goods(named: Sequence[Entity], read: Sequence[Code]) -> tuple[Gtin, ...]:
    written = [gtin(one) for one in _normals(named, "barcode")]
    seen = [code.goods for code in read]
    return tuple(dict.fromkeys(one for one in (*seen, *written) if one is not None))
