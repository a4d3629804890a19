"""Parsing: whatever comes, either a clean message or a kind refusal."""

from __future__ import annotations

import uuid
from contextlib import suppress

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.web.forms import ChatMessage, FormError, clean, clean_name, parse_id, parse_message

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.sampled_from(["id", "text", "payload", "label", "x"]), JSON, max_size=5)


def parsed(body: bytes) -> ChatMessage | None:
    try:
        return parse_message(body)
    except FormError:
        return None


@given(st.binary())
def test_any_bytes(body: bytes) -> None:
    parsed(body)


@given(FIELDS)
def test_any_fields(fields: dict[str, object]) -> None:
    message = parsed(msgspec.json.encode(fields))
    assert message is None or message.payload is not None or clean(message.text)


@given(st.uuids(), st.text(max_size=200))
def test_a_typed_text_comes_through_or_is_empty(event: uuid.UUID, text: str) -> None:
    message = parsed(msgspec.json.encode({"id": str(event), "text": text}))
    assert (message is None) == (clean(text) == "")
    assert message is None or (message.id, message.text) == (event, text)


@given(st.text())
def test_clean_text_can_be_stored_and_stays_clean(text: str) -> None:
    kept = clean(text)
    kept.encode("utf-8")
    assert "\0" not in kept
    assert clean(kept) == kept


@given(st.text())
def test_a_file_name_has_no_folders(name: str) -> None:
    kept = clean_name(name)
    assert "/" not in kept
    assert "\\" not in kept
    assert len(kept) <= 100


@given(st.none() | st.text() | st.integers())
def test_any_id(value: object) -> None:
    with suppress(FormError):
        assert isinstance(parse_id(value), uuid.UUID)


def test_half_a_surrogate_pair_is_no_message() -> None:
    assert parsed(b'{"id": "6c1a8f5e-1f0e-4a30-9f0c-6d3f3a1f0001", "text": "\\ud800"}') is None
