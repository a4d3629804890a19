"""The product with all three messengers emulated, and a page on which a person plays a phone on each.

async with playing() as demo:
    demo.url            the page with the three phones
    demo.product.url    the product: web chat and console
    demo.product.password
    demo.phones["telegram"].act("say", {"text": "xin chào"})
"""

from tests.support.demo.page import Page
from tests.support.demo.phones import Handset, Refused
from tests.support.demo.play import Demo, playing
from tests.support.demo.product import DemoError, Product

__all__ = ["Demo", "DemoError", "Handset", "Page", "Product", "Refused", "playing"]
