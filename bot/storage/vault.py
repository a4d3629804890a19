"""Encryption of personal data at rest, and keyed hashes to find it again.

Keys form a ring: the first encrypts, all decrypt, so a key can be replaced without a stop. The hash key is
derived from the oldest key of the ring and therefore stays the same while that key stays in it.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from nlu.steps.fold import fold

T = TypeVar("T")
_WORD = re.compile(r"\w{2,}")


class Vault:
    def __init__(self, keys: tuple[str, ...]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        root = base64.urlsafe_b64decode(keys[-1])
        self._hash_key = hashlib.blake2b(root, person=b"ntd-hash-key").digest()

    def seal(self, value: object) -> bytes:
        """`value` as encrypted JSON."""
        return self._fernet.encrypt(msgspec.json.encode(value))

    def open(self, sealed: bytes, kind: type[T]) -> T:
        """Raises `cryptography.fernet.InvalidToken` when no key of the ring fits."""
        return msgspec.json.decode(self._fernet.decrypt(sealed), type=kind)

    def seal_bytes(self, data: bytes) -> bytes:
        return self._fernet.encrypt(data)

    def open_bytes(self, sealed: bytes) -> bytes:
        return self._fernet.decrypt(sealed)

    def digest(self, purpose: str, value: str) -> bytes:
        """A keyed hash by which a value is found without being kept in clear."""
        return hmac.digest(self._hash_key, f"{purpose}\0{value}".encode(), "sha256")

    def token(self, word: str) -> int:
        """The keyed hash of one folded word, as PostgreSQL's bigint."""
        return int.from_bytes(self.digest("token", word)[:8], "big", signed=True)

    def tokens(self, *texts: str) -> list[int]:
        """Keyed hashes of all words of `texts`, for search over encrypted data."""
        words = {word for text in texts for word in _WORD.findall(fold(text))}
        return sorted({self.token(word) for word in words})


def key_ring(configured: tuple[str, ...], data_dir: Path) -> tuple[str, ...]:
    """The configured keys, or one made at the first start and kept in `data_dir` (mode 0600)."""
    if configured:
        return configured
    return (kept_secret(data_dir / "keys", lambda: Fernet.generate_key().decode("ascii")),)


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """What `make` gave when the file was first asked for (mode 0600): whole or not there, whoever is killed
    or comes second."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its secret counts
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text("ascii").strip()


__all__ = ["InvalidToken", "Vault", "kept_secret", "key_ring"]
