"""The audit log's hash chain: each entry seals all before it, so none can change unseen.

    hash of an entry = SHA-256(hash before, as 64 hex digits, then the entry as canonical JSON)

Pure functions; the table is the runtime's. Whoever can write to the whole table could forge a
chain from the first entry on, so print or send the newest hash elsewhere (`newest_hash`) now and
then: a forged chain does not lead there.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """One row: the entry's content and the two hashes that were stored with it."""

    content: Mapping[str, Any]
    previous_hash: str
    hash: str


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one way to write an entry: sorted keys, no spaces, UTF-8.

    Give times and ids as text. Raises TypeError for values that JSON does not know, ValueError
    for NaN or infinity, which no two programs write alike.
    """
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode("utf-8", "surrogatepass")


def entry_hash(previous_hash: str, content: Mapping[str, Any]) -> str:
    """64 hex digits for this entry after that one (GENESIS before the first)."""
    return hashlib.sha256(previous_hash.encode() + canonical(content)).hexdigest()


def append(previous_hash: str, content: Mapping[str, Any]) -> ChainedEntry:
    """The entry ready to store."""
    return ChainedEntry(content, previous_hash, entry_hash(previous_hash, content))


def first_broken(chain: Iterable[ChainedEntry], previous_hash: str = GENESIS) -> int | None:
    """The index of the first entry that was changed, moved, removed before or put in; or None.

    To verify in portions, start each with the last verified entry's hash. A removed tail breaks
    nothing inside the chain: compare `newest_hash` with one kept elsewhere.
    """
    for index, entry in enumerate(chain):
        if entry.previous_hash != previous_hash:
            return index
        if entry.hash != entry_hash(previous_hash, entry.content):
            return index
        previous_hash = entry.hash
    return None


def newest_hash(chain: Iterable[ChainedEntry]) -> str:
    """The hash that stands for the whole log so far."""
    newest = GENESIS
    for entry in chain:
        newest = entry.hash
    return newest
