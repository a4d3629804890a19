"""Codes in photos: read in whatever way they are saved, never for long, never out of what is no photo."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.cases import photos
from bot.cases.photos import MOST_CHARACTERS, MOST_CODES, codes_in, read_codes
from nlu.suspicious.report import Seen

LINK = "https://example.com/a"


def code(held: str, kind: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.QRCode) -> Image.Image:
    return Image.fromarray(zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(held, kind), scale=4))


def saved(picture: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def on_paper(*codes: Image.Image, size: tuple[int, int] = (900, 700)) -> Image.Image:
    paper = Image.new("RGB", size, "lightgrey")
    for number, one in enumerate(codes):
        paper.paste(one.convert("RGB"), (20 + 210 * (number % 4), 20 + 210 * (number // 4)))
    return paper


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_qr_code_is_read(kind: str) -> None:
    assert await codes_in(saved(on_paper(code(LINK)), kind)) == (Seen(LINK),)


def test_turned_and_upside_down() -> None:
    turned = on_paper(code(LINK)).rotate(90, expand=True)
    assert read_codes(saved(turned)) == (Seen(LINK),)


def test_black_on_nothing() -> None:
    drawn = code(LINK).convert("L")
    clear = Image.new("RGBA", drawn.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=drawn.point(lambda shade: 255 - shade))
    assert read_codes(saved(clear)) == (Seen(LINK),)


def test_a_barcode_of_goods_is_known_as_one() -> None:
    picture = code("8934567890120", zxingcpp.BarcodeFormat.EAN13)
    assert read_codes(saved(picture)) == (Seen("8934567890120", goods=True),)


def test_several_codes_and_never_too_many() -> None:
    seen = read_codes(saved(on_paper(*(code(f"{LINK}{number}") for number in range(7)))))
    assert len(seen) == MOST_CODES


def test_a_long_code_is_cut() -> None:
    assert len(read_codes(saved(code("x" * (MOST_CHARACTERS + 200))))[0].held) == MOST_CHARACTERS


def test_a_large_photo_is_read_smaller() -> None:
    large = on_paper(code(LINK).resize((1200, 1200)), size=(4000, 3000))
    assert read_codes(saved(large, "JPEG")) == (Seen(LINK),)


def test_what_is_too_large_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "_OPENED_PIXELS", 100)
    assert read_codes(saved(code(LINK))) == ()


async def test_what_takes_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "SECONDS", 0.0)
    assert await codes_in(saved(code(LINK))) == ()


def test_a_photo_without_a_code() -> None:
    assert read_codes(saved(Image.new("RGB", (300, 200), "teal"))) == ()


@given(st.binary(max_size=200))
@settings(max_examples=30)
def test_no_bytes_break_it(data: bytes) -> None:
    for start in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP"):
        assert read_codes(start + data) == ()
