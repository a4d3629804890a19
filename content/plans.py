"""What a schema cannot see of `plan.yml`: numbers, agencies, and that it and `routing.yml` tell the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from content.catalog import ProvinceContent
from content.schema import Clause, Responsible, Routing, ServedBy

TASK_LIMIT = 160

_NUMBER = re.compile(r"[IVX]+\.\d+|PL\.(?:[IVX]+\.\d+|\d+(?:\.\d+)?)")
"""III.6 is a section of the body; PL.III.8, PL.4.3 and PL.1 are rows of the appendix."""

_ID = re.compile(r"[a-z0-9_]+")


def faults(province: ProvinceContent) -> Iterator[str]:
    """What is wrong with the plan of one province, each with its clause. Raises ContentError."""
    cited = cited_clauses(province.routing)
    tasks = Counter(clause.task for clause in province.plan.values())
    for number, clause in province.plan.items():
        if not _NUMBER.fullmatch(number):
            yield f"{number}: is no number of a clause, such as III.6, PL.III.8 or PL.4.3."
        if tasks[clause.task] > 1:
            yield f"{number}: another clause has the same task."
        found = (*_columns(number, clause), *_parties(province, clause), *_served(number, clause, cited))
        yield from (f"{number}: {fault}" for fault in found)


def cited_clauses(routing: Routing) -> frozenset[str]:
    """Every clause that a rule, of a topic or of all, gives as its reason."""
    parts: list[Responsible] = [routing.focal, routing.commune, routing.committee, *routing.everywhere]
    cited: set[str] = set()
    for rule in routing.topics.values():
        parts += [*rule.leads, *rule.coordinating]
        cited.update(clause for clauses in rule.more_clauses.values() for clause in clauses)
    return frozenset(cited.union(*(part.clauses for part in parts)))


def topics_by_clause(routing: Routing) -> dict[str, tuple[str, ...]]:
    """Clause -> the topics that a rule sends to somebody by it; the clauses of `focal`, `commune` and
    `committee` speak for all topics, and of `everywhere` for any: they stand here with none."""
    found: dict[str, dict[str, None]] = {clause: {} for clause in cited_clauses(routing)}
    for topic, rule in routing.topics.items():
        parts = (*rule.leads, *rule.coordinating)
        named = [clause for part in parts for clause in part.clauses]
        for clause in (*named, *(clause for more in rule.more_clauses.values() for clause in more)):
            found[clause][topic] = None
    return {clause: tuple(topics) for clause, topics in found.items()}


def _columns(number: str, clause: Clause) -> Iterator[str]:
    if not 0 < len(clause.task.strip()) <= TASK_LIMIT:
        yield f"task: {len(clause.task)} characters instead of 1 to {TASK_LIMIT}."
    if number.startswith("PL."):
        for column in ("lead", "coordinating", "product", "deadline"):
            if not getattr(clause, column):
                yield f"{column}: is empty, but every row of an appendix has it."


def _parties(province: ProvinceContent, clause: Clause) -> Iterator[str]:
    for column, parties in (("lead", clause.lead), ("coordinating", clause.coordinating)):
        for party, times in Counter(parties).items():
            if times > 1:
                yield f"{column}: {party!r} stands twice."
            if not _ID.fullmatch(party):
                yield from (f"{column}: {party!r} is {id_}." for id_ in _spelt_out(province, party))
            elif party not in province.agencies:
                yield f"{column}: agency {party!r} is not in agencies.yml."


def _spelt_out(province: ProvinceContent, party: str) -> Iterator[str]:
    """The agencies that words name, where their ids should stand."""
    for id_, agency in province.agencies.items():
        if agency.short.casefold() in party.casefold() or agency.name.vi.startswith(party):
            yield id_


def _served(number: str, clause: Clause, cited: frozenset[str]) -> Iterator[str]:
    served = clause.served_by
    if not served or len(set(served)) < len(served):
        yield "served_by: is empty or names a part twice."
    if ServedBy.NONE in served and len(served) > 1:
        yield "served_by: none stands beside a part that serves it."
    if ServedBy.INTAKE in served and number not in cited:
        yield "names who takes complaints, but no rule of routing.yml cites it."
    if (ServedBy.ROUTING in served) != (number in cited):
        yield "served_by: routing belongs to the clauses that routing.yml cites, and to no other."
