"""The judge of the fault harness lets a good act pass, and whatever goes wrong it finds and names."""

from __future__ import annotations

import msgspec
import pytest

from scripts.faults.evidence import Fall
from scripts.faults.judge import most
from scripts.faults.verdict import percentiles
from tests.scripts.faults.case import (
    BEGAN,
    FILING,
    GUEST,
    LEAVE,
    POISON,
    QUESTION,
    arrival,
    broken,
    key,
    row,
    verdict,
    well,
)

LOST = "accepted events without effect"
DOUBLED = "messages doubled without that"
SHUFFLED = "messages that came before an earlier one"


def test_a_good_act_passes() -> None:
    assert broken(well()) == {}


@pytest.mark.parametrize("number", [QUESTION, FILING])
def test_an_event_that_left_nothing_is_lost(number: int) -> None:
    evidence = well()
    del evidence.lines[key(number)]
    assert broken(evidence)[LOST] == f"1 of 4 (such as {number})"


def test_an_event_whose_record_is_missing_is_lost() -> None:
    evidence = well()
    del evidence.commits[key(QUESTION)]
    assert LOST in broken(evidence)


def test_poison_without_its_dead_letter_is_lost_too() -> None:
    evidence = well()
    del evidence.letters[key(POISON)]
    assert LOST in broken(evidence)


def test_what_no_platform_was_told_to_be_taken_may_be_missing() -> None:
    evidence = well()
    evidence.posted[QUESTION].accepted_at = 0.0
    del evidence.lines[key(QUESTION)], evidence.commits[key(QUESTION)]
    assert LOST not in broken(evidence)


def test_an_event_with_two_effects_is_found() -> None:
    evidence = well()
    evidence.lines[key(QUESTION)] = 2
    assert list(broken(evidence)) == ["events with another effect than one (0 repeats)"]


def test_a_story_that_was_filed_twice_is_found() -> None:
    evidence = well()
    evidence.cases.append(msgspec.structs.replace(evidence.cases[0], id=8, code="TN-26-000002"))
    assert "stories filed twice" in broken(evidence)


def test_an_answer_before_the_commit_is_found_but_for_what_lay_in_the_spool() -> None:
    evidence = well()
    evidence.commits[key(QUESTION)] = BEGAN + 60
    assert list(broken(evidence)) == ["answers 200 before commit or spool"]
    evidence.posted[QUESTION].spooled = True
    assert broken(evidence) == {}


def test_slow_answers_count_only_where_nothing_fell() -> None:
    evidence = well()
    for posted in evidence.posted.values():
        posted.took = 0.2
    assert any(what.startswith("a turn") for what in broken(evidence))
    evidence.falls = [Fall("kill web", "web-1", BEGAN, BEGAN + 1)]
    assert broken(evidence) == {}


def test_a_complaint_without_row_code_or_lead_is_found() -> None:
    evidence = well()
    evidence.cases = []
    assert "finished complaints without a row" in broken(evidence)
    evidence = well()
    evidence.cases[0] = msgspec.structs.replace(evidence.cases[0], leads=0)
    assert "complaints without one lead agency" in broken(evidence)
    evidence = well()
    evidence.cases[0] = msgspec.structs.replace(evidence.cases[0], agencies=2)
    assert "complaints whose agencies have not each a notice" in broken(evidence)


def test_a_late_code_is_found() -> None:
    evidence = well()
    evidence.arrivals[2] = arrival(13, FILING, BEGAN + FILING + 9)
    assert "codes told within 5 s of the 200" in broken(evidence)


def test_a_claim_that_does_not_come_back_within_a_minute_is_found() -> None:
    evidence = well()
    evidence.falls = [Fall("kill web", "web-1", BEGAN + 1, BEGAN + 2, claimed=(11,))]
    evidence.rows[0] = row(11, QUESTION, BEGAN + 1, attempts=2, ended_at=BEGAN + 60)
    assert broken(evidence) == {}
    evidence.rows[0] = row(11, QUESTION, BEGAN + 1, attempts=2, ended_at=BEGAN + 62)
    assert "claims of the dead that came back late" in broken(evidence)


def test_a_claim_that_dies_again_has_its_minute_again() -> None:
    evidence = well()
    evidence.falls = [
        Fall("kill web", "web-1", BEGAN + 1, BEGAN + 2, claimed=(11,)),
        Fall("kill worker", "worker-1", BEGAN + 50, BEGAN + 51, claimed=(11,)),
    ]
    evidence.rows[0] = row(11, QUESTION, BEGAN + 1, attempts=3, ended_at=BEGAN + 100)
    assert broken(evidence) == {}


def test_a_platform_that_asked_for_rest_is_no_late_claim() -> None:
    evidence = well()
    evidence.falls = [
        Fall("kill web", "web-1", BEGAN + 1, BEGAN + 2, claimed=(11,)),
        Fall("platforms' bad day", "", BEGAN + 30, BEGAN + 42),
    ]
    evidence.rows[0] = row(11, QUESTION, BEGAN + 1, attempts=2, ended_at=BEGAN + 100)
    assert broken(evidence) == {}
    evidence.rows[0] = row(11, QUESTION, BEGAN + 1, channel="web", platform_id=None, ended_at=BEGAN + 100)
    assert "claims of the dead that came back late" in broken(evidence)


def test_a_row_that_never_ends_is_found() -> None:
    evidence = well()
    evidence.rows[0] = row(11, QUESTION, BEGAN, state="queued", ended_at=None, platform_id=None)
    del evidence.arrivals[0]
    assert "messages that have not ended" in broken(evidence)


def test_a_row_noted_as_sent_that_nobody_got_is_found() -> None:
    evidence = well()
    del evidence.arrivals[0]
    assert "messages noted as sent that never arrived" in broken(evidence)


def test_a_shuffled_chat_is_found() -> None:
    evidence = well()
    evidence.arrivals[0], evidence.arrivals[1] = evidence.arrivals[1], evidence.arrivals[0]
    assert list(broken(evidence)) == [SHUFFLED]


def test_a_message_that_came_twice_is_found() -> None:
    evidence = well()
    evidence.arrivals.append(arrival(99, QUESTION, BEGAN + 3, "text 12"))
    assert list(broken(evidence)) == [DOUBLED]


def test_one_that_was_claimed_by_a_dead_process_may_come_twice_and_is_counted() -> None:
    evidence = well()
    evidence.falls = [Fall("kill web", "web-1", BEGAN + 1, BEGAN + 2, claimed=(12,))]
    evidence.rows[1] = row(12, QUESTION, BEGAN + 1, attempts=2)
    evidence.arrivals.append(arrival(99, QUESTION, BEGAN + 3, "text 12"))
    assert broken(evidence) == {}
    assert verdict(evidence, "messages doubled within").measured == "1 of 5"


@pytest.mark.parametrize(("attempts", "text"), [(1, "text 12"), (2, "another text")])
def test_but_not_unmarked_and_not_as_another_message(attempts: int, text: str) -> None:
    evidence = well()
    evidence.falls = [Fall("kill web", "web-1", BEGAN + 1, BEGAN + 2, claimed=(12,))]
    evidence.rows[1] = row(12, QUESTION, BEGAN + 1, attempts=attempts)
    evidence.arrivals.append(arrival(99, QUESTION, BEGAN + 3, text))
    assert DOUBLED in broken(evidence)


def test_one_whose_answer_the_platform_dropped_may_come_twice() -> None:
    evidence = well()
    evidence.arrivals.append(arrival(99, QUESTION, BEGAN + 3, "text 12"))
    evidence.unanswered = {f"telegram {QUESTION}": 1}
    assert broken(evidence) == {}


def test_a_message_to_somebody_who_left_is_found() -> None:
    evidence = well()
    evidence.arrivals.append(arrival(16, LEAVE, BEGAN + LEAVE + 6))
    evidence.rows[6] = row(16, LEAVE, BEGAN + LEAVE - 1, kind="answer")
    assert "messages to 1 people who had left" in broken(evidence)


def test_a_broadcast_that_came_twice_is_found_whatever_fell() -> None:
    evidence = well()
    evidence.falls = [Fall("kill worker", "worker-1", BEGAN, BEGAN + 1, claimed=(17,))]
    evidence.arrivals.append(arrival(99, GUEST, BEGAN + 3, "text 17"))
    assert "people who got a broadcast twice" in broken(evidence)


@pytest.mark.parametrize(("state", "came", "right"), [
    ("sent", True, True), ("sent", False, False), ("refused", True, False), ("uncertain", False, True),
])  # fmt: skip
def test_a_broadcast_row_says_how_it_stands(state: str, came: bool, right: bool) -> None:
    evidence = well()
    evidence.audience[f"telegram {GUEST}"] = row(17, GUEST, BEGAN, kind="broadcast", state=state)
    if not came:
        del evidence.arrivals[-1]
    assert any("state is wrong" in what for what in broken(evidence)) is not right


def test_replies_that_wait_for_a_broadcast_are_found() -> None:
    evidence = well()
    evidence.rows[3] = row(13, FILING, BEGAN + FILING, ended_at=BEGAN + FILING + 4)
    assert any(what.startswith("replies while 1 rows") for what in broken(evidence))


def test_too_many_sends_in_a_second_are_found() -> None:
    evidence = well()
    evidence.arrivals += [arrival(1000 + n, 500 + n, BEGAN + 20) for n in range(31)]
    assert "most sends: Telegram a second, Zalo OA a minute" in broken(evidence)


def test_a_platform_that_says_no_is_found_but_for_storms_that_were_ordered() -> None:
    evidence = well()
    evidence.refusals["telegram"] = 2
    assert "most sends: Telegram a second, Zalo OA a minute" in broken(evidence)
    evidence.storms = 2
    assert broken(evidence) == {}


def test_rows_that_poisoned_ones_delay_are_found() -> None:
    evidence = well()
    evidence.falls = [Fall("ledger poisoned", "", BEGAN, BEGAN)]
    assert broken(evidence) == {}
    slow = row(14, None, BEGAN + 2, channel="console", kind="notice", case=7, ended_at=BEGAN + 4)
    evidence.rows[4] = slow
    assert "rows delayed by 1,000 poisoned ones" in broken(evidence)
    evidence.rows[2] = row(10, QUESTION, BEGAN - 5, channel="web", platform_id=None, ended_at=BEGAN - 2)
    assert "rows delayed by 1,000 poisoned ones" not in broken(evidence), "all were slow before"


def test_a_process_that_dies_of_itself_is_found_unless_it_had_no_database() -> None:
    evidence = well()
    evidence.fallen = [("worker-1", BEGAN + 5)]
    assert "processes that died of themselves" in broken(evidence)
    evidence.falls = [Fall("database crashed", "", BEGAN + 4, BEGAN + 6)]
    assert "processes that died of themselves" not in broken(evidence)


def test_the_fullest_window() -> None:
    assert most([], 1.0) == 0
    assert most([5.0, 1.0, 1.5, 1.99, 2.0], 1.0) == 3


def test_percentiles_of_little() -> None:
    assert percentiles([]) == (0.0, 0.0, 0.0)
    assert percentiles([3.0]) == (3.0, 3.0, 3.0)
    assert percentiles([1.0, 2.0, 3.0])[0] == 2.0
