"""How the findings about a suspicious message are put into words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from actions.contract import Turn
from actions.wording import day, joined
from content.schema import Fact
from content.suspicion import Suspicion
from nlu.suspicious.barcodes import VIETNAM, Gtin
from nlu.suspicious.links import Link
from nlu.suspicious.phones import Phone
from nlu.suspicious.report import Registered, Report

_MOST_SIGNS = 5
_SAID_ENOUGH = 6
"""Lines about a message, of which what the known scam is like takes what is left, but one at least."""
_TAIL = 3
"""Digits of a number that are said: enough to know one's own, too little to keep."""


def verdict(turn: Turn, report: Report) -> str:
    """The first line: a known scam, signs, or none; why none is no proof."""
    known = turn.checker.known
    if report.scam is not None:
        return turn.say("suspicious.known", scam=known.scams[report.scam].title.in_(turn.profile.language))
    if report.suspicious:
        return turn.say("suspicious.grave" if report.grave else "suspicious.light")
    return turn.say("suspicious.none") + " " + turn.say("suspicious.none_why")


def signs(turn: Turn, report: Report) -> list[str]:
    """Each sign in words: what the links show first, then what the words do."""
    found = [line for link in report.links for line in link_signs(turn, link)]
    spoken = [turn.checker.known.signs[sign].words.in_(turn.profile.language) for sign in report.signs]
    return list(dict.fromkeys([*found, *spoken]))[:_MOST_SIGNS]


def link_signs(turn: Turn, link: Link) -> list[str]:
    address = link.address
    values = {"host": harmless(address.host), "domain": harmless(address.domain), "ending": address.ending}
    lines = []
    if link.copy is not None:
        body = turn.checker.known.lookalikes.official[link.copy.body]
        name = body.name.in_(turn.profile.language)
        lines.append(turn.say(f"suspicious.link_{link.copy.how}", body=name, **values))
        if body.domains:
            lines.append(turn.say("suspicious.official_is", body=name, domains=joined(body.domains)))
        else:
            lines.append(turn.say("suspicious.official_unknown", body=name))
    return lines + [turn.say(f"suspicious.trick_{trick}", **values) for trick in link.tricks]


def known_of(turn: Turn, report: Report) -> list[str]:
    """What is known of the things that were named and show no sign by themselves."""
    lines = [_calm_link(turn, link) for link in report.links if not (link.tricks or link.copy)]
    lines += [_phone(turn, phone) for phone in report.phones]
    for payment in report.payments:
        values = {"tail": tail(payment.account), "amount": f"{payment.amount or 0:,}".replace(",", ".")}
        lines.append(turn.say("suspicious.pays_amount" if payment.amount else "suspicious.pays", **values))
    if report.identity:
        lines.append(turn.say("suspicious.identity"))
    return lines


def _calm_link(turn: Turn, link: Link) -> str:
    if link.body is None:
        return turn.say("suspicious.link_plain", host=harmless(link.address.host))
    body = turn.checker.known.lookalikes.official[link.body]
    name = body.name.in_(turn.profile.language)
    return turn.say("suspicious.link_official", host=link.address.host, body=name, checked=day(body.checked))


def _phone(turn: Turn, phone: Phone) -> str:
    if phone.known is not None:
        return turn.say("suspicious.phone_known", name=phone.known)
    return turn.say(f"suspicious.phone_{phone.kind}", tail=tail(phone.number))


def reports(turn: Turn, numbers: Sequence[str], counted: Mapping[str, int]) -> list[str]:
    """How many others reported each number: from two on, never who."""
    return [
        turn.say("suspicious.reported", tail=tail(number), count=counted[number])
        if number in counted
        else turn.say("suspicious.reported_few", tail=tail(number))
        for number in numbers
    ]


def goods(turn: Turn, report: Report) -> tuple[list[str], list[Fact]]:
    """What barcodes and registration numbers tell, and the facts that were said of them."""
    lines: list[str] = []
    said: list[Fact] = []
    for code in report.goods:
        lines.append(_barcode(turn, code))
        facts = turn.checker.known.facts
        told = facts.goods_893 if code.prefix == VIETNAM else facts.goods_other
        said += told if code.prefix is not None else ()
    for number in report.registrations:
        lines.append(turn.say("suspicious.registration", written=number.written))
        said += _format(turn.checker.known, number)
    return lines, list(dict.fromkeys(said))


def _barcode(turn: Turn, code: Gtin) -> str:
    return turn.say("suspicious.goods_right" if code.right else "suspicious.goods_wrong", digits=code.digits)


def _format(known: Suspicion, number: Registered) -> tuple[Fact, ...]:
    if number.format is None:
        return known.facts.registration_unknown
    kind = known.registrations[number.format]
    return (*kind.told, kind.look_up)


def typical(turn: Turn, report: Report) -> tuple[Fact, ...]:
    """What the known scam is like."""
    if report.scam is None:
        return ()
    left = _SAID_ENOUGH - len(signs(turn, report)) - len(report.numbers)
    return turn.checker.known.scams[report.scam].signs[: max(1, min(left, 3))]


def steps(turn: Turn, report: Report) -> tuple[Fact, ...]:
    """What to do now, at most three steps."""
    known = turn.checker.known
    facts = known.facts
    if report.scam is not None:
        return known.scams[report.scam].now
    if report.suspicious:
        return facts.steps_suspicious
    if report.only_goods:
        return facts.steps_goods if report.goods else ()
    if report.links:
        return facts.steps_link
    if report.accounts or report.payments:
        return facts.steps_account
    return facts.steps_phone if report.phones else facts.steps_none


def harmless(host: str) -> str:
    """No messenger makes a link of it."""
    return host.replace(".", "[.]")


def tail(number: str) -> str:
    return number[-_TAIL:]


def listed(lines: Iterable[str]) -> str:
    return "\n".join(f"• {line}" for line in lines)
