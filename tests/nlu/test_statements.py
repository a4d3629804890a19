"""Who says what bad thing they ended up with, or that they want to report it, reports it; who asks about it,
asks. Who names one of our laws by its number asks about it. All that whatever the model thinks."""

from __future__ import annotations

import pytest

from content.catalog import load
from nlu.pipeline import Pipeline
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.classify import tells_what_happened
from nlu.steps.concepts import Concepts
from nlu.steps.fold import fold
from nlu.steps.normalise import Message

CATALOG = load()
CONCEPTS, SHORT = Concepts(CATALOG.concepts), Abbreviations(CATALOG.abbreviations)


def tells(text: str) -> bool:
    return tells_what_happened(Message(text, SHORT), CONCEPTS, CATALOG.phrases["tells"])


@pytest.mark.parametrize(
    "text",
    [
        "tôi mua phải thuốc giả ở nhà thuốc Minh Anh",
        "mua trúng mỹ phẩm giả ở shop gần chợ",
        "xe em đổ phải xăng bẩn, chết máy giữa đường",
        "mẹ em vớ phải hộp sữa mốc",
        "bà tôi uống phải thuốc dởm",
        "còn cái cân ở chợ Gạo nữa, tôi muốn phản ánh ạ",
        "trạm xăng gần trường, nghi gian lận",
    ],
)
def test_what_was_bought_is_told(text: str) -> None:
    assert tells(text)
    assert tells(fold(text))


@pytest.mark.parametrize(
    "text",
    [
        "mua phải thuốc giả thì làm gì",
        "mua phải hàng giả thì báo ai",
        "lỡ mua phải mỹ phẩm giả thì có được trả không",
        "nếu uống phải thuốc giả thì sao",
        "mua phải hàng nhái có đổi được ko",
        "mua phải gì",
        "thuốc giả nhận biết bằng mắt",
        "tôi phải mua thuốc theo đơn",
        "muốn phản ánh thì gọi số nào",
        "tôi muốn khiếu nại ở đâu",
        "muốn khiếu nại nhân viên thu ngân thì gửi cho siêu thị hay chính quyền",
        "nghi hàng giả thì kiểm tra thế nào",
        "",
    ],
)
def test_what_is_asked_is_not_told(text: str) -> None:
    assert not tells(text)
    assert not tells(fold(text))


@pytest.mark.parametrize("text", ["nghị định 55 gồm những gì", "luật 19/2023 dài mấy trang"])
def test_our_laws_are_known_by_their_numbers(trained: Pipeline, text: str) -> None:
    for said in (text, fold(text)):
        understood = trained.parse(said)
        assert (understood.act, understood.topic) == ("ask", "consumer_rights")


def test_laws_of_others_stay_out_of_scope(trained: Pipeline) -> None:
    assert trained.parse("nghị định 168 phạt vượt đèn đỏ mấy triệu").act == "out_of_scope"
