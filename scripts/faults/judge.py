"""Were the promises kept? Pure: from the evidence to verdicts, and nothing else.

Promises are those of the product's list: P1 nothing accepted is lost, P2 the 200 stands behind the commit,
P3 one effect for each event, and so on; docs/faults.md says in words how each is judged.
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Iterable

import msgspec

from scripts.faults.evidence import Case, Evidence, Fall, Row
from scripts.faults.platforms import Arrival
from scripts.faults.verdict import Verdict, percentiles, some

UNPACED = ("console", "web", "zalo")
"""Where a message does not have to wait for the one before it in the same chat."""
MESSENGERS = ("telegram", "zalo", "zalo_bot")
CLOCKS = 0.02
"""Seconds by which a commit's time may seem later than the answer: both are read on one machine."""
LEASE_SECONDS = 60.0
LEFT_SECONDS = 5.0
CODE_SECONDS = 5.0
POISON_SECONDS = 1.0
REPLY_SECONDS = 2.0
ANSWER_SECONDS = 0.05
TELEGRAM_A_SECOND = 30
ZALO_A_MINUTE = 2000
ENDED = {"sent", "uncertain", "refused", "failed", "stopped"}


def judge(evidence: Evidence) -> list[Verdict]:
    return [
        *accepted(evidence),
        *answers(evidence),
        *complaints(evidence),
        *leases(evidence),
        *poison(evidence),
        *chats(evidence),
        *pace(evidence),
        *leavers(evidence),
        *broadcast(evidence),
        *codes(evidence),
        *the_rest(evidence),
    ]


# --- P1, P2, P3: events ---


def accepted(evidence: Evidence) -> Iterable[Verdict]:
    """Each accepted event has one effect: a line of the transcript; of poison a dead letter; of somebody who
    leaves, that they count as gone."""
    lost, doubled = [], []
    for event in evidence.events:
        key = f"{event.channel} {evidence.event_ids[event.number]}"
        lines, letters = evidence.lines.get(key, 0), evidence.letters.get(key, 0)
        effects = lines + letters
        if event.kind == "leave":
            gone = evidence.people.get(f"{event.channel} {event.address}") in evidence.stopped
            effects = int(gone and key in evidence.commits)
        wrong = bool(letters) is not (event.kind == "poison")
        if evidence.posted[event.number].accepted_at and (not effects or key not in evidence.commits):
            lost.append(event.number)
        if effects > 1 or (effects and wrong):
            doubled.append(event.number)
    copies = sum(posted.copies for posted in evidence.posted.values())
    count = sum(1 for posted in evidence.posted.values() if posted.accepted_at)
    yield Verdict("P1", "accepted events without effect", some(lost, count), not lost)
    yield Verdict(
        "P3", f"events with another effect than one ({copies} repeats)", some(doubled, count), not doubled
    )


def answers(evidence: Evidence) -> Iterable[Verdict]:
    """A 200 stands behind the commit, or the spool's write. How long it took is judged where nothing fell."""
    early, took, spooled = [], [], 0
    for event in evidence.events:
        posted = evidence.posted[event.number]
        committed = evidence.commits.get(f"{event.channel} {evidence.event_ids[event.number]}")
        if posted.accepted_at:
            took.append(posted.took)
            spooled += posted.spooled
            if committed is not None and committed > posted.accepted_at + CLOCKS and not posted.spooled:
                early.append(event.number)
    measured = f"{some(early, len(took))}; {spooled} stood in the spool"
    yield Verdict("P2", "answers 200 before commit or spool", measured, not early)
    p50, p95, p99 = percentiles(took)
    calm = not evidence.falls
    said = f"{p50 * 1000:.0f} / {p95 * 1000:.0f} / {p99 * 1000:.0f} ms"
    where = f"at {evidence.rate:.0f}/s, nothing falling" if calm else "while things fall"
    yield Verdict("P2", f"a turn, p50 / p95 / p99, {where}", said, p99 <= ANSWER_SECONDS if calm else None)


# --- P5, P9, P20: complaints ---


def complaints(evidence: Evidence) -> Iterable[Verdict]:
    """Who has sent a whole story has one complaint, with a code of its own and one lead agency; and each
    agency its own notice."""
    by_contact: dict[int, list[Case]] = collections.defaultdict(list)
    for case in evidence.cases:
        by_contact[case.contact].append(case)
    finished = [
        evidence.people.get(f"{event.channel} {event.address}")
        for event in evidence.events
        if event.files and evidence.posted[event.number].accepted_at
    ]
    missing = [contact for contact in finished if contact is None or not by_contact[contact]]
    twice = [contact for contact, cases in by_contact.items() if len(cases) > 1]
    codes = {case.code for case in evidence.cases}
    headless = [case.code for case in evidence.cases if case.leads != 1]
    yield Verdict("P5", "finished complaints without a row", some(missing, len(finished)), not missing)
    yield Verdict("P3", "stories filed twice", some(twice, len(by_contact)), not twice)
    unlike = len(evidence.cases) - len(codes)
    yield Verdict("P5", "codes given twice", str(unlike), not unlike)
    yield Verdict("P5", "complaints without one lead agency", some(headless, len(codes)), not headless)
    notices = collections.Counter(row.case for row in evidence.rows if row.kind == "notice")
    untold = [case.code for case in evidence.cases if notices[case.id] < case.agencies]
    yield Verdict(
        "P9", "complaints whose agencies have not each a notice", some(untold, len(codes)), not untold
    )


def codes(evidence: Evidence) -> Iterable[Verdict]:
    """From the 200 for the last sentence until the message that answers it is out."""
    named = {(arrival.channel, arrival.message_id): arrival.at for arrival in evidence.arrivals}
    first: dict[tuple[int | None, float], Row] = {}
    for row in evidence.rows:
        if row.kind == "reply":
            first.setdefault((row.contact, row.created_at), row)
    accepted_at = {
        evidence.people.get(f"{event.channel} {event.address}"): evidence.posted[event.number].accepted_at
        for event in evidence.events
        if event.files
    }
    waits = []
    for case in evidence.cases:
        answer = first.get((case.contact, case.filed_at))
        if answer is None or not accepted_at.get(case.contact):
            continue
        out = named.get((answer.channel, answer.platform_id or ""), answer.ended_at)
        waits.append(max(0.0, out - accepted_at[case.contact]) if out is not None else float("inf"))
    if waits:
        within = sum(wait <= CODE_SECONDS for wait in waits) / len(waits)
        p50, _, p99 = percentiles(waits)
        measured = f"{within:.1%}; p50 {p50:.2f} s, p99 {p99:.1f} s"
        calm = not evidence.falls  # what a dead process had claimed waits for the end of its lease
        yield Verdict("P20", "codes told within 5 s of the 200", measured, within >= 0.99 if calm else None)


# --- P6, P8, order, doubles: the ledger ---


def leases(evidence: Evidence) -> Iterable[Verdict]:
    """Rows that lay claimed when something fell have ended within a minute, unless it fell again, or their
    platform had a bad day: after a 429 it is left alone for as long as it asks."""
    rows = {row.id: row for row in evidence.rows}
    last: dict[int, Fall] = {}
    for fall in evidence.falls:
        last.update({row: fall for row in fall.claimed if row in rows})
    bad = [fall for fall in evidence.falls if fall.kind == "platforms' bad day"]
    waits = [
        (rows[row].ended_at or float("inf")) - fall.at
        for row, fall in last.items()
        if rows[row].channel not in MESSENGERS or not _near(bad, fall.at, LEASE_SECONDS)
    ]
    late = [wait for wait in waits if wait > LEASE_SECONDS]
    if not waits:
        yield Verdict("P6", "claims of the dead that came back late", "no claim died", None)
        return
    measured = f"{some(late, len(waits))}; longest {max(waits):.0f} s"
    if evidence.leases_moved:
        measured += " (leases cut short)"
    yield Verdict("P6", "claims of the dead that came back late", measured, not late)


def poison(evidence: Evidence) -> Iterable[Verdict]:
    """What was queued while the poisoned rows stood before it went out as quickly as else."""
    planted = [fall for fall in evidence.falls if fall.kind == "ledger poisoned"]
    if not planted:
        return
    begin, end = planted[0].at, planted[0].at + 10.0
    other = [f for f in evidence.falls if f is not planted[0] and f.at < end and f.until > begin - 60]
    troubled = {row for fall in other for row in fall.claimed}
    behind = [
        row.ended_at - row.created_at
        for row in evidence.rows
        if begin <= row.created_at <= end
        and row.ended_at is not None
        and row.id not in troubled
        and row.channel in UNPACED
    ]
    if not behind:
        yield Verdict("P8", "rows delayed by 1,000 poisoned ones", "nothing was queued then", None)
        return
    late = [wait for wait in behind if wait > POISON_SECONDS]
    before = [
        (row.ended_at or float("inf")) - row.created_at
        for row in evidence.rows
        if begin - 10.0 <= row.created_at < begin - 1.0 and row.channel in UNPACED
    ]
    calm = not any(fall.at < end and fall.until > begin - 1 for fall in other)
    calm = calm and bool(before) and percentiles(before)[1] < POISON_SECONDS / 2
    measured = f"{some(late, len(behind))} by more than 1 s; longest {max(behind):.2f} s"
    yield Verdict("P8", "rows delayed by 1,000 poisoned ones", measured, not late if calm else None)


def chats(evidence: Evidence) -> Iterable[Verdict]:
    """Every row has ended, what counts as sent has arrived, in order; and nothing came twice but what was
    claimed by a process that fell, and is marked by its second try."""
    open_rows = [row.id for row in evidence.rows if row.state not in ENDED and not row.held]
    yield Verdict("P1", "messages that have not ended", some(open_rows, len(evidence.rows)), not open_rows)
    vain = [row.id for row in evidence.rows if row.state in ("failed", "refused")]
    yield Verdict("P1", "messages that failed or were refused", some(vain, len(evidence.rows)), not vain)
    contacts = {contact: key for key, contact in evidence.people.items()}
    rows: dict[str, list[Row]] = collections.defaultdict(list)
    for row in evidence.rows:
        if row.contact in contacts and row.channel in MESSENGERS:
            rows[contacts[row.contact]].append(row)
    came: dict[str, list[Arrival]] = collections.defaultdict(list)
    talk = [each for each in evidence.arrivals if f"{each.channel} {each.address}" not in evidence.audience]
    for arrival in talk:
        came[f"{arrival.channel} {arrival.address}"].append(arrival)
    claimed = {row for fall in evidence.falls for row in fall.claimed}
    lost = evidence.unanswered
    found = [_chat(rows[key], came[key], claimed, lost.get(key, 0)) for key in rows.keys() | came.keys()]
    missing, shuffled = sum(chat.missing for chat in found), sum(chat.shuffled for chat in found)
    doubled, strange = sum(chat.doubled for chat in found), sum(chat.strange for chat in found)
    count = len(talk)
    yield Verdict("P1", "messages noted as sent that never arrived", f"{missing} of {count}", not missing)
    yield Verdict("order", "messages that came before an earlier one", f"{shuffled} of {count}", not shuffled)
    yield Verdict("P3", "messages doubled within the in-flight window, marked", f"{doubled} of {count}", None)
    yield Verdict("P3", "messages doubled without that", f"{strange} of {count}", not strange)


class _Chat(msgspec.Struct):
    missing: int = 0
    shuffled: int = 0
    doubled: int = 0
    strange: int = 0


def _chat(rows: list[Row], came: list[Arrival], claimed: set[int], unanswered: int) -> _Chat:
    """Of one chat: `rows` by id, `came` in order of arrival; `unanswered` sends lost their answers."""
    found = _Chat()
    place = {arrival.message_id: index for index, arrival in enumerate(came)}
    named = [row for row in rows if row.platform_id]
    found.missing = sum(row.platform_id not in place for row in named)
    found.missing += sum(row.state == "sent" and not row.platform_id for row in rows)
    places = [place[row.platform_id] for row in named if row.platform_id in place]
    found.shuffled = sum(later < earlier for earlier, later in itertools.pairwise(places))
    known = {row.platform_id for row in named}
    again = {row.id: row.attempts - bool(row.platform_id) for row in rows if row.id in claimed}
    texts = {row.id: came[place[row.platform_id]].text for row in named if row.platform_id in place}
    for arrival in came:
        if arrival.message_id in known:
            continue
        fits = [
            id_ for id_, left in again.items() if left > 0 and texts.get(id_, arrival.text) == arrival.text
        ]
        if fits:
            again[fits[0]] -= 1
            found.doubled += 1
        elif unanswered:
            unanswered -= 1
            found.doubled += 1
        else:
            found.strange += 1
    return found


# --- P12, P15: platforms ---


def pace(evidence: Evidence) -> Iterable[Verdict]:
    """The most that any window of the platform's length held, and how often it said no."""
    times: dict[str, list[float]] = collections.defaultdict(list)
    for arrival in evidence.arrivals:
        times[arrival.channel].append(arrival.at)
    second, minute = most(times["telegram"], 1.0), most(times["zalo"], 60.0)
    refused = max(sum(evidence.refusals.values()) - evidence.storms, 0)
    yield Verdict(
        "P12",
        "most sends: Telegram a second, Zalo OA a minute",
        f"{second} of {TELEGRAM_A_SECOND}, {minute} of {ZALO_A_MINUTE}; refused for it: {refused}",
        second <= TELEGRAM_A_SECOND and minute <= ZALO_A_MINUTE and not refused,
    )


def most(times: list[float], window: float) -> int:
    """The largest number within `window` seconds."""
    times, begin, found = sorted(times), 0, 0
    for end, at in enumerate(times):
        while at - times[begin] >= window:
            begin += 1
        found = max(found, end - begin + 1)
    return found


def leavers(evidence: Evidence) -> Iterable[Verdict]:
    """Counted from the 200; from the commit where the event had to wait in the spool for a database."""
    gone = {}
    for event in evidence.events:
        accepted_at = evidence.posted[event.number].accepted_at
        if event.kind == "leave" and accepted_at:
            committed = evidence.commits.get(f"{event.channel} {evidence.event_ids[event.number]}", 0.0)
            gone[f"{event.channel} {event.address}"] = max(accepted_at, committed)
    if not gone:
        return
    late = [
        arrival.message_id
        for arrival in evidence.arrivals
        if (at := gone.get(f"{arrival.channel} {arrival.address}")) and arrival.at > at + LEFT_SECONDS
    ]
    rows = {row.id: row for row in evidence.rows}
    waiting = {key: rows[row] for key, row in evidence.planted.items() if key in gone and row in rows}
    sent = [
        row.id
        for key, row in waiting.items()
        if row.state != "stopped" and (row.ended_at or float("inf")) > gone[key] + LEFT_SECONDS
    ]
    measured = f"{len(late)} after 5 s; {some(sent, len(evidence.planted))} queued ones not stopped"
    yield Verdict("P15", f"messages to {len(gone)} people who had left", measured, not late and not sent)


def broadcast(evidence: Evidence) -> Iterable[Verdict]:
    """Nobody gets it twice, whatever falls; each row says how it stands, and replies hardly wait for it."""
    if not evidence.audience:
        return
    came = collections.Counter(f"{arrival.channel} {arrival.address}" for arrival in evidence.arrivals)
    states = collections.Counter(row.state for row in evidence.audience.values())
    twice = [key for key in evidence.audience if came[key] > 1]
    wrong = [
        key
        for key, row in evidence.audience.items()
        if (row.state == "sent" and not came[key]) or (row.state in ("refused", "failed") and came[key])
    ]
    said = ", ".join(f"{count} {state}" for state, count in states.items())
    count = len(evidence.audience)
    yield Verdict("P11", "people who got a broadcast twice", some(twice, count), not twice)
    yield Verdict("P10", f"broadcast rows whose state is wrong ({said})", some(wrong, count), not wrong)
    claimed = {row for fall in evidence.falls for row in fall.claimed}
    waits = [
        (row.ended_at or float("inf")) - row.created_at
        for row in evidence.rows
        if row.kind == "reply" and row.id not in claimed and row.state != "stopped"
    ]
    p50, _, p99 = percentiles(waits)
    calm = not evidence.falls
    what = f"replies while {count} rows of a broadcast wait, from queue to out, p50 / p99"
    yield Verdict("P13", what, f"{p50:.2f} / {p99:.2f} s", p99 <= REPLY_SECONDS if calm else None)


# --- what else there is to know ---


def the_rest(evidence: Evidence) -> Iterable[Verdict]:
    """Figures, and what should not have happened at all."""
    kinds = collections.Counter(fall.kind for fall in evidence.falls)
    kills = sum(len(fall.who.split()) for fall in evidence.falls if fall.kind.startswith(("kill", "clock")))
    yield Verdict("", "troubles", ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "none")
    yield Verdict("", "processes killed (-9)", str(kills))
    rate = len(evidence.events) / evidence.seconds if evidence.seconds else 0.0
    yield Verdict(
        "", "events, seconds, events a second", f"{len(evidence.events)}, {evidence.seconds:.0f}, {rate:.0f}"
    )
    again = collections.Counter(s for posted in evidence.posted.values() for s in posted.statuses)
    said = ", ".join(f"{count} x {status or 'no answer'}" for status, count in again.most_common())
    yield Verdict("", "tries that were not answered 200", said or "none")
    first, last = evidence.megabytes[0], evidence.megabytes[-1]
    grown = ", ".join(f"{name} {first[name]:.0f} -> {last.get(name, 0):.0f} MB" for name in first)
    yield Verdict("", "memory of its own, start -> end", grown)
    before, after = evidence.busy[0], evidence.busy[-1]
    cpu = [
        f"{name} {(after[name] - used) * 1000 / max(len(evidence.events), 1):.1f}"
        for name, used in before.items()
        if after.get(name, 0.0) >= used
    ]
    yield Verdict("", "CPU for each event, in ms (of who lived through the act)", ", ".join(cpu))
    yield Verdict("", "load of the machine at the end", f"{evidence.load:.1f}")
    died = [name for name, at in evidence.fallen if not _without_database(evidence.falls, at)]
    gave_up = len(evidence.fallen) - len(died)
    measured = f"{', '.join(died) or 'none'}; {gave_up} gave up starting without a database"
    yield Verdict("", "processes that died of themselves", measured, not died)
    told = ", ".join(f"{count} x {name}" for name, count in evidence.complaints_in_logs.items())
    yield Verdict("", "errors in the product's logs", told or "none")


def _near(falls: list[Fall], at: float, seconds: float) -> bool:
    return any(fall.at - seconds <= at <= fall.until + seconds for fall in falls)


def _without_database(falls: list[Fall], at: float) -> bool:
    """Whether the database was away then, or a moment before."""
    away = (fall for fall in falls if fall.kind.startswith("database"))
    return any(fall.at <= at <= fall.until + 5.0 for fall in away)
