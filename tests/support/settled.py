"""Waits until the product has nothing more to do: the one meaning of it for every channel's tests."""

from __future__ import annotations

from bot.app import Product


async def settled(product: Product) -> None:
    """Does the workers' share too: takes up what waits in the spool, fetches files, sends what was queued by
    others than a turn.

    Without that share a test passes or fails by which of two tasks commits first.
    """
    while True:
        await product.dispatcher.drain()
        await product.fetcher.drain()
        done = await product.taking_up.run_due() + await product.fetcher.run_due()
        if not done + await product.dispatcher.run_due():
            break
