"""Draws the small pictures that the stories send. Run it again after a change; the files are committed."""

from __future__ import annotations

from pathlib import Path

import zxingcpp
from PIL import Image, ImageDraw

HERE = Path(__file__).parent
PICTURES = {
    "medicine_box.jpg": ("white", ["PANADOL EXTRA", "SDK: VD-00000-00", "LO: A001  HSD: 08/2026"]),
    "transfer_receipt.png": ("honeydew", ["CHUYEN KHOAN", "50.000.000 VND", "MA GD: FT00000001"]),
    "swollen_cheek.jpg": ("mistyrose", ["(anh vung da)"]),
    "shop_bill.png": ("ivory", ["HOA DON BAN HANG", "1 x TU LANH", "7.500.000 VND"]),
    "greens.jpg": ("palegreen", ["(anh mo rau)"]),
}
_PAYMENT = (
    "00020101021238540010A00000072701240006970422011010123456780208QRIBFTTA53037045407"
    "20000005802VN62120808Tra hang6304ABCD"
)
"""2,000,000 VND to an account that nobody has."""
CODES = {
    "qr_false_bank.png": (zxingcpp.BarcodeFormat.QRCode, "https://vietc0mbank-xacminh.example/login"),
    "qr_payment.png": (zxingcpp.BarcodeFormat.QRCode, _PAYMENT),
    "barcode_biscuits.png": (zxingcpp.BarcodeFormat.EAN13, "8934567890120"),
}


def draw(colour: str, lines: list[str]) -> Image.Image:
    """ASCII only: Pillow's own font has no Vietnamese letters."""
    image = Image.new("RGB", (240, 120), colour)
    canvas = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        canvas.text((10, 10 + 24 * number), line, fill="black")
    return image


def main() -> None:
    for name, (colour, lines) in PICTURES.items():
        draw(colour, lines).save(HERE / name)
    for name, (kind, held) in CODES.items():
        code = zxingcpp.create_barcode(held, kind)
        Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=3)).save(HERE / name)
    draw("white", ["SAO KE TAI KHOAN", "PHI BAO HIEM: 165.000"]).save(HERE / "statement.pdf")
    (HERE / "not_a_photo.jpg").write_text("This is no picture, whatever its name says.\n", "utf-8")


if __name__ == "__main__":
    main()
