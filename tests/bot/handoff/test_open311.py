"""Open311 GeoReport v2 as a client sees it: what it reads, what it never reads, what it writes."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import httpx
import jsonschema_rs
import pytest
from litestar import Litestar
from sqlalchemy import insert, select

from bot.cases.book import ContactCases
from bot.cases.directory import Reach
from bot.handoff import clients
from bot.handoff.open311.routes import routes
from bot.storage.tables import api_clients, case_followers
from tests.bot.handoff.post_office import PIPELINE, PostOffice

LEAD, OTHER = "so_y_te", "so_cong_thuong"
V2 = "/open311/v2"


@dataclass
class Api:
    office: PostOffice
    http: httpx.AsyncClient

    async def key(
        self, name: str, agency: str | None = LEAD, province: str = "thai-nguyen", **part: Any
    ) -> str:
        place: dict[str, Any] = {"unit": None, "commune": None, **part}
        async with self.office.transaction() as uow:
            return await clients.add(
                uow,
                self.office.vault,
                name=name,
                province=province,
                agency=agency,
                now=self.office.clock.now(),
                **place,
            )

    async def get(self, path: str, key: str = "", **query: str) -> httpx.Response:
        return await self.http.get(f"{V2}/{path}", params=query, headers=bearer(key))

    async def post(self, path: str, key: str = "", **fields: str) -> httpx.Response:
        return await self.http.post(f"{V2}/{path}", data=fields, headers=bearer(key))

    async def codes(self, key: str, **query: str) -> list[str]:
        answer = await self.get("requests.json", key, **query)
        assert answer.status_code == 200, answer.text
        return [one["service_request_id"] for one in answer.json()]


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


@pytest.fixture
async def api(office: PostOffice) -> AsyncIterator[Api]:
    app = Litestar(routes(office.registry, office.database, office.clock, PIPELINE), openapi_config=None)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ntd.test") as http:
        yield Api(office, http)


# --- what everybody may read --------------------------------------------------------------------------------


async def test_services_are_open_in_both_formats(api: Api) -> None:
    told = (await api.get("services.json")).json()
    assert {one["service_code"] for one in told} == set(api.office.registry.catalog.topics)
    answer = await api.get("services.xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "services"
    assert [one.findtext("service_code") for one in root.iter("service")] == [
        one["service_code"] for one in told
    ]


async def test_a_service_tells_its_form(api: Api) -> None:
    told = (await api.get("services/medicine.json")).json()
    consent, *others = told["attributes"]
    assert (consent["code"], consent["required"]) == ("consent", True)
    assert "product" in [one["code"] for one in others]
    root = ElementTree.fromstring((await api.get("services/medicine.xml")).content)
    assert len(list(root.iter("attribute"))) == len(told["attributes"])


async def test_discovery_names_this_interface(api: Api) -> None:
    told = (await api.get("discovery.json")).json()
    assert told["endpoints"][0]["url"].endswith(V2)


async def test_errors_are_lists_of_codes(api: Api) -> None:
    for path, status in (("services/nothing", 404), ("nothing", 404), ("requests", 403)):
        answer, xml = await api.get(f"{path}.json"), await api.get(f"{path}.xml")
        assert (answer.status_code, answer.json()[0]["code"]) == (status, status)
        assert ElementTree.fromstring(xml.content).findtext("error/code") == str(status)
    assert (await api.get("services.yml")).json()[0]["code"] == 404


async def test_the_webhook_s_schema_is_published(api: Api) -> None:
    answer = await api.http.get("/schema/handoff.json")
    assert answer.headers["content-type"].startswith("application/schema+json")
    jsonschema_rs.validator_for(answer.json())


# --- keys ---------------------------------------------------------------------------------------------------


async def test_only_a_client_s_own_living_key_opens(api: Api) -> None:
    key = await api.key("mot-cua")
    assert (await api.get("requests.json", key)).status_code == 200
    assert (await api.get("requests.json", api_key=key)).status_code == 200
    assert (await api.get("requests.json", key[:-1])).status_code == 403
    (row,) = await api.office.rows(select(api_clients))
    assert key.encode() not in bytes(row.key_hash)
    async with api.office.transaction() as uow:
        fresh = await clients.renew(uow, api.office.vault, "mot-cua")
    assert (await api.get("requests.json", key)).status_code == 403
    async with api.office.transaction() as uow:
        await clients.set_active(uow, "mot-cua", False)
    assert (await api.get("requests.json", fresh)).status_code == 403


async def test_a_client_of_another_province_is_told_nothing(api: Api) -> None:
    await api.office.file()
    key = await api.key("hy", province="hung-yen")
    assert await api.codes(key) == []
    assert (await api.get("requests.json", key, jurisdiction_id="thai-nguyen")).status_code == 404


# --- reading ------------------------------------------------------------------------------------------------


async def test_a_client_reads_its_agency_s_cases_and_no_others(api: Api) -> None:
    ours, theirs = await api.office.file(), await api.office.file(topic="price")
    key = await api.key("syt")
    assert await api.codes(key) == [ours.case.code]
    assert (await api.get(f"requests/{theirs.case.code}.json", key)).status_code == 404
    assert (await api.get(f"requests/{ours.case.code}.json", key)).status_code == 200


async def test_a_request_says_where_the_case_stands_and_masks_whose_it_is(api: Api) -> None:
    story = {
        "what_happened": "Mua thuốc, gọi lại 0900000002 <b>&",
        "contact_phone": "0900000001",
        "money": "5000",
    }
    filed = await api.office.file(slots=story, commune="05443")
    key = await api.key("syt")
    answer = await api.get(f"requests/{filed.case.code}.json", key)
    (told,) = answer.json()
    assert (told["status"], told["service_code"], told["address_id"]) == ("open", "medicine", "05443")
    assert told["extended_attributes"]["role"] == "lead"
    xml = await api.get(f"requests/{filed.case.code}.xml", key)
    root = ElementTree.fromstring(xml.content)
    assert root.findtext("request/description") == told["description"]
    for text in (answer.text, xml.text):
        assert "0900000001" not in text
        assert "0900000002" not in text


async def test_with_an_agreement_a_client_reads_everything(office: PostOffice) -> None:
    office.reaches = {LEAD: Reach(agreement="Thỏa thuận số 1")}
    app = Litestar(routes(office.registry, office.database, office.clock, PIPELINE), openapi_config=None)
    filed = await office.file()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ntd.test") as http:
        api = Api(office, http)
        key = await api.key("syt")
        assert "0900000001" in (await api.get(f"requests/{filed.case.code}.json", key)).text


async def test_the_filters_of_georeport(api: Api) -> None:
    office = api.office
    old = await office.file()
    office.move(days=100)
    closed, urgent = await office.file(), await office.file(topic="cosmetics")
    await office.act(await office.officer(LEAD), closed.case.code, "resolve", "Đã xử lý")
    key = await api.key("syt")
    a, b, c = (one.case.code for one in (old, closed, urgent))
    now = office.clock.now()
    assert set(await api.codes(key)) == {b, c}
    assert await api.codes(key, status="closed") == [b]
    assert await api.codes(key, status="open") == [c]
    assert await api.codes(key, service_code="cosmetics,price") == [c]
    assert set(await api.codes(key, service_request_id=f"{a},{c},HY-26-999999")) == {a, c}
    ago = (now - dt.timedelta(days=101)).isoformat()
    assert await api.codes(key, start_date=ago) == [a]
    assert await api.codes(key, end_date=(now - dt.timedelta(days=99)).isoformat()) == [a]
    assert set(await api.codes(key, start_date=ago, end_date=now.isoformat())) == {a, b, c}
    assert set(await api.codes(key, updated_after=ago)) == {a, b, c}
    for wrong in ({"start_date": "yesterday"}, {"status": "gone"}):
        assert (await api.get("requests.json", key, **wrong)).status_code == 400


async def test_what_happened_since_is_read_with_the_case_and_stays_in_step(api: Api) -> None:
    """Also by a client whose agency has no webhook; whoever filed it reads what the consumer is told."""
    office = api.office
    centre, syt, beside = (
        await api.key("1022", agency=None),
        await api.key("syt"),
        await api.key("xa", "ubnd_xa", commune="05443"),
    )
    code = (await api.post("requests.json", centre, **CALL)).json()[0]["service_request_id"]
    contact = await office.contact()
    async with office.transaction() as uow:
        await uow.execute(insert(case_followers), await following(office, code, contact))
    office.move(minutes=1)
    seen = office.clock.now().isoformat()
    assert await api.codes(syt, updated_after=seen) == []
    office.move(minutes=1)
    async with office.transaction() as uow:
        book = ContactCases(uow, office.registry, contact_id=contact, language="vi", now=office.clock.now())
        await book.add_evidence(code, (), "Gọi 0900000003")
    assert await api.codes(syt, updated_after=seen) == [code]
    await api.post(
        f"requests/{code}/updates.json", syt, update_id="1", status="answered", description="Đã kiểm tra"
    )
    assert await updates(api, syt, code) == ["case.evidence_added", "case.accepted", "case.answered"]
    assert await updates(api, beside, code) == ["case.evidence_added"]
    assert await updates(api, centre, code) == ["case.accepted", "case.answered"]
    answer = await api.get(f"requests/{code}.xml", syt)
    assert "0900000003" not in answer.text
    root = ElementTree.fromstring(answer.content)
    assert [one.text for one in root.iterfind(".//update/text")][-1] == "Đã kiểm tra"
    (listed,) = (await api.get("requests.json", syt)).json()
    assert listed["extended_attributes"]["updates"] is None


async def following(office: PostOffice, code: str, contact: int) -> dict[str, Any]:
    complaint = await office.complaint(code)
    return {"complaint_id": complaint.id, "contact_id": contact, "since": office.clock.now()}


async def updates(api: Api, key: str, code: str) -> list[str]:
    (told,) = (await api.get(f"requests/{code}.json", key)).json()
    return [one["type"] for one in told["extended_attributes"]["updates"]]


# --- filing -------------------------------------------------------------------------------------------------

CALL = {
    "service_code": "medicine",
    "description": "Mua thuốc không có số đăng ký, mã OTP là 123456",
    "phone": "0900000001",
    "attribute[consent]": "true",
    "attribute[money]": "250 nghìn",
    "attribute[commune]": "05443",
}


async def test_a_call_centre_files_a_case_and_follows_it(api: Api) -> None:
    key = await api.key("1022", agency=None)
    answer = await api.post("requests.json", key, **CALL)
    assert answer.status_code == 201, answer.text
    (told,) = answer.json()
    code = told["service_request_id"]
    complaint, details = await api.office.complaint(code), await api.office.details(code)
    assert (complaint.source, complaint.province, complaint.commune) == ("system", "thai-nguyen", "05443")
    assert details.slots["money"] == "250000"
    assert details.slots["contact_phone"] == "0900000001"
    assert "123456" not in details.slots["what_happened"]
    assert ("filed", None) in await api.office.history(code)
    assert await api.codes(key) == [code]
    assert await api.codes(await api.key("other", agency=None)) == []
    assert await api.codes(await api.key("syt")) == [code]


async def test_a_repeat_files_nothing_more(api: Api) -> None:
    key = await api.key("1022", agency=None)
    fields = {**CALL, "attribute[external_id]": "1022-7"}
    first, second = [await api.post("requests.json", key, **fields) for _ in range(2)]
    codes = [answer.json()[0]["service_request_id"] for answer in (first, second)]
    assert codes[0] == codes[1]
    assert "Mã bí mật" in first.json()[0]["service_notice"]
    assert second.json()[0]["service_notice"] is None
    other = await api.post("requests.json", await api.key("1023", agency=None), **fields)
    assert other.json()[0]["service_request_id"] != codes[0]


async def test_json_is_taken_and_xml_is_given(api: Api) -> None:
    key = await api.key("1022", agency=None)
    body = {"service_code": "medicine", "description": "Thuốc giả", "attribute": {"consent": True}}
    answer = await api.http.post(f"{V2}/requests.xml", json=body, headers=bearer(key))
    assert answer.status_code == 201
    assert ElementTree.fromstring(answer.content).findtext("request/service_request_id")


async def test_what_cannot_be_filed_is_said(api: Api) -> None:
    key = await api.key("1022", agency=None)
    cases: tuple[tuple[dict[str, str], int], ...] = (
        ({"service_code": ""}, 400),
        ({"service_code": "nothing"}, 404),
        ({"description": " "}, 400),
        ({"attribute[consent]": "false"}, 400),
        ({"attribute[commune]": "Xã Không Có"}, 400),
        ({"attribute[money]": "rất nhiều"}, 400),
        ({"phone": "12"}, 400),
        ({"lat": "21.5"}, 400),
        ({"lat": "nan", "long": "105"}, 400),
        ({"attribute[date]": "2999-01-01"}, 400),
        ({"jurisdiction_id": "hung-yen"}, 404),
        ({"attribute[external_id]": "x" * 81}, 400),
    )
    for changes, status in cases:
        answer = await api.post("requests.json", key, **{**CALL, **changes})
        assert answer.status_code == status, (changes, answer.text)
    assert await api.codes(key) == []


# --- returning states ---------------------------------------------------------------------------------------


async def test_states_come_back_and_the_consumer_hears_of_them(api: Api) -> None:
    office = api.office
    contact = await office.contact()
    code = (await office.file(contact_id=contact)).case.code
    key, path = await api.key("syt"), f"requests/{code}/updates.json"
    for number, fields in enumerate(
        (
            {"status": "accepted"},
            {"status": "answered", "description": "Đã lấy mẫu kiểm nghiệm"},
            {"status": "closed", "description": "Thuốc giả, đã thu hồi", "outcome": "solved"},
        )
    ):
        for _ in range(2):  # the second is the same call again
            answer = await api.post(path, key, update_id=f"u{number}", **fields)
            assert answer.status_code == 201, answer.text
    complaint = await office.complaint(code)
    assert (complaint.state, complaint.outcome) == ("resolved", "solved")
    texts = [message.text for message in await office.told(contact)]
    assert len(texts) == 3
    assert "Đã lấy mẫu kiểm nghiệm" in texts[1]
    assert "Thuốc giả, đã thu hồi" in texts[2]
    (told,) = (await api.get(f"requests/{code}.json", key)).json()
    assert (told["status"], told["extended_attributes"]["outcome"]) == ("closed", "solved")


async def test_a_state_after_an_officer_s_hand_takes_nothing_from_them(api: Api) -> None:
    code = (await api.office.file()).case.code
    lan = await api.office.officer(LEAD)
    await api.office.act(lan, code, "accept")
    key = await api.key("syt")
    answer = await api.post(f"requests/{code}/updates.json", key, update_id="1", status="accepted")
    assert answer.status_code == 201
    lead = next(part for part in await api.office.parts(code) if part.lead)
    assert lead.officer_id == lan.id


async def test_a_coordinating_agency_ends_its_own_part_only(api: Api) -> None:
    office = api.office
    code = (await office.file(topic="counterfeit_goods")).case.code
    parts = await office.parts(code)
    part = next(part for part in parts if not part.lead and part.commune is None)
    key = await api.key("phoi-hop", agency=part.agency, unit=part.unit)
    answer = await api.post(f"requests/{code}/updates.json", key, update_id="1", status="closed")
    assert answer.status_code == 201, answer.text
    assert (await office.complaint(code)).state == "open"
    assert next(one for one in await office.parts(code) if one.id == part.id).state == "done"


async def test_the_trader_s_leg_comes_back_too(api: Api) -> None:
    """An agency that works in its own system only kept the law as well: its case is late with nothing."""
    office = api.office
    office.clock.move(dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC) - office.clock.now())
    code = (await office.file(topic="online_shopping")).case.code
    before = (await office.complaint(code)).due_at
    key, path = await api.key("sct", agency=OTHER), f"requests/{code}/updates.json"
    office.move(days=2)
    call = {"update_id": "1", "status": "trader_forward", "description": "Công văn 12", "on": "2026-03-03"}
    for _ in range(2):
        assert (await api.post(path, key, **call)).status_code == 201
    case = await office.complaint(code)
    assert (case.due_at > before, case.by_law) == (True, True)
    assert [action for action, _ in await office.history(code)].count("forward") == 1
    (told,) = (await api.get(f"requests/{code}.json", key)).json()
    (step,) = told["extended_attributes"]["updates"]
    assert (step["type"], step["step"], step["text"]) == ("case.trader_step", "forward", "Công văn 12")
    for number, (fields, status) in enumerate(
        (
            ({"status": "trader_silence"}, 409),
            ({"status": "trader_refuse", "on": "hôm qua"}, 400),
            ({"status": "trader_refuse", "on": "2026-03-30"}, 400),
            ({"status": "trader_refuse", "on": "2026-03-04"}, 201),
        )
    ):
        answer = await api.post(path, key, update_id=f"n{number}", **fields)
        assert answer.status_code == status, (fields, answer.text)


async def test_what_cannot_be_returned_is_said(api: Api) -> None:
    code = (await api.office.file()).case.code
    key = await api.key("syt")
    cases: tuple[tuple[dict[str, str], int], ...] = (
        ({"status": "accepted"}, 400),
        ({"update_id": "1", "status": "gone"}, 400),
        ({"update_id": "1", "status": "answered"}, 400),
        ({"update_id": "1", "status": "closed", "description": "x", "outcome": "well"}, 400),
    )
    for fields, status in cases:
        assert (await api.post(f"requests/{code}/updates.json", key, **fields)).status_code == status, fields
    assert (await api.office.complaint(code)).state == "open"


async def test_nobody_changes_a_case_that_is_not_theirs(api: Api) -> None:
    """Nor a call centre one that it filed: it reads it, its agency answers it."""
    key = await api.key("1022", agency=None)
    filed = (await api.post("requests.json", key, **CALL)).json()[0]["service_request_id"]
    other = await api.key("sct", agency="so_tu_phap")
    for one in (key, other):
        answer = await api.post(f"requests/{filed}/updates.json", one, update_id="1", status="accepted")
        assert answer.status_code == 404
    late = await api.key("syt")
    await api.post(f"requests/{filed}/updates.json", late, update_id="1", status="closed", description="x")
    again = await api.post(
        f"requests/{filed}/updates.json", late, update_id="2", status="asked", description="?"
    )
    assert again.status_code == 409


async def test_no_body_breaks_it(api: Api) -> None:
    key = await api.key("1022", agency=None)
    bodies = (
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"attribute": []}',
        b'{"service_code": {"a": 1}}',
        b"\xff\xfe",
        b"{}" * 60_000,
    )
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    for body, kind in itertools.product(bodies, kinds):
        headers = {**bearer(key), "Content-Type": kind}
        answer = await api.http.post(f"{V2}/requests.json", content=body, headers=headers)
        assert 400 <= answer.status_code < 500, (body[:40], kind, answer.text)
        assert json.loads(answer.text)[0]["code"] == answer.status_code
