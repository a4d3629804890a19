"""Sub-cases are told as people tell them, and what a question asks for beside its answer is read."""

from __future__ import annotations

import pytest

from actions.cases import case_in
from actions.form.beside import written
from content.cases import scams
from content.catalog import Catalog, load


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load()


TOLD = (
    ("bank_fraud", "e vua ck 5tr cho dua gia cong an", "fake_police"),
    ("bank_fraud", "có người xưng là công an huyện gọi nói tôi rửa tiền", "fake_police"),
    ("bank_fraud", "con em bi ep vao nha nghi roi doi tien chuoc", "online_kidnap"),
    ("bank_fraud", "cán bộ phường bảo cài app vneid", "vneid_app"),
    ("bank_fraud", "nó gọi video giả mặt giả giọng chị tôi", "deepfake_call"),
    ("bank_fraud", "facebook em toi bi hack nhan tin vay tien", "hacked_account"),
    ("bank_fraud", "quet ma qr dan o quan bi mat tien", "qr_swap"),
    ("bank_fraud", "shipper gọi bảo chuyển khoản trước", "fake_shipper"),
    ("bank_fraud", "lam nhiem vu online nap 10tr", "task_job"),
    ("bank_fraud", "san tien ao ko cho rut", "investment"),
    ("bank_fraud", "vay app bắt đóng phí", "loan_app"),
    ("bank_fraud", "nó dọa em có nợ xấu trên cic", "fake_cic"),
    ("bank_fraud", "bao trung thuong xe sh", "prize"),
    ("bank_fraud", "công ty luật hứa thu hồi vốn bị lừa", "refund_service"),
    ("bank_fraud", "điện lực gọi dọa cắt điện", "electricity"),
    ("bank_fraud", "lo doc otp cho no roi", "otp_code"),
    ("bank_fraud", "cô giáo gọi báo con tôi cấp cứu", "relative_emergency"),
    ("bank_fraud", "có người chuyển nhầm vào tài khoản tôi", "wrong_transfer"),
    ("bank_fraud", "khach gui bill gia de lay hang", "fake_receipt"),
    ("bank_fraud", "I clicked a link from my bank", "fake_bank"),
    ("food_prepared", "chau be an xong co giat", "severe"),
    ("food_prepared", "ăn cỗ về cả nhà đau bụng", "group"),
    ("food_prepared", "bé 2 tuổi ăn sữa chua nôn", "frail"),
    ("food_prepared", "hoi dau bung buon non", "mild"),
    ("food_prepared", "cháu uống nhầm thuốc trừ sâu", "chemical"),
    ("medicine", "uống xong nổi mẩn khắp người", "reaction"),
    ("medicine", "mua phai thuoc gia", "fake"),
    ("medicine", "thuoc het han 2 thang", "expired"),
    ("medicine", "đặt thuốc trên livestream", "online"),
    ("online_shopping", "shop shoppe không hoàn tiền", "shopee"),
    ("online_shopping", "viettel post làm vỡ hàng mua trên shopee", "courier"),
    ("online_shopping", "không cho kiểm hàng", "inspection"),
    ("online_shopping", "mua qua zalo cua chi ban hang", "social"),
    ("contract_terms", "ba toi di hoi thao mua noi", "seminar"),
    ("contract_terms", "họ đến tận nhà bán", "doorstep"),
    ("contract_terms", "me toi vao da cap", "multilevel"),
    ("tourism", "đi du lịch bị chặt chém", "domestic"),
    ("tourism", "I am a tourist and the taxi cheated", "foreign"),
    ("other", "buu dien lam mat buu kien", "courier"),
    ("bank_fraud", "no bao la cong an, bat toi chung minh trong sach", "fake_police"),
    ("bank_fraud", "vay tiền qua app bắt đóng phí trước", "loan_app"),
    ("measurement_quality", "đi chợ bị cân điêu", "scale"),
    ("measurement_quality", "cay xang bom thieu", "petrol"),
    ("measurement_quality", "đồng hồ nước chạy nhanh", "meter"),
    ("price", "taxi chat chem o ben xe", "ride"),
    ("tourism", "đi du lịch miễn phí rồi bị ép mua chăn", "free_tour"),
    ("online_shopping", "shipper bat tra tien hang toi khong dat", "not_ordered"),
    ("functional_food", "sữa cho cháu uống vào bị đi ngoài", "child"),
    ("medicine", "mua thuốc khớp, giờ bà đau bụng", "reaction"),
)


@pytest.mark.parametrize(
    ("topic", "text", "case"), [t for t in TOLD if t[2]], ids=lambda value: str(value)[:40]
)
def test_what_people_tell_is_their_case(catalog: Catalog, topic: str, text: str, case: str) -> None:
    assert case_in(catalog, text, topic) == case


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("bank_fraud", "tôi đã báo công an xã rồi"),
        ("bank_fraud", "mất 5 triệu trong tài khoản"),
        ("medicine", "thuốc gia truyền mua ở chợ"),
        ("medicine", "thuoc gia dinh toi van dung"),
        ("contract_terms", "hợp đồng có điều khoản lạ"),
    ],
)
def test_what_tells_of_none_stays_with_the_topic(catalog: Catalog, topic: str, text: str) -> None:
    assert case_in(catalog, text, topic) is None


def test_every_scam_that_takes_money_has_its_first_minutes(catalog: Catalog) -> None:
    told = {case.scam for case in catalog.cases["bank_fraud"].values()}
    assert told >= {id_ for id_, scam in scams().items() if scam.topic == "bank_fraud"}
    assert len(told) >= 15


@pytest.mark.parametrize(
    ("slot", "text", "said"),
    [
        ("incident_time", "hôm qua lúc 9h30 sáng", "lúc 9h30 sáng"),
        ("incident_time", "khoảng 20 giờ tối 12/11", "khoảng 20 giờ tối"),
        ("incident_time", "hôm qua", None),
        ("incident_time", "chuyển 5 triệu hôm 12/11/2026", None),
        ("batch", "VD-12345-20, số lô A0123, hsd 12/2027", "A0123"),
        ("batch", "lo 020123", "020123"),
        ("batch", "mua ở lô đất 5", None),
        ("expiry", "VD-12345-20, số lô A0123, hsd 12/2027", "12/2027"),
        ("expiry", "hạn dùng đến 05/2027", "05/2027"),
        ("expiry", "đã hết hạn từ lâu", None),
    ],
)
def test_what_stands_beside_an_answer_is_read(slot: str, text: str, said: str | None) -> None:
    assert written(slot, text) == said
