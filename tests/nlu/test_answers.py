"""Bare answers to questions of a form."""

from __future__ import annotations

import datetime as dt

import pytest

from nlu.answers import by_the_moon, parse_date, parse_money, parse_number, parse_phone, parse_yes_no
from tests.nlu.conftest import TODAY


@pytest.mark.parametrize(
    ("text", "amount"),
    [("5tr", 5_000_000), ("khoảng 500", 500_000), ("1200000", 1_200_000), ("hai triệu rưỡi", 2_500_000),
     ("à nhầm, 5 triệu", 5_000_000), ("ba trăm", 300_000), ("không nhớ", None), ("", None)],
)  # fmt: skip
def test_money(text: str, amount: int | None) -> None:
    assert parse_money(text) == amount


@pytest.mark.parametrize(
    ("text", "day"),
    [("hôm qua", "2026-11-20"), ("15/3", "2026-03-15"), ("5", "2026-11-05"), ("25", "2026-10-25"),
     ("tuần trước, hôm thứ ba", "2026-11-10"), ("hôm thứ ba, tuần trước", "2026-11-10"),
     ("thứ 6 tuần trước", "2026-11-13"), ("thứ ba tuần rồi", "2026-11-10"), ("thứ ba tuần này", "2026-11-17"),
     ("chủ nhật vừa rồi", "2026-11-15"), ("thứ bảy vừa rồi", "2026-11-14"), ("hôm kia", "2026-11-19"),
     ("tuần trước, tôi nhớ là chiều thứ năm", "2026-11-12"), ("tuan truoc, nham thu 4", "2026-11-11"),
     ("mùng 5 vừa rồi", None), ("mồng 2/9", "2026-09-02"),
     ("mùng 5 tháng giêng", None), ("rằm tháng bảy", None), ("5/3 âm lịch", None),
     ("hôm nào quên rồi", None)],
)  # fmt: skip
def test_date(text: str, day: str | None) -> None:
    found = parse_date(text, TODAY)
    assert (found.isoformat() if found else None) == day


@pytest.mark.parametrize(
    ("text", "moon"),
    [("mùng 5 vừa rồi", True), ("hôm mồng 2 tháng 9", False), ("mùng 5 tháng chạp", True),
     ("rằm tháng 7", True), ("10/3 âm lịch", True),
     ("5/3", False), ("hôm qua", False), ("tên là Rầm", False)],
)  # fmt: skip
def test_days_by_the_moon(text: str, moon: bool) -> None:
    assert by_the_moon(text, TODAY) is moon


def test_a_day_to_come_is_no_answer() -> None:
    assert parse_date("25/12/2026", TODAY) is None
    assert parse_date("20/11/2026", TODAY) == dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "phone"),
    [("0912345678", "0912345678"), ("+84 912 345 678", "0912345678"),
     ("số em 0221 386 2345", "02213862345"), ("12345", None)],
)  # fmt: skip
def test_phone(text: str, phone: str | None) -> None:
    assert parse_phone(text) == phone


@pytest.mark.parametrize(
    ("text", "number"),
    [("3 người", 3), ("ba", 3), ("khoảng chục người", 10), ("hai mươi lăm", 25), ("mười hai", 12),
     ("một mình tôi", 1),
     ("vài người", None), ("mỗi tôi", 1), ("hơn 40 công nhân", 40)],
)  # fmt: skip
def test_number(text: str, number: int | None) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "answer"),
    [("có", True), ("ừ", True), ("vâng ạ", True), ("ok gửi đi", True), ("đúng rồi em", True), ("k", False),
     ("không cần đâu", False), ("thôi ạ", False), ("chưa", False), ("no thanks", False),
     ("để tôi xem đã", None),
     ("5tr", None)],
)  # fmt: skip
def test_yes_no(text: str, answer: bool | None) -> None:
    assert parse_yes_no(text) is answer
