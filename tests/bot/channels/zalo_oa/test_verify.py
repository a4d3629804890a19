"""Genuine, forged and stale requests, at the verifier itself."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest

from bot.channels.zalo_oa.verify import Refused, Verifier

APP, KEY = "1000000000000000001", "made-up-oa-secret-key"
NOW = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
STAMP = str(int(NOW.timestamp() * 1000))
OTHER = str(int(NOW.timestamp() * 1000) + 7)
VERIFIER = Verifier(APP, KEY)


def body(stamp: object = STAMP, app_id: object = APP) -> bytes:
    told = {"app_id": app_id, "event_name": "user_send_text", "timestamp": stamp, "message": {"text": "ơ/"}}
    return json.dumps(told, ensure_ascii=False).encode()


def mac(raw: bytes, stamp: str = STAMP, key: str = KEY, app_id: str = APP) -> str:
    return hashlib.sha256(app_id.encode() + raw + stamp.encode() + key.encode()).hexdigest()


def at(age: dt.timedelta) -> str:
    return str(int((NOW - age).timestamp() * 1000))


GENUINE = {
    "both timestamps": (body(), f"mac={mac(body())}", STAMP, "both"),
    "without mac=": (body(), mac(body()), STAMP, "both"),
    "upper case": (body(), f"MAC={mac(body()).upper()}", STAMP, "both"),
    "with spaces": (body(), f"  mac={mac(body())} ", f" {STAMP} ", "both"),
    "by the body's timestamp": (body(), f"mac={mac(body())}", OTHER, "body"),
    "no header timestamp": (body(), f"mac={mac(body())}", "", "body"),
    "by the header's timestamp": (body(), f"mac={mac(body(), OTHER)}", OTHER, "header"),
    "a number in the body": (body(int(STAMP)), f"mac={mac(body(int(STAMP)))}", "", "body"),
    "no timestamp in the body": (b'{"event_name":"a"}', mac(b'{"event_name":"a"}'), STAMP, "header"),
    "app id as a number": (body(app_id=int(APP)), mac(body(app_id=int(APP))), STAMP, "both"),
    "nearly three hours old": (
        body(at(dt.timedelta(hours=2, minutes=59))),
        mac(body(at(dt.timedelta(hours=2, minutes=59))), at(dt.timedelta(hours=2, minutes=59))),
        "",
        "body",
    ),
}


@pytest.mark.parametrize("case", GENUINE)
def test_genuine(case: str) -> None:
    raw, signature, stamp, source = GENUINE[case]
    assert VERIFIER.check(raw, signature, stamp, NOW).source == source


OLD = at(dt.timedelta(hours=3, minutes=1))
FUTURE = at(-dt.timedelta(hours=3, minutes=1))
FORGED = {
    "nothing": (body(), "", "", "signature"),
    "empty mac": (body(), "mac=", STAMP, "signature"),
    "not hexadecimal": (body(), "mac=chữ ký", STAMP, "signature"),
    "wrong key": (body(), f"mac={mac(body(), key='another')}", STAMP, "signature"),
    "empty key": (body(), f"mac={mac(body(), key='')}", STAMP, "signature"),
    "changed body": (body() + b" ", f"mac={mac(body())}", STAMP, "signature"),
    "the same JSON in other bytes": (
        json.dumps(json.loads(body())).encode(),
        mac(body()),
        STAMP,
        "signature",
    ),
    "a fresh timestamp on old bytes": (body(OLD), f"mac={mac(body(OLD), OLD)}", STAMP, "stale"),
    "made of a third timestamp": (body(), f"mac={mac(body(), '1763700000000')}", STAMP, "signature"),
    "made of no timestamp": (b"{}x", f"mac={mac(b'{}x', '')}", "", "signature"),
    "stale by the body": (body(OLD), f"mac={mac(body(OLD), OLD)}", "", "stale"),
    "stale by the header": (body(), f"mac={mac(body(), OLD)}", OLD, "stale"),
    "of the future": (body(FUTURE), f"mac={mac(body(FUTURE), FUTURE)}", "", "stale"),
    "a timestamp that is none": (body("hôm qua"), f"mac={mac(body('hôm qua'), 'hôm qua')}", "", "stale"),
    "a timestamp without end": (body("9" * 400), f"mac={mac(body('9' * 400), '9' * 400)}", "", "stale"),
    "another app": (body(app_id="7"), f"mac={mac(body(app_id='7'))}", STAMP, "app_id"),
    "signed as another app": (body(), f"mac={mac(body(), app_id='7')}", STAMP, "signature"),
    "not JSON": (b"<html>", f"mac={mac(b'<html>', key='x')}", STAMP, "signature"),
    "half of a hash": (body(), f"mac={mac(body())[:32]}", STAMP, "signature"),
}


@pytest.mark.parametrize("case", FORGED)
def test_refused(case: str) -> None:
    raw, signature, stamp, reason = FORGED[case]
    with pytest.raises(Refused) as refused:
        VERIFIER.check(raw, signature, stamp, NOW)
    assert refused.value.reason == reason
