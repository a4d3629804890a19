"""What a message names: exact substrings, checked normal forms."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.catalog import load
from nlu.pipeline import Pipeline, build
from tests.nlu.conftest import TODAY

RULES = build(load(), None)
PIECES = st.sampled_from(
    ["0912 345 678", "stk", "5tr", "xã Yên Mỹ", "hôm qua", "otp 123456", "hxxp://a-b[.]xyz/x", "@",
     "shop Lan",
     "\ud800", "é", "e\u0301", "👍", "\u200b", "9704", "-", ".", "1.500.000đ", "VD-12345-16", "đ", "\n",
     "mã đơn SPX12345678"]
)  # fmt: skip
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=150) | st.lists(PIECES, max_size=12).map(
    " ".join
)


def found(pipeline: Pipeline, text: str, kind: str) -> list[tuple[str, str]]:
    return [(e.value, e.normal) for e in pipeline.extract(text, TODAY) if e.type == kind]


@given(ANY_TEXT)
@settings(max_examples=150)
def test_entities_are_substrings_that_do_not_overlap(text: str) -> None:
    last = 0
    for entity in RULES.extract(text, TODAY):
        assert text[entity.start : entity.end] == entity.value
        assert last <= entity.start < entity.end
        last = entity.end


@pytest.mark.parametrize(
    ("text", "value", "normal"),
    [
        ("gọi 0912345678 nhé", "0912345678", "0912345678"),
        ("sđt 0912 345 678", "0912 345 678", "0912345678"),
        ("0912.345.678", "0912.345.678", "0912345678"),
        ("so +84 912 345 678", "+84 912 345 678", "0912345678"),
        ("máy bàn 0221.386.2345", "0221.386.2345", "02213862345"),
        ("tổng đài 1900 54 54 13", "1900 54 54 13", "1900545413"),
        ("hotline 18006838", "18006838", "18006838"),
        ("số cũ 01689123456", "01689123456", "0389123456"),
    ],
)
def test_phones(by_rules: Pipeline, text: str, value: str, normal: str) -> None:
    assert found(by_rules, text, "phone") == [(value, normal)]


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("mất 5tr", [5_000_000]),
        ("hết 5 củ rồi", [5_000_000]),
        ("1tr2", [1_200_000]),
        ("1 triệu 2", [1_200_000]),
        ("1tr250", [1_250_000]),
        ("2k5 một tờ", [2_500]),
        ("1,5 triệu", [1_500_000]),
        ("1.5tr", [1_500_000]),
        ("hai triệu rưỡi", [2_500_000]),
        ("năm triệu bảy", [5_700_000]),
        ("500k với 20 nghìn", [500_000, 20_000]),
        ("mất 5 lít", [500_000]),
        ("5.000.000đ", [5_000_000]),
        ("500.000 đồng", [500_000]),
        ("năm trăm nghìn", [500_000]),
        ("một trăm hai mươi triệu", [120_000_000]),
        ("2 triệu 500 nghìn", [2_500_000]),
        ("3 tỷ 2", [3_200_000_000]),
        ("nửa triệu", [500_000]),
        ("chuyển 500000 cho nó", [500_000]),
        ("bốn trăm rưỡi thì trả", []),
        ("mua 5 lít xăng", []),
        ("nước đóng bình 20 lít giá cao", []),
        ("một cụ già", []),
        ("năm 2026", []),
        ("12 người", []),
    ],
)
def test_money(by_rules: Pipeline, text: str, amounts: list[int]) -> None:
    assert [int(normal) for _, normal in found(by_rules, text, "money")] == amounts


def test_foreign_money_is_counted_in_dong(by_rules: Pipeline) -> None:
    [(value, normal)] = found(by_rules, "they charged me $50", "money")
    assert value == "$50"
    assert 1_000_000 < int(normal) < 2_000_000


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("hôm nay", "2026-11-21"),
        ("sáng nay đi chợ", "2026-11-21"),
        ("hôm qua", "2026-11-20"),
        ("tối qua", "2026-11-20"),
        ("hom kia", "2026-11-19"),
        ("3 ngày trước", "2026-11-18"),
        ("tuần trước", "2026-11-14"),
        ("thứ hai vừa rồi", "2026-11-16"),
        ("chủ nhật tuần trước", "2026-11-15"),
        ("sáng 15/3", "2026-03-15"),
        ("15-3-2026", "2026-03-15"),
        ("2026-03-15", "2026-03-15"),
        ("ngày 5 tháng 4", "2026-04-05"),
        ("30/12", "2025-12-30"),
        ("mùng 3", ""),
        ("mùng 10 tháng 3", "2026-03-10"),
        ("tuần trước, hôm thứ ba", "2026-11-10"),
        ("yesterday", "2026-11-20"),
        ("tháng 8", "2026-08-01"),
        ("mai họ giao", "2026-11-22"),
        ("tuần sau nữa", "2026-11-30"),
        ("tháng tới", "2026-12-01"),
        ("năm nay", "2026-01-01"),
        ("hè năm ngoái", "2025-05-01"),
        ("mùa đông 2024", "2024-11-01"),
        ("last spring", "2026-02-01"),
        ("on 3 November", "2026-11-03"),
        ("Nov 3rd, 2025", "2025-11-03"),
        ("in March", "2026-03-01"),
    ],
)
def test_dates(by_rules: Pipeline, text: str, day: str) -> None:
    assert [normal for _, normal in found(by_rules, text, "date")] == [day]


@pytest.mark.parametrize(
    "text",
    ["30/2", "thử 7 ngày", "chữ Nhật", "bên thứ ba", "24/7 lúc nào cũng có 99/100", "sếp bảo", "hai năm nay"],
)
def test_what_is_no_date(by_rules: Pipeline, text: str) -> None:
    assert all(value in ("24/7",) for value, _ in found(by_rules, text, "date"))


@pytest.mark.parametrize(
    ("text", "value", "bank"),
    [
        ("stk 0123456789 vcb", "0123456789", "vietcombank"),
        ("số tài khoản 1903 4567 8901 techcombank", "1903 4567 8901", "techcombank"),
        ("chuyển vào 0912345678 mb bank", "0912345678", "mb"),
        ("tk nhận là 9704123412341234 agribank", "9704123412341234", "agribank"),
    ],
)
def test_accounts_stay_with_their_bank(by_rules: Pipeline, text: str, value: str, bank: str) -> None:
    assert [v for v, _ in found(by_rules, text, "bank_account")] == [value]
    assert found(by_rules, text, "card_number") == []
    names = [normal.lower() for _, normal in found(by_rules, text, "bank")]
    assert len(names) == 1
    assert bank.startswith(names[0][:2])


@pytest.mark.parametrize(
    ("text", "kind", "value", "normal"),
    [
        ("web hxxp://vcb-abc[.]xyz/login.", "url", "hxxp://vcb-abc[.]xyz/login", "http://vcb-abc.xyz/login"),
        ("vào dichvucong.gov.vn", "url", "dichvucong.gov.vn", "dichvucong.gov.vn"),
        ("bit.ly/abc12 là gì", "url", "bit.ly/abc12", "bit.ly/abc12"),
        ("gửi lan.nguyen@example.com", "email", "lan.nguyen@example.com", "lan.nguyen@example.com"),
        ("HY-26-000123 đến đâu", "ticket_code", "HY-26-000123", "HY-26-000123"),
        ("tra ma tn 26 45 ho em", "ticket_code", "tn 26 45", "TN-26-000045"),
        ("sđk VD-12345-16", "registration_number", "VD-12345-16", "VD-12345-16"),
        ("thuốc số đăng ký 893110140124", "registration_number", "893110140124", "893110140124"),
        ("kem 135/11/CBMP-HN", "registration_number", "135/11/CBMP-HN", "135/11/CBMP-HN"),
        ("số 5678/2022/ĐKSP có thật", "registration_number", "5678/2022/ĐKSP", "5678/2022/DKSP"),
        ("mã vạch 8934563138165", "barcode", "8934563138165", "8934563138165"),
        ("4006381333931 của hãng nào", "barcode", "4006381333931", "4006381333931"),
        ("cccd 033099001234", "person_id", "033099001234", "033099001234"),
        ("mã đơn 240315ABCD1234", "order_code", "240315ABCD1234", "240315ABCD1234"),
        ("đơn hàng SPXVN00112233", "order_code", "SPXVN00112233", "SPXVN00112233"),
        ("mã vận đơn 8566123456", "order_code", "8566123456", "8566123456"),
    ],
)
def test_codes(by_rules: Pipeline, text: str, kind: str, value: str, normal: str) -> None:
    assert found(by_rules, text, kind) == [(value, normal)]


@pytest.mark.parametrize("text", ["nó chặn rồi.shop im luôn", "ăn xong.me đau bụng", "giá 12.500", "v.v"])
def test_a_lost_space_is_no_address(by_rules: Pipeline, text: str) -> None:
    assert found(by_rules, text, "url") == []


@pytest.mark.parametrize(
    ("text", "value", "codes"),
    [
        ("em ở xã Yên Mỹ", "xã Yên Mỹ", {"12073", "02083"}),
        ("xa yen my", "xa yen my", {"12073", "02083"}),
        ("p. phan dinh phung", "p. phan dinh phung", {"05443", "12103"}),
        ("xã Liêu Xá Yên Mỹ", "xã Liêu Xá", {"12064"}),
        ("tôi ở xã nhu quinh", "xã nhu quinh", {"12004"}),
        ("TT Như Quỳnh", "TT Như Quỳnh", {"12004"}),
        ("yên mỹ", "yên mỹ", {"12073", "02083"}),
        ("thị trấn Yên Mỹ", "thị trấn Yên Mỹ", {"12073"}),
        ("xã Tân Tiến huyện Văn Giang", "xã Tân Tiến", {"12019"}),
        ("xã Tân Tiến, Hưng Hà", "xã Tân Tiến", {"12634"}),
        ("tôi ở Đồng Hỷ", "Đồng Hỷ", {"05692"}),
        ("xã Ngọc Thanh huyện Kim Động", "xã Ngọc Thanh", {"11983", "12322"}),
        ("ở xã Nam Cường", "xã Nam Cường", {"13057", "02026"}),
        ("xã Nam Cường tỉnh Thái Nguyên", "xã Nam Cường", {"02026"}),
    ],
)
def test_communes_of_today_and_before(by_rules: Pipeline, text: str, value: str, codes: set[str]) -> None:
    [(found_value, normal)] = found(by_rules, text, "commune")
    assert found_value == value
    assert set(normal.split("|")) == codes


@pytest.mark.parametrize(
    "text",
    ["nhà thuốc Tân Thịnh bán thuốc giả", "anh Hoàng Văn Thụ gọi tôi", "hòa bình thế giới",
     "tỉnh Thái Nguyên",
     "mua hàng tiên tiến", "quang trung thực", "cây xăng Bình Minh"],
)  # fmt: skip
def test_shops_people_and_everyday_words_are_no_communes(by_rules: Pipeline, text: str) -> None:
    assert found(by_rules, text, "commune") == []
