"""What an agency's system receives. The judge of our signatures is somebody else's library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Judge
from standardwebhooks.webhooks import WebhookVerificationError

from bot.cases.directory import DirectoryError, Reach, read, secret_bytes
from bot.handoff.signing import new_secret, signature
from bot.handoff.webhook import schema
from tests.bot.handoff.post_office import SECRET, PostOffice, Receiver

LEAD = "so_y_te"


def reach(system: Receiver, *secrets: str, host: str = "127.0.0.1", path: str = "/cases") -> Reach:
    return Reach(webhook=f"http://{host}:{system.port}{path}", secrets=secrets or (SECRET,))


async def reason(office: PostOffice) -> str | None:
    filed = await office.file()
    await office.run()
    row = (await office.ways(filed.case.code))[LEAD, "webhook"]
    assert row.state == "queued"
    found: str | None = row.reason
    return found


async def test_the_signature_holds_and_the_body_fits_the_published_schema(
    office: PostOffice, system: Receiver
) -> None:
    office.reaches = {LEAD: reach(system)}
    filed = await office.file(commune="05443")
    await office.run()
    (request,) = system.requests
    told = Judge(SECRET).verify(request.body, request.headers)
    jsonschema_rs.validator_for(schema()).validate(told)
    assert told["type"] == "handoff.created"
    assert told["data"]["code"] == filed.case.code
    assert told["data"]["to"] == {
        "id": LEAD,
        "name": "Sở Y tế tỉnh Thái Nguyên",
        "role": "lead",
        "unit": None,
        "commune": None,
    }
    assert told["data"]["masked"]
    assert "0900000001" not in request.body.decode()
    with pytest.raises(WebhookVerificationError):
        Judge(SECRET).verify(request.body + b" ", request.headers)


async def test_the_id_stays_when_it_is_tried_again_and_the_body_too(
    office: PostOffice, system: Receiver
) -> None:
    office.reaches = {LEAD: reach(system)}
    system.answers = [(500, {})]
    await office.file()
    await office.run()
    office.move(minutes=1)
    await office.run()
    first, second = system.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert first.body == second.body


async def test_while_secrets_are_exchanged_either_of_them_verifies(
    office: PostOffice, system: Receiver
) -> None:
    new = new_secret()
    office.reaches = {LEAD: reach(system, new, SECRET)}
    await office.file()
    await office.run()
    (request,) = system.requests
    for secret in (new, SECRET):
        Judge(secret).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Judge(new_secret()).verify(request.body, request.headers)


async def test_a_redirect_is_not_followed(office: PostOffice, system: Receiver) -> None:
    office.reaches = {LEAD: reach(system)}
    system.answers = [(302, {"Location": f"http://127.0.0.1:{system.port}/elsewhere"})]
    assert await reason(office) == "the webhook redirects (302); redirects are not followed"
    assert [request.path for request in system.requests] == ["/cases"]


async def test_the_receiver_s_retry_after_is_heard(office: PostOffice, system: Receiver) -> None:
    office.reaches = {LEAD: reach(system)}
    system.answers = [(429, {"Retry-After": "600"})]
    await office.file()
    await office.run()
    office.move(minutes=9)
    assert await office.run() == 0
    office.move(minutes=1)
    assert await office.run() == 1


async def test_private_networks_are_called_only_where_they_are_named(
    office: PostOffice, system: Receiver
) -> None:
    office.set(handoff_networks=("10.0.0.0/8",))
    office.reaches = {LEAD: reach(system, host="localhost")}
    assert await reason(office) == "the webhook leads into a private network (NTD_HANDOFF_NETWORKS)"
    assert system.requests == []


async def test_in_production_only_https(office: PostOffice, system: Receiver) -> None:
    office.set(env="production")
    office.reaches = {LEAD: reach(system)}
    assert await reason(office) == "the webhook's address must begin with https://"


async def test_a_name_that_nobody_knows_is_a_failure(office: PostOffice) -> None:
    office.reaches = {LEAD: Reach(webhook="https://he-thong.tinh.invalid/x", secrets=(SECRET,))}
    assert await reason(office) == "the webhook's host name is not known"


@given(st.binary(min_size=24, max_size=64), st.text("abc_-19", min_size=1), st.binary())
def test_every_signature_convinces_the_judge(key: bytes, message_id: str, body: bytes) -> None:
    import base64
    import time

    body = body.hex().encode()
    secret = "whsec_" + base64.b64encode(key).decode()
    timestamp = int(time.time())
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature((secret,), message_id, timestamp, json.dumps(body.decode()).encode()),
    }
    assert Judge(secret).verify(json.dumps(body.decode()), headers) == body.decode()


# --- the contacts file --------------------------------------------------------------------------------------


def contacts(folder: Path, **fields: Any) -> Reach:
    file = folder / "contacts.yml"
    file.write_text(json.dumps({"thai-nguyen": {LEAD: fields}}), "utf-8")
    return read(file).reach("thai-nguyen", LEAD)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"webhook": "https://x.example.vn/"}, "without secrets"),
        ({"webhook": "https://x.example.vn/", "secrets": ["whsec_c2hvcnQ="]}, "a secret that is none"),
        ({"webhook": "ftp://x.example.vn/", "secrets": [SECRET]}, "no https address"),
        ({"email": "syt@tinh.example.vn, ai@do.example.vn"}, "no address"),
        ({"email": "syt@tinh.example.vn\nBcc: ai@do.example.vn"}, "no address"),
        ({"mail": "syt@tinh.example.vn"}, "unknown field"),
    ],
)
def test_a_faulty_contacts_file_is_told_and_no_secret_with_it(
    tmp_path: Path, fields: dict[str, Any], fault: str
) -> None:
    with pytest.raises(DirectoryError, match=fault) as told:
        contacts(tmp_path, **fields)
    assert "whsec_" not in str(told.value)


def test_a_commune_s_own_address_goes_before_that_of_all() -> None:
    from bot.cases.directory import Directory

    own, every = Reach(email="xa@tinh.example.vn"), Reach(email="chung@tinh.example.vn")
    directory = Directory({"thai-nguyen": {"ubnd_xa/05443": own, "ubnd_xa": every}})
    assert directory.reach("thai-nguyen", "ubnd_xa", "05443") is own
    assert directory.reach("thai-nguyen", "ubnd_xa", "05446") is every
    assert not directory.reaches("hung-yen", "ubnd_xa")


def test_a_new_secret_is_one() -> None:
    assert len(secret_bytes(new_secret()) or b"") == 32
