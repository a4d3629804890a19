"""Who says what bad thing they ended up with reports it; who asks about it asks."""

from __future__ import annotations

import pytest

from content.catalog import load
from nlu.steps.abbreviations import Abbreviations
from nlu.steps.classify import tells_what_happened
from nlu.steps.concepts import Concepts
from nlu.steps.fold import fold
from nlu.steps.normalise import Message

CATALOG = load()
CONCEPTS, SHORT = Concepts(CATALOG.concepts), Abbreviations(CATALOG.abbreviations)


def tells(text: str) -> bool:
    return tells_what_happened(Message(text, SHORT), CONCEPTS)


@pytest.mark.parametrize(
    "text",
    [
        "tôi mua phải thuốc giả ở nhà thuốc Minh Anh",
        "mua trúng mỹ phẩm giả ở shop gần chợ",
        "xe em đổ phải xăng bẩn, chết máy giữa đường",
        "mẹ em vớ phải hộp sữa mốc",
        "bà tôi uống phải thuốc dởm",
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
        "",
    ],
)
def test_what_is_asked_is_not_told(text: str) -> None:
    assert not tells(text)
    assert not tells(fold(text))
