"""`rasa train` in Rasa's Python, with messages of like length in a batch. Arguments: those of `rasa`.

DIET fills every message of a batch up to the longest. One story of 90 words among 64 short messages makes the
batch four times as dear; beside its like it does not. The net, its data and its loss stay Rasa's own, and any
Rasa loads the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

BATCHES = 16
"""So many batches are cut from one heap of messages that is sorted by length; heaps are drawn at random."""


def like_lengths(lengths: Sequence[int], batch: int, shuffle: Callable[[list[int]], None]) -> list[int]:
    """The order in which messages follow each other: whole batches of like length, batches at random. A batch
    that is not full stays last."""
    heap = batch * BATCHES
    batches = []
    for start in range(0, len(lengths), heap):
        own = sorted(range(start, min(start + heap, len(lengths))), key=lengths.__getitem__)
        batches += [own[at : at + batch] for at in range(0, len(own), batch)]
    short = batches.pop() if batches and len(batches[-1]) < batch else []
    places = list(range(len(batches)))
    shuffle(places)
    return [message for place in places for message in batches[place]] + short


def main() -> None:
    import numpy as np
    from rasa.__main__ import main as rasa  # type: ignore[import-not-found,unused-ignore]
    from rasa.utils.tensorflow.data_generator import (  # type: ignore[import-not-found,unused-ignore]
        RasaBatchDataGenerator,
    )

    as_it_was = RasaBatchDataGenerator.on_epoch_end

    def on_epoch_end(self: Any) -> None:
        as_it_was(self)
        if not self.shuffle:
            return
        lengths = [int(length) for length in np.asarray(self._data["text"]["sequence_lengths"][0])]
        order = like_lengths(lengths, self._current_batch_size, np.random.shuffle)
        self._data = self.model_data._data_for_ids(self._data, np.array(order))

    RasaBatchDataGenerator.on_epoch_end = on_epoch_end
    rasa()


if __name__ == "__main__":
    main()
