"""Known scams and signs in texts, whose words a text is, and what is not mistaken for a scam."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from content.catalog import Catalog
from content.suspicion import shipped
from nlu.pipeline import Pipeline
from nlu.suspicious.checker import Checker
from nlu.suspicious.report import Report, Seen
from nlu.suspicious.said import Said, without


@pytest.fixture(scope="module")
def checker(catalog: Catalog) -> Checker:
    return Checker(catalog, shipped())


@pytest.fixture(scope="module")
def look(checker: Checker, by_rules: Pipeline) -> Look:
    def looked(text: str, *seen: Seen) -> Report:
        return checker.look(text, by_rules.extract(text), seen)

    return looked


Look = Callable[..., Report]
DATA = Path(__file__).parents[2] / "data"
MESSAGES: dict[str, str] = yaml.safe_load((DATA / "scam_messages.yml").read_text("utf-8"))


@pytest.mark.parametrize("scam", MESSAGES)
def test_messages_of_known_scams(scam: str, look: Look) -> None:
    assert look(MESSAGES[scam]).scam == scam


@pytest.mark.parametrize(
    "text",
    [
        "Ma OTP cua quy khach la [-]. Tuyet doi khong cung cap ma OTP cho bat ky ai",
        "Don hang cua ban da giao thanh cong. Cam on quy khach",
        "Hôm nay tôi mua thịt ở chợ bị ôi",
        "Sở Công Thương mời bà con dự hội nghị ngày 15/3",
        "Chào bạn",
        "",
    ],
)
def test_honest_words_are_no_scam(text: str, look: Look) -> None:
    report = look(text)
    assert report.scam is None
    assert not report.grave


def test_disguised_letters_are_read(look: Look) -> None:
    plain = look("Tai khoan Vietcombank bi khoa, truy cap link de xac minh")
    hidden = look("T.ai kh0an Vietcombank bi kh.oa, truy c@p link de xac minh")
    assert plain.scam == hidden.scam == "fake_bank"


def test_signs_in_words(look: Look) -> None:
    report = look("Quy khach cung cap ma OTP ngay lap tuc va cai app theo file APK, khong duoc noi voi ai")
    assert {"otp", "app", "urgency", "secrecy"} <= set(report.signs)
    assert report.grave


@pytest.mark.parametrize("scam", ["fake_bank", "prize", "task_job", "relative_emergency"])
def test_a_pasted_message_is_known_as_not_the_persons_own(scam: str, look, checker: Checker) -> None:  # type: ignore[no-untyped-def]
    text = MESSAGES[scam]
    assert checker.pasted(text, look(text))


@pytest.mark.parametrize(
    "text",
    [
        "Mẹ tôi bị công an gọi bảo liên quan rửa tiền, giữ bí mật, đã chuyển 50 triệu vào tài khoản an toàn",
        "em vừa chuyển khoản 20 triệu viện phí cho người bảo con em đang cấp cứu, phải làm sao",
        "Tôi nhận được tin Vietcombank báo tài khoản bị khóa, truy cập http://vcb-xacminh.example",
        "ngân hàng báo tài khoản bị khóa, truy cập link xác minh thì có sao không?",
        "bố mình bị dụ đầu tư tiền ảo lợi nhuận cao, nạp vốn 200 triệu mỗi ngày lãi 2%",
    ],
)
def test_peoples_own_words_are_never_taken_for_a_scammers(text: str, look, checker: Checker) -> None:  # type: ignore[no-untyped-def]
    assert not checker.pasted(text, look(text))


@pytest.mark.parametrize("name", ["urgent", "urgent_dev"])
def test_nobody_in_danger_is_taken_for_a_scammer(name: str, checker: Checker, by_rules: Pipeline) -> None:
    """Promise P18: the urgent steps reach all of these, so none may be looked at as a pasted message."""
    lines = (DATA / "nlu" / f"{name}.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines if line]
    looked = [(text, checker.look(text, by_rules.extract(text))) for text in texts]
    assert not [text for text, report in looked if checker.pasted(text, report)]


@pytest.mark.parametrize(
    ("text", "wished"),
    [
        ("link này có lừa đảo không http://abc.example", True),
        ("kiểm tra giúp tin nhắn này", True),
        ("so 0900000001 lua dao a", True),
        ("is this link a scam?", True),
        ("tôi bị lừa mất 5 triệu", False),
        ("thuốc này uống có tác dụng phụ không", False),
    ],
)
def test_wishes(text: str, wished: bool, checker: Checker, by_rules: Pipeline) -> None:
    assert checker.wished(text, by_rules.extract(text)) is wished


def test_a_thing_alone(checker: Checker, by_rules: Pipeline) -> None:
    for text in (
        "http://abc.example/x",
        "0900000001",
        "số này 0900000001",
        "8934563138165",
        "stk 1012345678",
    ):
        assert checker.alone(text, by_rules.extract(text)), text
    for text in ("tôi ở xã Yên Mỹ", "gọi cho tôi số 0900000001 nhé em cảm ơn", "hôm qua mua hết 5 triệu"):
        assert not checker.alone(text, by_rules.extract(text)), text


def test_already_and_not_yet(checker: Checker) -> None:
    assert checker.already("tôi bấm rồi")
    assert checker.already("lỡ chuyển 2 triệu rồi")
    assert checker.already("I clicked on it")
    assert checker.already("ck 500k theo mã này rồi")
    assert checker.already("gửi xong thì nó chặn luôn")
    assert not checker.already("chưa bấm, chưa chuyển gì")
    assert not checker.already("vâng")
    assert not checker.already("nếu họ chặn thì sao")


def test_codes_of_a_photo_are_looked_at(look: Look) -> None:
    report = look("", Seen("https://vietc0mbank.com.vn/login"))
    assert report.links[0].copy is not None
    assert report.grave
    goods = look("", Seen("8934563138165", goods=True))
    assert goods.only_goods
    assert goods.goods[0].right
    identity = look("", Seen("012345678901||Nguyen Van A|01011990|Nam|X|01012021"))
    assert identity.identity
    assert not identity.suspicious


def test_known_numbers_are_named_and_never_counted_as_reported(look: Look) -> None:
    report = look("số 1900545413 gọi cho chị")
    assert [phone.known for phone in report.phones] == ["Vietcombank"]
    assert report.numbers == ()


@given(st.text(max_size=300))
def test_no_text_breaks_it(checker_of_all: Checker, text: str) -> None:
    report = checker_of_all.look(text, ())
    checker_of_all.pasted(text, report)
    checker_of_all.wished(text, ())
    checker_of_all.already(text)


@pytest.fixture(scope="session")
def checker_of_all(catalog: Catalog) -> Checker:
    return Checker(catalog, shipped())


def test_runs_of_words() -> None:
    said = Said("Chuyển khoản NGAY, kh0ản tiền")
    assert said.holds("chuyen khoan ngay")
    assert said.holds("khoan tien")
    assert without("em bên em tuyển", ["ben em"]) == "em tuyen"
