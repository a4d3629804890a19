"""HTML as the platform reads it. The complaints and their offsets are those of its own published tests."""

from __future__ import annotations

import pytest

from tests.support.telegram.markup import parse_html
from tests.support.telegram.wire import Json, Refusal


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("🏟 🏟&lt;<abacaba", "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;<abac aba>", 'Unsupported start tag "abac" at byte offset 13'),
        ("🏟 🏟&lt;<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 13'),
        (
            "🏟 🏟&lt;<i    aba>",
            'Expected equal sign in declaration of an attribute of the tag "i" at byte offset 13',
        ),
        ("🏟 🏟&lt;<i    aba  =  ", 'Unclosed start tag "i" at byte offset 13'),
        ("🏟 🏟&lt;<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"),
        ('🏟 🏟&lt;<i    aba  =  "&lt;&gt;>', "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;</", "Unexpected end tag at byte offset 13"),
        ("🏟 🏟&lt;<b></b></", "Unexpected end tag at byte offset 20"),
        ("🏟 🏟&lt;<i>a</i   ", "Unclosed end tag at byte offset 17"),
        ("🏟 🏟&lt;<i>a</em   >", 'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"'),
        ("<b>", 'Can\'t find end tag corresponding to start tag "b"'),
        ("giá < 5 triệu", 'Unsupported start tag "" at byte offset 5'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_complaints(text: str, complaint: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_html(text)
    assert refused.value.description == f"Bad Request: can't parse entities: {complaint}"


@pytest.mark.parametrize(
    ("text", "plain", "entities"),
    [
        ("", "", []),
        ("&lt;&gt;&amp;&quot;&laquo;&#12345678;", '<>&"&laquo;&#12345678;', []),
        ("➡️ <b>➡️</b>", "➡️ ➡️", [("bold", 3, 2)]),
        ("🏟 🏟<i>🏟 &gt;<b aba   =   caba>&lt🏟</b></i>", "🏟 🏟🏟 ><🏟", [("italic", 5, 7), ("bold", 9, 3)]),
        ("🏟<i>a</    >", "🏟a", [("italic", 2, 1)]),
        ("<b></b>a", "a", []),
        (
            "<u>a</u><s>b</s><code>c</code>",
            "abc",
            [("underline", 0, 1), ("strikethrough", 1, 1), ("code", 2, 1)],
        ),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
        ('<span class="tg-spoiler">a</span>', "a", [("spoiler", 0, 1)]),
        ("<a href='telegram.org'>a</a>", "a", [("text_link", 0, 1)]),
        ("<a>a b</a>", "a b", []),
        ('<pre><code class="language-fift">a</code></pre>', "a", [("pre", 0, 1)]),
    ],
)
def test_marks(text: str, plain: str, entities: list[tuple[str, int, int]]) -> None:
    found, marks = parse_html(text)
    assert (found, [shape(mark) for mark in marks]) == (plain, entities)


def shape(mark: Json) -> tuple[str, int, int]:
    return mark["type"], mark["offset"], mark["length"]


def test_a_link_and_a_language_are_told() -> None:
    assert parse_html('<a href="http://a.vn/?b=1&amp;c=2">a</a>')[1][0]["url"] == "http://a.vn/?b=1&c=2"
    assert parse_html('<pre><code class="language-fift">a</code></pre>')[1][0]["language"] == "fift"
