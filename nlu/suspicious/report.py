"""What a look at a suspicious thing found."""

from __future__ import annotations

import msgspec

from nlu.suspicious.barcodes import Gtin
from nlu.suspicious.codes import Payment
from nlu.suspicious.links import Link
from nlu.suspicious.phones import Phone


class Seen(msgspec.Struct, frozen=True):
    """A barcode or QR code that was read out of a photo."""

    held: str
    goods: bool = False
    """The symbol was a barcode as stands on goods."""


class Registered(msgspec.Struct, frozen=True):
    """A registration number; `format` is a key of `content/registrations.yml`, None for an unknown form."""

    written: str
    format: str | None


class Report(msgspec.Struct, frozen=True):
    """`scam` and `signs` are keys of `content/scams.yml` and `content/signs.yml`."""

    scam: str | None = None
    sure: bool = False
    """Much of the scam was said: enough to know it without being asked."""
    signs: tuple[str, ...] = ()
    grave: bool = False
    """One sign at least that honest senders hardly ever show."""
    links: tuple[Link, ...] = ()
    phones: tuple[Phone, ...] = ()
    accounts: tuple[str, ...] = ()
    payments: tuple[Payment, ...] = ()
    goods: tuple[Gtin, ...] = ()
    registrations: tuple[Registered, ...] = ()
    identity: bool = False
    """The QR code of an identity card was sent."""

    @property
    def suspicious(self) -> bool:
        return self.scam is not None or bool(self.signs) or any(one.tricks or one.copy for one in self.links)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Telephone and account numbers that others may have reported."""
        phones = [phone.number for phone in self.phones if phone.known is None]
        return tuple(dict.fromkeys([*phones, *self.accounts, *(one.account for one in self.payments)]))

    @property
    def only_goods(self) -> bool:
        """Nothing but barcodes or registration numbers: explained, no verdict."""
        others = (self.links, self.phones, self.accounts, self.payments, self.signs)
        return bool(self.goods or self.registrations) and not any(others) and self.scam is None
