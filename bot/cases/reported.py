"""How many consumers complained of a telephone or account number: a count from two on, never who.

The numbers lie encrypted. Keyed hashes of words find the complaints in question (decision 0012), these are
opened, and counted is only where the number was told as the accused one's: the same hash may come from the
number under which a consumer wants to be called.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import InvalidToken
from msgspec import MsgspecError
from sqlalchemy import ARRAY, BigInteger, Row, cast, select

from bot.cases.records import Details
from bot.storage.database import UnitOfWork
from bot.storage.tables import complaints
from bot.storage.vault import Vault

LEAST = 2
"""Others. Of one alone nobody is told: they could be guessed."""
_LOOKED_AT = 200
"""Newest complaints that are opened for one number."""
_OWN = frozenset({"contact_phone", "location", "commune", "date"})
"""Slots about whoever complains."""
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ .-]{1,2}(?=\d)")


async def counts(uow: UnitOfWork, vault: Vault, numbers: Sequence[str], *, asker: int) -> dict[str, int]:
    """Number -> other consumers than `asker` (a contact's id) who complained of it, where two or more did."""
    found = {number: await _count(uow, vault, number, asker) for number in numbers}
    return {number: count for number, count in found.items() if count >= LEAST}


async def _count(uow: UnitOfWork, vault: Vault, number: str, asker: int) -> int:
    tokens = vault.tokens(number)
    if not tokens:
        return 0
    query = (
        select(complaints.c.contact_id, complaints.c.slots_sealed)
        .where(
            complaints.c.search.op("@>")(cast(tokens, ARRAY(BigInteger))),
            complaints.c.kind == "complaint",
            complaints.c.state != "withdrawn",
            complaints.c.contact_id.is_distinct_from(asker),
        )
        .order_by(complaints.c.filed_at.desc())
        .limit(_LOOKED_AT)
    )
    rows = (await uow.execute(query)).all()
    return len({who for row in rows if (who := _accuser(vault, row, number)) is not None})


def _accuser(vault: Vault, row: Row[Any], number: str) -> str | None:
    """Whoever complained of the number here: by contact, else by the telephone they left; all who left
    neither count as one. None where the number is not the accused one's."""
    try:
        details = vault.open(row.slots_sealed, Details)
    except (InvalidToken, MsgspecError):
        return None
    told = [*_accusing(details.slots), *_accusing(details.said)]
    if not any(number in numbers_in(text) for text in told):
        return None
    own_phone = details.slots.get("contact_phone", "")
    if own_phone == number:
        return None
    return f"contact {row.contact_id}" if row.contact_id is not None else f"phone {own_phone}"


def _accusing(slots: dict[str, str]) -> list[str]:
    return [text for slot, text in slots.items() if slot not in _OWN]


def numbers_in(text: str) -> set[str]:
    """The long numbers of a text, in digits alone: "0900 000 001" is "0900000001"."""
    return set(re.findall(r"\d{6,}", _BETWEEN_DIGITS.sub("", text)))
