"""What every channel of bot/channels keeps to, whoever wrote it: one suite over all of them."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from bot.app import LIMITS, Knowledge
from bot.delivery import ledger, transcript
from bot.delivery.ports import Outgoing
from bot.storage.addresses import address_hash
from bot.storage.tables import contacts, dead_letters, deliveries, metadata
from tests.contracts.doors import DOORS, Door, Post, WebDoor
from tests.support.cable import Cable
from tests.support.phones import MESSENGERS, House, figures, house
from tests.support.postgres import Databases

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(
    folder.name for folder in (ROOT / "bot/channels").iterdir() if (folder / "channel.py").is_file()
)
FIXTURES = ROOT / "tests/fixtures"
WITH_PLATFORM = [package for package in PACKAGES if package != "web"]

CLIENT = httpx.AsyncClient(timeout=30, verify=False)
"""One for all: making one reads the certificates of the world."""

every_channel = pytest.mark.parametrize("package", PACKAGES)
every_messenger = pytest.mark.parametrize("package", WITH_PLATFORM)


@pytest.fixture(scope="module")
async def home(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge
) -> AsyncIterator[House]:
    """One product with every channel."""
    url = databases.fresh()
    folder = tmp_path_factory.mktemp("contracts")
    async with house("web", url, folder, knowledge, beside=MESSENGERS) as opened:
        yield opened
    databases.drop(url)


@pytest.fixture
def door(home: House, package: str) -> Door:
    return DOORS[package](home)


async def post(home: House, request: Post) -> int:
    """The status of the answer; which says nothing of the person, and is no page of errors of a server."""
    answer = await CLIENT.post(home.url + request.path, content=request.body, headers=request.headers)
    assert "Traceback" not in answer.text
    return answer.status_code


async def rows(home: House) -> dict[str, int]:
    """Of every table there is; without what processes agree on among themselves."""
    await home.settle()
    tables = [table.name for table in metadata.sorted_tables if table.name != "leases"]
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)
    async with home.product.database.begin() as uow:
        return {row[0]: row[1] for row in (await uow.execute(text(counts))).all()}


async def contact(home: House, door: Door, person: str) -> Any:
    digest = address_hash(home.product.vault, door.channel, door.address(person))
    query = select(contacts).where(contacts.c.channel == door.channel, contacts.c.address_hash == digest)
    async with home.product.database.begin() as uow:
        return (await uow.execute(query)).one()


async def answers(home: House, contact_id: int, channel: str, said: str) -> list[int]:
    """An officer's message is queued, not sent yet; its rows."""
    async with home.product.database.begin() as uow:
        ids = await ledger.to_contact(
            uow,
            home.product.vault,
            contact_id=contact_id,
            channel=channel,
            kind="answer",
            message=Outgoing(said),
            limits=LIMITS[channel],
            now=home.clock.now(),
        )
        await uow.commit()
    return ids


async def states(home: House, ids: list[int]) -> list[str]:
    query = select(deliveries.c.state).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id)
    async with home.product.database.begin() as uow:
        return list((await uow.execute(query)).scalars())


@every_channel
def test_a_channel_has_its_door_its_fixtures_and_its_limits(package: str, home: House) -> None:
    assert package in DOORS, "write how its requests are made, in tests/contracts/doors.py"
    assert list((FIXTURES / package).glob("*__*.json")), (
        f"tests/fixtures/{package} has no <event>__<variant>.json"
    )
    channel = DOORS[package](home).channel
    assert home.product.channels[channel].limits is LIMITS[channel]


@every_channel
async def test_what_does_not_prove_itself_is_refused_and_leaves_nothing(home: House, door: Door) -> None:
    forged = await door.forged()
    before, heard = await rows(home), len(home.heard)
    statuses = {what: await post(home, request) for what, request in forged.items()}
    assert set(statuses.values()) <= {401, 403}, statuses
    assert await rows(home) == before
    assert len(home.heard) == heard


@every_channel
async def test_a_genuine_message_is_one_turn_however_often_it_comes(home: House, door: Door) -> None:
    request = await door.text("xin chào", "who repeats")
    heard = len(home.heard)
    at_once = await asyncio.gather(*(post(home, request) for _ in range(10)))
    after_one = await rows(home)
    again = [await post(home, request) for _ in range(10)]
    assert set(at_once + again) == {200}
    assert len(home.heard) == heard + 1
    assert await rows(home) == after_one
    shown = door.seen("who repeats")
    assert shown is None or len(shown) == len({message.text for message in shown}) > 0


@every_messenger
async def test_an_event_that_is_not_acted_upon_is_answered_and_counted(home: House, door: Door) -> None:
    event = door.unsupported()
    assert event is not None
    before, heard, counted = await rows(home), len(home.heard), await unsupported(home, door.channel)
    assert await post(home, door.signed(event)) == 200
    assert await unsupported(home, door.channel) == counted + 1
    assert (await rows(home)).items() - before.items() <= {("channel_state", before["channel_state"] + 1)}
    assert len(home.heard) == heard


async def unsupported(home: House, channel: str) -> float:
    found = re.findall(
        rf'^ntd_unsupported_events_total{{channel="{channel}",event="\w+"}} (\S+)$',
        await figures(home),
        re.MULTILINE,
    )
    return sum(map(float, found))


NO_JSON = {
    "empty": b"",
    "words": b"hello",
    "half": b'{"update_id": 1, "message": {"te',
    "null": b"null",
    "a number": b"1",
    "a list": b"[]",
    "a text": b'"update"',
    "no UTF-8": b'{"text": "\xff\xfe"}',
    "UTF-16": '{"update_id": 1}'.encode("utf-16"),
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"message":' * 20_000,
    "a form": b"update_id=1&text=alo",
    "huge": b'{"text": "' + b"a" * 1_100_000 + b'"}',
    "a huge number": b'{"update_id": ' + b"9" * 5000 + b"}",
    "nan": b'{"update_id": NaN}',
}


@every_channel
async def test_what_cannot_be_the_platform_s_is_refused_and_leaves_nothing(home: House, door: Door) -> None:
    await post(home, await door.text("xin chào", "somebody"))
    before, heard = await rows(home), len(home.heard)
    bodies = NO_JSON | door.foreign()
    statuses = {what: await post(home, door.signed(body)) for what, body in bodies.items()}
    assert {status // 100 for status in statuses.values()} == {4}, statuses
    assert await rows(home) == before
    assert len(home.heard) == heard


async def test_the_console_of_zalo_tries_an_address_with_an_empty_object(home: House) -> None:
    before = await rows(home)
    assert await post(home, Post("/channels/zalo-oa", b"{}")) == 200
    assert await rows(home) == before


@every_channel
async def test_other_methods_are_not_for_events(home: House, door: Door) -> None:
    good = await door.text("xin chào")
    before = await rows(home)
    async with httpx.AsyncClient(base_url=home.url) as client:
        for method in ("PUT", "DELETE", "PATCH", *(["GET"] if door.channel != "web" else [])):
            answer = await client.request(method, door.path, content=good.body, headers=good.headers)
            assert answer.status_code in (404, 405), method
    assert await rows(home) == before


@every_messenger
async def test_a_long_text_goes_in_pieces_that_end_with_sentences(home: House, door: Door) -> None:
    await post(home, await door.text("xin chào", "who reads"))
    await home.settle()
    before = len(door.seen("who reads") or ())
    sentences = [f"Câu số {number} nói về quyền của người tiêu dùng 😀." for number in range(1, 201)]
    who = await contact(home, door, "who reads")
    ids = await answers(home, who.id, door.channel, " ".join(sentences))
    await home.settle()
    pieces = [message.text for message in (door.seen("who reads") or ())[before:]]
    assert len(pieces) == len(ids) > 1
    assert await states(home, ids) == ["sent"] * len(ids)
    assert all(piece.endswith(".") for piece in pieces)
    assert " ".join(pieces) == " ".join(sentences)


@every_channel
async def test_a_choice_survives_the_way_there_and_back(home: House, door: Door) -> None:
    if isinstance(door, WebDoor):
        await post(home, await door.text("đổi ngôn ngữ", "who chooses"))
        who = await contact(home, door, "who chooses")
        offered = await last_choices(home, who.id)
        await post(home, await door.choice("who chooses", "English", offered["English"]))
        assert (await contact(home, door, "who chooses")).language == "en"
        return
    phone = home.phone(channel=door.channel)
    await home.after(phone.say("đổi ngôn ngữ"))
    await home.after(phone.choose("English"))
    query = (
        select(contacts.c.language).where(contacts.c.channel == door.channel).order_by(contacts.c.id.desc())
    )
    async with home.product.database.begin() as uow:
        assert (await uow.execute(query.limit(1))).scalar_one() == "en"


async def last_choices(home: House, contact_id: int) -> dict[str, str]:
    async with home.product.database.begin() as uow:
        lines = await transcript.since(uow, home.product.vault, contact_id, 0)
    return {choice.label: choice.payload for choice in lines[-1].line.choices}


LEAVES = [package for package in WITH_PLATFORM if package != "zalo_bot"]


@pytest.mark.parametrize("package", LEAVES)
async def test_who_blocks_us_is_stopped(home: House, door: Door) -> None:
    await post(home, await door.text("đăng ký nhận tin", "who leaves"))
    await home.settle()
    who = await contact(home, door, "who leaves")
    ids = await answers(home, who.id, door.channel, "Chúng tôi đã kiểm tra.")
    event = door.leaves("who leaves")
    assert event is not None
    assert await post(home, door.signed(event)) == 200
    await home.settle()
    assert (await contact(home, door, "who leaves")).stopped
    assert await states(home, ids) == ["stopped"]


@every_messenger
async def test_who_is_found_gone_when_something_is_sent_is_stopped(home: House, door: Door) -> None:
    await post(home, await door.text("xin chào", "who is gone"))
    await home.settle()
    who = await contact(home, door, "who is gone")
    door.refuses("who is gone")
    ids = [
        *await answers(home, who.id, door.channel, "Một."),
        *await answers(home, who.id, door.channel, "Hai."),
    ]
    await home.settle()
    assert (await contact(home, door, "who is gone")).stopped
    assert await states(home, ids) == ["refused", "stopped"]


@every_messenger
async def test_a_file_that_is_no_evidence_is_refused_in_words_once_it_is_fetched(
    home: House, door: Door
) -> None:
    phone = home.phone(channel=door.channel)
    await home.after(phone.photo(b"\xff\xd8\xff no photo at all", "photo.jpg"))
    assert "Tệp này không nhận được" in phone.news()[-1].text


@every_messenger
async def test_every_event_of_the_platform_is_taken_and_no_turn_fails(
    home: House, door: Door, package: str
) -> None:
    found = {path.name: restamped(path.read_bytes(), home) for path in (FIXTURES / package).glob("*__*.json")}
    statuses = {name: await post(home, door.signed(body)) for name, body in sorted(found.items())}
    assert {name: status for name, status in statuses.items() if status != 200} == {}
    await home.settle()
    async with home.product.database.begin() as uow:
        assert (await uow.execute(select(dead_letters.c.event_id))).all() == []


@every_messenger
async def test_events_with_something_else_in_a_place_break_nothing(
    home: House, door: Door, package: str
) -> None:
    """Every fixture with one value replaced: taken or refused, never an error of ours."""
    for path in sorted((FIXTURES / package).glob("*__*.json")):
        event = json.loads(restamped(path.read_bytes(), home))
        changed = mutated(event, random.Random(path.name))
        status = await post(home, door.signed(json.dumps(changed).encode()))
        assert status in (200, 400, 401), (path.name, changed)
    await home.settle()
    async with home.product.database.begin() as uow:
        assert (await uow.execute(select(dead_letters.c.event_id))).all() == []


ODD: list[Any] = [None, [], {}, 0, -1, 2**70, 1e300, True, "", "x" * 3000, "\x00", "\ud800", [[]], {"a": {}}]


def mutated(event: Any, chance: random.Random) -> Any:
    changed = json.loads(json.dumps(event))
    holder, key = chance.choice(list(inside(changed)))
    holder[key] = chance.choice(ODD)
    return changed


def inside(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from inside(value[key])


def restamped(body: bytes, home: House) -> bytes:
    """Zalo refuses what is older than three hours: the event is of now."""
    now = str(int(home.clock.now().timestamp() * 1000)).encode()
    return re.sub(rb'("timestamp":\s*"?)\d{13}', rb"\g<1>" + now, body)


async def test_without_a_database_what_is_acknowledged_waits_on_the_disk(
    database_url: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    """Messengers get their 200 for it, and once the database is back each event is one turn, sent again or
    not. The chat page is told to keep its message and to send it again."""
    folder = tmp_path / "wire"
    folder.mkdir()
    async with (
        Cable(database_url, folder) as cable,
        house("web", cable.url, tmp_path, knowledge, beside=MESSENGERS) as home,
    ):
        doors = [DOORS[package](home) for package in PACKAGES]
        requests = [await door.text("xin chào", "who waits") for door in doors]
        first = [503 if door.channel == "web" else 200 for door in doors]
        await cable.cut()
        assert [await post(home, request) for request in requests] == first
        assert home.heard == []
        ready = await CLIENT.get(f"{home.url}/health/ready")
        assert ready.status_code == 503
        assert (ready.json()["missing"], ready.json()["spool"]["waiting"]) == (["database"], len(MESSENGERS))
        assert f"ntd_spool_waiting {len(MESSENGERS)}.0" in await figures(home)
        await cable.mend()
        assert [await post(home, request) for request in requests] == [200] * len(doors)
        await home.settle()
        assert [await post(home, request) for request in requests] == [200] * len(doors)
        await home.settle()
        assert len(home.heard) == len(doors)
        assert home.product.spool.figures().waiting == 0
