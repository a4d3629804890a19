"""Money that was lost or paid is told apart from money that was promised, is left, or is asked for."""

from __future__ import annotations

import unicodedata

import pytest

from actions.form.amounts import Role, role
from nlu.steps.fold import fold
from nlu.understanding import Entity

SAID: list[tuple[str, str, Role]] = [
    ("được tặng quà Tết 500k phải bấm link", "500k", "promised"),
    ("duoc tang qua Tet 500k phai bam link", "500k", "promised"),
    ("Trúng thưởng xe máy với 20 triệu tiền mặt, họ bảo vào nhận", "20 triệu", "promised"),
    ("no hua tra luong 15 trieu cho viec xau hat", "15 trieu", "promised"),
    ("tài khoản của em còn 3tr2, nó đang vào máy", "3tr2", "promised"),
    ("so du 12 trieu bien mat trong dem", "12 trieu", "promised"),
    ("gọi báo tôi được hoàn thuế 1 triệu 8, bảo điền số thẻ", "1 triệu 8", "promised"),
    ("suýt mất 60tr vì tưởng công an thật", "60tr", "promised"),
    ("chua chuyen 5tr thi con trai ve kip", "5tr", "promised"),
    ("they say I won 100 million and must open a link", "100 million", "promised"),
    ("check-in được 300k mà vào không thấy đâu", "300k", "promised"),
    ("voucher 50k không dùng được", "50k", "promised"),
    ("bố tôi vừa chuyển 90 triệu cho công an giả", "90 triệu", "paid"),
    ("bo toi vua chuyen 90 trieu cho cong an gia", "90 trieu", "paid"),
    ("mẹ tôi đi hội thảo mua máy mát xa 12 triệu", "12 triệu", "paid"),
    ("me toi di hoi thao mua may mat xa 12 trieu", "12 trieu", "paid"),
    ("e bi lua 5tr tren fb", "5tr", "paid"),
    ("bấm link hoàn tiền là mất 4tr luôn", "4tr", "paid"),
    ("đặt cọc váy cưới 3tr shop chặn", "3tr", "paid"),
    ("tài khoản tự nhiên bị trừ 2 triệu", "2 triệu", "paid"),
    ("9tr bay luôn lúc 10h sáng nay", "9tr", "paid"),
    ("quán tính 180 nghìn một đĩa ốc", "180 nghìn", "paid"),
    ("I paid 350k for a fake perfume", "350k", "paid"),
    ("nhận hàng mở ra gạch, đã trả shipper 450k", "450k", "paid"),
    ("no hua lai cao nen toi nap 40 trieu", "40 trieu", "paid"),
    ("xưng công an bảo tôi chuyển 50 triệu để điều tra, tôi vừa chuyển xong", "50 triệu", "paid"),
    ("ho cho qua roi ep toi mua noi com dien 6 trieu", "6 trieu", "paid"),
    ("họ đòi 3 triệu mới cho về", "3 triệu", "untold"),
    ("ho bao toi chuyen 5tr phi ho so", "5tr", "untold"),
    ("quảng cáo máy lọc nước giá 2 triệu, bịa hết", "2 triệu", "untold"),
    ("app cho vay 5 triệu, gọi khủng bố cả nhà", "5 triệu", "untold"),
    ("người lạ chuyển nhầm cho tôi 10 triệu", "10 triệu", "untold"),
    ("shop khong tra lai 2tr", "2tr", "untold"),
    ("có nên chuyển 5tr để giữ chỗ không", "5tr", "untold"),
    ("máy mát xa 12 triệu hỏng sau một tuần", "12 triệu", "untold"),
    ("mặt hàng 200k bán ở chợ", "200k", "untold"),
    ("làm nhiệm vụ họ trả 30k một lượt", "30k", "untold"),
    ("thuê trọ bị tính điện 4 nghìn một số", "4 nghìn", "rate"),
    ("sim tu bi tru tien moi ngay 5 nghin", "5 nghin", "rate"),
    ("mua mực tươi 280k/kg về toàn nước", "280k", "rate"),
    ("the driver wants 300 dollars", "300 dollars", "untold"),
]


def _amount(text: str, said: str) -> Entity:
    start = text.index(said)
    return Entity(type="money", value=said, start=start, end=start + len(said), normal="1")


@pytest.mark.parametrize(("text", "said", "expected"), SAID)
def test_what_an_amount_is(text: str, said: str, expected: Role) -> None:
    assert role(text, _amount(text, said)) == expected


@pytest.mark.parametrize(("text", "said", "expected"), [told for told in SAID if told[2] != "paid"])
def test_without_diacritics_nothing_more_is_taken_for_paid(text: str, said: str, expected: Role) -> None:
    assert role(fold(text), _amount(fold(text), fold(said))) != "paid"


def test_marks_may_be_written_apart() -> None:
    text = unicodedata.normalize("NFD", "mẹ tôi mất 12 triệu ở hội thảo")
    assert role(text, _amount(text, unicodedata.normalize("NFD", "12 triệu"))) == "paid"


def test_of_two_amounts_each_is_told_by_its_own_words() -> None:
    text = "được hoàn thuế 1 triệu 8, nhập số thẻ rồi bị trừ 6 triệu"
    assert [role(text, _amount(text, said)) for said in ("1 triệu 8", "6 triệu")] == ["promised", "paid"]
