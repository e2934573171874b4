"""Random numbers that anyone can recompute: SHA-256 in counter mode, whole numbers only.

The i-th 8 bytes (big-endian) of SHA-256(key ‖ counter as 8 bytes) form a number below 2^64;
numbers in the last incomplete multiple of n are skipped, so that every outcome below n is
equally likely (rejection sampling).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

WORD = 1 << 64


class Stream:
    """A stream of numbers that is fixed by the texts that make its key."""

    def __init__(self, *texts: str) -> None:
        parts = (text.encode() for text in texts)
        self._key = sha256(b"".join(len(p).to_bytes(8, "big") + p for p in parts)).digest()
        self._words = self._generate()

    def _generate(self) -> Iterator[int]:
        counter = 0
        while True:
            block = sha256(self._key + counter.to_bytes(8, "big")).digest()
            for start in range(0, len(block), 8):
                yield int.from_bytes(block[start : start + 8], "big")
            counter += 1

    def below(self, count: int) -> int:
        """A number from 0 to count - 1, each as likely as the others."""
        limit = WORD - WORD % count
        return next(word for word in self._words if word < limit) % count

    def shuffled(self, things: Sequence[str]) -> list[str]:
        """The things in random order, each order as likely (Fisher and Yates 1938)."""
        order = list(things)
        for place in range(len(order) - 1):
            other = place + self.below(len(order) - place)
            order[place], order[other] = order[other], order[place]
        return order
