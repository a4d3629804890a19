"""A small network that is learned here and run from plain arrays: sums of feature vectors, one hidden layer,
one head per question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]

WIDTH = 96
EPOCHS = 6
BATCH = 96
RATE = 0.002
HIDDEN_LOST = 0.3
FEATURES_LOST = 0.25
"""Shares of hidden units and of features that a step of learning does without, so that no few carry all."""
DOUBT = 0.05
"""The share of each label that is spread over the other classes (label smoothing)."""
_BETA1, _BETA2, _TINY = 0.9, 0.999, 1e-8


class Net(NamedTuple):
    """`embedding` (features x width), `bias` (width), per head its weights (width x classes) and bias."""

    embedding: Floats
    bias: Floats
    heads: dict[str, tuple[Floats, Floats]]

    def hidden(self, matrix: Any) -> Floats:
        """The hidden layer for rows of a sparse matrix of features."""
        return np.asarray(np.maximum(matrix @ self.embedding + self.bias, 0), dtype=np.float32)

    def scores(self, matrix: Any) -> dict[str, Floats]:
        hidden = self.hidden(matrix)
        return {name: hidden @ weights + bias for name, (weights, bias) in self.heads.items()}


class _Adam:
    """Adam for a dense array, or for those rows of one that a step touched."""

    def __init__(self, array: Floats) -> None:
        self.array = array
        self._mean, self._square = np.zeros_like(array), np.zeros_like(array)

    def step(self, gradient: Floats, rate: float, time: int, rows: Any = slice(None)) -> None:
        mean = self._mean[rows] * _BETA1 + gradient * (1 - _BETA1)
        square = self._square[rows] * _BETA2 + gradient * gradient * (1 - _BETA2)
        self._mean[rows], self._square[rows] = mean, square
        rate *= (1 - _BETA2**time) ** 0.5 / (1 - _BETA1**time)
        self.array[rows] -= rate * mean / (np.sqrt(square) + _TINY)


def learn(matrix: Any, labels: Mapping[str, Numbers], classes: Mapping[str, Sequence[str]], seed: int) -> Net:
    """A net from rows of features (sparse, float32) and the number of each row's class per head."""
    random = np.random.default_rng(seed)
    net = Net(
        (random.standard_normal((matrix.shape[1], WIDTH), dtype=np.float32) * np.float32(0.05)),
        np.zeros(WIDTH, dtype=np.float32),
        {
            name: (
                random.standard_normal((WIDTH, len(own)), dtype=np.float32) * np.float32(WIDTH**-0.5),
                np.zeros(len(own), dtype=np.float32),
            )
            for name, own in classes.items()
        },
    )
    learner = _Learner(net, random)
    steps = EPOCHS * -(-matrix.shape[0] // BATCH)
    for time, rows in enumerate(_batches(matrix.shape[0], random), start=1):
        learner.step(
            matrix[rows], {name: own[rows] for name, own in labels.items()}, time, 1 - (time - 1) / steps
        )
    return net


def _batches(rows: int, random: np.random.Generator) -> Iterator[Numbers]:
    for _ in range(EPOCHS):
        order = random.permutation(rows)
        for begin in range(0, rows, BATCH):
            yield order[begin : begin + BATCH]


class _Learner:
    def __init__(self, net: Net, random: np.random.Generator) -> None:
        self._net, self._random = net, random
        self._embedding, self._bias = _Adam(net.embedding), _Adam(net.bias)
        self._heads = {name: (_Adam(weights), _Adam(bias)) for name, (weights, bias) in net.heads.items()}

    def step(self, batch: Any, labels: Mapping[str, Numbers], time: int, progress: float) -> None:
        """One step down the gradient; `progress` goes from 1 to 0 and the rate with it."""
        rate = RATE * progress
        touched, columns = np.unique(batch.indices, return_inverse=True)
        kept = self._random.random(len(batch.data), dtype=np.float32) >= FEATURES_LOST
        values = batch.data * kept / np.float32(1 - FEATURES_LOST)
        small = sparse.csr_matrix((values, columns, batch.indptr), shape=(batch.shape[0], len(touched)))
        hidden = small @ self._net.embedding[touched] + self._net.bias
        mask = (hidden > 0) * (self._random.random(hidden.shape, dtype=np.float32) >= HIDDEN_LOST)
        mask = mask.astype(np.float32) / np.float32(1 - HIDDEN_LOST)
        hidden *= mask
        back = np.zeros_like(hidden)
        for name, (weights, bias) in self._heads.items():
            wrong = _surprise(hidden @ weights.array + bias.array, labels[name])
            back += wrong @ weights.array.T
            weights.step(hidden.T @ wrong, rate, time)
            bias.step(wrong.sum(axis=0), rate, time)
        back *= mask
        self._bias.step(back.sum(axis=0), rate, time)
        self._embedding.step(np.asarray(small.T @ back), rate, time, touched)


def _surprise(scores: Floats, labels: Numbers) -> Floats:
    """The gradient of the cross-entropy, per row of a batch."""
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    chances -= np.float32(DOUBT / scores.shape[1])
    chances[np.arange(len(labels)), labels] -= np.float32(1 - DOUBT)
    return np.asarray(chances / np.float32(len(labels)), dtype=np.float32)
