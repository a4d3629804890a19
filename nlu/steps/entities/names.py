"""Products and sellers: what the tagger reads, cut as people would write it into a form. Without a model
sellers are found by their cue words and capital letters, products not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nlu.steps.entities.found import Found
from nlu.steps.entities.tagger import PRODUCT, SELLER, Span, Tagger, apart
from nlu.steps.fold import fold
from nlu.steps.keys import is_syllable
from nlu.steps.normalise import Message, Token

_KINDS_OF_SHOP = frozenset(
    tuple(cue.split())
    for cue in (
        "nha thuoc", "hieu thuoc", "quay thuoc", "cua hang", "dai ly", "sieu thi", "nha xe", "tham my vien",
        "vien tham my", "tiem", "tiem vang", "tiem banh", "quan", "quan an", "studio", "gara", "garage",
        "phong kham", "nha khoa", "khach san", "nha hang", "benh vien", "homestay", "spa", "salon", "cong ty",
        "cty", "tap hoa", "xuong", "hop tac xa", "htx", "nha may", "trung tam", "hieu",
    )
)  # fmt: skip
"""What a shop is, said before its name; without a model it tells where a name begins."""
_NO_PART = frozenset(
    {("shop",), ("page",), ("fanpage",), ("gian", "hang"), ("co", "so"), ("app",), ("seller",)}
)
"""These only introduce one: "shop Gấu Bông"."""
_NO_NAME = frozenset(
    {"thuoc", "hang", "do", "may", "san pham", "thuc pham", "do an", "mon", "medicine", "food"}
)
"""Alone these say what kind of thing it is, not which."""
_LONGEST_CUE = 3
_MOST_WORDS = 6
_BRAND_WORDS = 3
_AND = frozenset({"", "va", "voi", "hay", "hoac", ",", "and", "or", "vs", "&", "+", ", va", "/"})


def find_names(message: Message, tagger: Tagger | None, intent: str = "") -> Iterator[Found]:
    """`intent` names what the message is taken for, as the training data call it."""
    for span in first_products(message, tagger.find(message, intent)) if tagger else _by_capitals(message):
        tokens = message.tokens
        cut = _in_capitals(message, span) if span.label == SELLER else _with_brand(message, span)
        start, end = tokens[cut.first].start, tokens[cut.last].end
        if span.label == PRODUCT and message.folded[start:end] in _NO_NAME:
            continue
        yield Found("seller" if span.label == SELLER else "product", start, end, message.folded[start:end])


def first_products(message: Message, spans: Sequence[Span]) -> list[Span]:
    """Sellers, and of the products the first one with those that "and" joins to it: what a message is about
    is named first, things that happen to stand around later."""
    kept: list[Span] = []
    last: Span | None = None
    for span in spans:
        if span.label == PRODUCT:
            if last is not None and _between(message, last, span) not in _AND:
                continue
            last = span
        kept.append(span)
    return kept


def _between(message: Message, before: Span, after: Span) -> str:
    tokens = message.tokens
    return message.folded[tokens[before.last].end : tokens[after.first].start].strip()


def _in_capitals(message: Message, span: Span) -> Span:
    """A name that begins with a capital ends with one, or with a number."""
    tokens, last = message.tokens, span.last
    if _written(message, tokens[span.first])[0].isupper():
        while last > span.first and _written(message, tokens[last])[0].islower():
            last -= 1
    return span._replace(last=last)


def _broken(message: Message, first: int, last: int) -> bool:
    tokens = message.tokens
    return any(apart(message.folded, tokens[n], tokens[n + 1]) for n in range(first, last))


def _with_brand(message: Message, span: Span) -> Span:
    """A foreign name in capitals right behind a good is its brand: "bột giặt Omo"."""
    tokens, last = message.tokens, span.last
    while last + 1 < len(tokens) and last - span.last < _BRAND_WORDS:
        if _broken(message, last, last + 1) or not _foreign(message, tokens[last + 1]):
            break
        last += 1
    return span._replace(last=last)


def _foreign(message: Message, token: Token) -> bool:
    return _is_make(_written(message, token))


def _is_make(word: str) -> bool:
    return len(word) > 2 and word[0].isupper() and word.isalpha() and not is_syllable(fold(word))


def names_a_make(product: str) -> bool:
    """Whether a product is more than its kind: "bột giặt Omo", "Panadol", not "thuốc huyết áp"."""
    return any(_is_make(word) for word in product.split())


def _written(message: Message, token: Token) -> str:
    start, end = message.span(token.start, token.end)
    return message.text[start:end]


def _by_capitals(message: Message) -> Iterator[Span]:
    """A run of words with capitals behind a cue."""
    tokens = message.tokens
    index = 0
    while index < len(tokens):
        size = next((n for n in range(_LONGEST_CUE, 0, -1) if _is_cue(tokens, index, n)), 0)
        first = last = index + size
        while size and last < min(len(tokens), first + _MOST_WORDS) and _goes_on(message, last):
            last += 1
        if last > first:
            yield Span(SELLER, first, last - 1, 0.0)
        index = max(last, index + 1)


def _is_cue(tokens: Sequence[Token], index: int, size: int) -> bool:
    words = tuple(token.word for token in tokens[index : index + size])
    return words in _KINDS_OF_SHOP or words in _NO_PART


def _goes_on(message: Message, place: int) -> bool:
    written = _written(message, message.tokens[place])
    return written[:1].isupper() and not _broken(message, place - 1, place)
