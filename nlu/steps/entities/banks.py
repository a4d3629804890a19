"""Banks and wallets by the names that people give them (`content/banks.yml`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from content.schema import Bank
from nlu.steps.entities.found import Found
from nlu.steps.entities.phrases import Phrases
from nlu.steps.fold import fold
from nlu.steps.normalise import Message


class Banks:
    def __init__(self, banks: Mapping[str, Bank]) -> None:
        self._names = Phrases(
            {
                " ".join(fold(alias).replace("-", " ").split()): key
                for key, bank in banks.items()
                for alias in (bank.name, *bank.aliases)
                if not fold(alias).startswith(("vi ", "ngan hang "))
            }
        )

    def find(self, message: Message) -> Iterator[Found]:
        for index, count, bank in self._names.find(message):
            tokens = message.tokens
            yield Found("bank", tokens[index].start, tokens[index + count - 1].end, bank)
