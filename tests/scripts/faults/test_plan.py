"""What the fault harness does is drawn from its seed, and nothing else."""

from __future__ import annotations

import collections
import itertools

import pytest

from bot.channels.telegram.parse import parse as parse_telegram
from bot.channels.zalo_bot.parse import parse as parse_zalo_bot
from bot.channels.zalo_oa.parse import parse as parse_zalo
from bot.channels.zalo_oa.verify import Verifier
from bot.clock import SystemClock
from bot.delivery.ports import Inbound, Notice
from scripts.faults import plan, run, trouble
from scripts.faults.bodies import Bodies, Keys

PLAN = plan.make(1, 1, 3000, 50.0)
KEYS = Keys("s" * 40, "telegram-secret", "1", "oa-secret", "bot-secret")
NOW = SystemClock().now()
HEADS = frozenset({"skip", "ok", "consent"})


def test_the_same_seed_gives_the_same_plan() -> None:
    assert plan.make(1, 1, 3000, 50.0) == PLAN
    assert plan.make(2, 1, 3000, 50.0) != PLAN


def test_it_has_as_many_events_as_asked_for_each_person_s_in_order() -> None:
    assert [event.number for event in PLAN.events] == list(range(1, 3001))
    for said in PLAN.people().values():
        assert len({(event.address, event.channel) for event in said}) == 1
        assert all(later.due > earlier.due for earlier, later in itertools.pairwise(said))


def test_every_kind_and_channel_is_there_and_a_tenth_is_repeated() -> None:
    kinds = collections.Counter(event.kind for event in PLAN.events)
    assert kinds.keys() == {"text", "press", "leave", "poison"}
    assert {event.channel for event in PLAN.events} == set(plan.CHANNELS)
    assert sum(event.files for event in PLAN.events) > 200
    repeated = [event for event in PLAN.events if event.repeats]
    assert 0.07 < len(repeated) / 3000 < 0.13
    assert {len(event.repeats) for event in repeated} == set(range(1, plan.MOST_REPEATS + 1))


def test_acts_share_nobody_and_no_id() -> None:
    other = plan.make(1, 2, 3000, 50.0)
    assert not {event.address for event in PLAN.events} & {event.address for event in other.events}
    first, second = (
        {Bodies(each.space, KEYS, 0.0).event_id(event) for event in each.events} for each in (PLAN, other)
    )
    assert len(first) == len(second) == 3000
    assert not first & second


@pytest.mark.parametrize("channel", ["telegram", "zalo", "zalo_bot"])
def test_the_product_reads_each_request_under_the_id_that_the_judge_looks_for(channel: str) -> None:
    bodies = Bodies(1, KEYS, NOW.timestamp())
    for event in [event for event in PLAN.events if event.channel == channel][:300]:
        request = bodies.request(event, NOW.timestamp())
        assert request == bodies.request(event, NOW.timestamp())
        match channel:
            case "telegram":
                read = parse_telegram(request.body, NOW)
                read = getattr(read, "inbound", read)
            case "zalo_bot":
                read = parse_zalo_bot(request.body, NOW)
            case _:
                head = request.headers
                verifier = Verifier(KEYS.zalo_app_id, KEYS.zalo_oa_secret)
                signature, stamp = head["X-ZEvent-Signature"], head["X-ZEvent-Timestamp"]
                signed = verifier.check(request.body, signature, stamp, NOW)
                read = parse_zalo(request.body, signed.at, HEADS)
        assert isinstance(read, Notice if event.kind == "leave" else Inbound)
        assert (read.event_id, read.address) == (bodies.event_id(event), event.address)


def test_troubles_are_drawn_from_the_seed_too() -> None:
    troubles = trouble.make(1, 1, 1000, 20, 1, 1)
    assert troubles == trouble.make(1, 1, 1000, 20, 1, 1)
    assert troubles != trouble.make(2, 1, 1000, 20, 1, 1)
    assert sum(each.kind.startswith("kill") for each in troubles) == 20
    assert all(0 <= each.after < 1000 for each in troubles)
    assert troubles[0].kind == "ledger poisoned"
    assert troubles[1].after - troubles[0].after > 50
    assert trouble.make(1, 1, 1000, 0, 1, 1) == []


def test_several_processes_meet_what_only_they_can() -> None:
    kinds = {each.kind for each in trouble.make(1, 1, 1000, 10, 2, 2)}
    assert {"redis restarted", "worker paused", "web paused", "clock shifted"} <= kinds
    skews = {each.skew for each in trouble.make(1, 1, 1000, 10, 2, 2) if each.kind == "clock shifted"}
    assert skews <= {300.0, -300.0}
    assert skews


def test_a_long_run_is_cut_into_parts_that_are_worth_repeating() -> None:
    wanted = run.Wanted(events=1_000_000, kills=1000, seed=1, rate=60.0)
    acts = run.acts(wanted)
    assert sum(act.events for act in acts) == pytest.approx(1_000_000, rel=0.001)
    assert sum(act.kills for act in acts) == pytest.approx(1000, rel=0.05)
    assert max(act.events for act in acts) <= run.PART
