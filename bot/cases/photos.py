"""Barcodes and QR codes in photos that consumers send. What they hold is read, never opened.

Reading runs in a thread and takes a bounded share of memory and time: a large picture is halved until it is
small enough, what cannot be is not read, and whoever waits does so for `SECONDS` at most.
"""

from __future__ import annotations

import asyncio
import io

import structlog
from PIL import Image, UnidentifiedImageError

from nlu.suspicious.report import Seen

SECONDS = 20.0
"""A net, no pace: what is unpacked is so small that reading it takes a fraction of a second."""
MOST_CODES = 5
MOST_CHARACTERS = 1000
"""Of one code; a QR code holds up to four times as much, no link or payment does."""
_READ_PIXELS = 4_000_000
_OPENED_PIXELS = 40_000_000
"""More than this is not unpacked: 120 MB of memory in the worst case."""
_FORMATS = ("JPEG", "PNG", "WEBP")
_GOODS = frozenset({"EAN13", "EAN8", "UPCA", "UPCE", "ITF14", "ISBN", "EAN-13", "EAN-8", "UPC-A", "UPC-E"})
_PARALLEL = asyncio.Semaphore(2)

log = structlog.get_logger(__name__)


async def codes_in(data: bytes) -> tuple[Seen, ...]:
    """The codes of a picture, at most five; none where it is no picture, too large, or takes too long."""
    try:
        async with asyncio.timeout(SECONDS), _PARALLEL:
            return await asyncio.to_thread(read_codes, data)
    except TimeoutError:
        log.warning("photo_not_read", reason="took too long", size=len(data))
        return ()


def read_codes(data: bytes) -> tuple[Seen, ...]:
    """`codes_in`, where it is called: blocks."""
    picture = _grey(data)
    if picture is None:
        return ()
    import zxingcpp  # noqa: PLC0415 - only those who send a photo need it

    found: dict[Seen, None] = {}
    for code in zxingcpp.read_barcodes(picture):
        held = "".join(char for char in code.text if char.isprintable())[:MOST_CHARACTERS].strip()
        if held:
            found[Seen(held, _on_goods(code.format))] = None
    return tuple(found)[:MOST_CODES]


def _on_goods(kind: object) -> bool:
    """It is a symbol as stands on goods."""
    return str(kind).rpartition(".")[2].replace(" ", "") in _GOODS


def _grey(data: bytes) -> Image.Image | None:
    """The picture in shades of grey, small enough; None where it is none that is read."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            image.draft("L", (2000, 2000))  # a JPEG is unpacked at a fraction of its size
            if image.width * image.height > _OPENED_PIXELS:
                return None
            grey = _flat(image)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None
    while grey.width * grey.height > _READ_PIXELS:
        grey = grey.reduce(2)
    return grey


def _flat(image: Image.Image) -> Image.Image:
    """What is transparent is paper: many a QR code is saved as black on nothing."""
    if image.mode not in ("RGBA", "LA", "P", "PA"):
        return image.convert("L")
    drawn = image.convert("RGBA")
    paper = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(paper, drawn).convert("L")
