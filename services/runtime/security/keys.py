"""Keys for single purposes, derived from one secret, and secret files that only we can read."""

import contextlib
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF, RFC 5869), so that no key ever serves two.

    Raises ValueError if the secret is shorter than 32 bytes.
    """
    if len(secret) < 32:
        raise ValueError("the secret key is too short: give at least 32 characters")
    return HKDF(SHA256(), 32, salt=b"newvoices", info=purpose.encode()).derive(secret)


def read_or_create(path: Path, content: bytes) -> bytes:
    """The file's bytes; if there is no file yet, it is made with `content`, mode 0600.

    Two processes that start together both get the bytes of whichever wrote first: the file
    appears whole, under its final name, in one step.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write_private(draft, content)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_bytes()


def replace_private(path: Path, content: bytes) -> None:
    """Swap a secret file's content in one step, mode 0600."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    write_private(draft, content)
    draft.replace(path)


def write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner may read. Raises FileExistsError if it is there."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def readable_by_others(path: Path) -> bool:
    """Whether other accounts on the machine may read the file (a finding for `doctor`)."""
    return bool(path.stat().st_mode & 0o077)
