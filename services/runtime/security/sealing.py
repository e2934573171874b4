"""Personal data sealed per person, so that deleting a person's keys and envelopes erases it.

Each person has a data key of 32 random bytes. It is kept only wrapped by a master key (AES-256-GCM,
NIST SP 800-38D) and travels inside each envelope, so that a service which holds an envelope and
the master key can open it without a call:

    wrapped key   <kid>.<wrapped>
    envelope      nv1.<kid>.<wrapped>.<nonce>.<ciphertext>

Person id and field are authenticated with the ciphertext: an envelope moved to another person or
field does not open. Plaintexts are padded to a multiple of 32 bytes, so that "yes" and "no" have
the same length. No error of this module holds a value, a key or an envelope.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "nv1"
NONCE_BYTES = 12
PAD_TO = 32


class SealError(Exception):
    """An envelope or wrapped key does not open. The message never says what was inside."""


class MasterKeys(Protocol):
    """The port to a master key: a local key ring, or a key management service.

    `wrap` uses the current key and returns its id; `unwrap` takes the id that wrapped it and
    raises SealError for an unknown id or a text that was tampered with.
    """

    @property
    def current_id(self) -> str: ...
    def wrap(self, data_key: bytes, context: bytes) -> tuple[str, bytes]: ...
    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes: ...


class Sealer:
    """Seals and opens single values. Safe to share between threads."""

    def __init__(self, master: MasterKeys, index_key: bytes) -> None:
        if len(index_key) < 32:
            raise ValueError("the index key must be at least 32 bytes")
        self._master = master
        self._index_key = index_key

    def new_key(self, person_id: UUID) -> str:
        """A fresh data key for this person, wrapped: store it in the person's key row."""
        key_id, wrapped = self._master.wrap(secrets.token_bytes(32), _key_context(person_id))
        return f"{key_id}.{_encode(wrapped)}"

    def seal(self, person_id: UUID, field: str, value: str, wrapped_key: str) -> str:
        """An envelope that opens for this person and field only. Raises SealError."""
        data_key = self._unwrap(person_id, wrapped_key)
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(data_key).encrypt(
            nonce, _pad(value.encode()), _value_context(person_id, field)
        )
        return f"{VERSION}.{wrapped_key}.{_encode(nonce)}.{_encode(sealed)}"

    def open(self, person_id: UUID, field: str, envelope: str) -> str:
        """The value. Raises SealError if the envelope is damaged, moved, or its key is gone."""
        wrapped_key, nonce, sealed = _split(envelope)
        data_key = self._unwrap(person_id, wrapped_key)
        try:
            padded = AESGCM(data_key).decrypt(
                _decode(nonce), _decode(sealed), _value_context(person_id, field)
            )
        except (InvalidTag, ValueError):
            raise SealError("the envelope does not open for this person and field") from None
        return _unpad(padded).decode()

    def rewrap_key(self, person_id: UUID, wrapped_key: str) -> str:
        """The same data key under the current master key (key rotation). Raises SealError."""
        key_id, wrapped = self._master.wrap(
            self._unwrap(person_id, wrapped_key), _key_context(person_id)
        )
        return f"{key_id}.{_encode(wrapped)}"

    def rewrap(self, person_id: UUID, envelope: str) -> str:
        """The envelope under the current master key; the value itself is not opened."""
        wrapped_key, nonce, sealed = _split(envelope)
        return f"{VERSION}.{self.rewrap_key(person_id, wrapped_key)}.{nonce}.{sealed}"

    def needs_rewrap(self, sealed: str) -> bool:
        """Whether an envelope or wrapped key still hangs on an older master key."""
        text = sealed.removeprefix(f"{VERSION}.")
        return text.partition(".")[0] != self._master.current_id

    def blind_index(self, value: str, kind: str = "phone") -> str:
        """32 hex digits to look a value up by, without storing it.

        Give the value in its one canonical form (E.164 for a phone). HMAC-SHA256, cut to 128 bits;
        without the index key a list of all UK numbers cannot be tried against it.
        """
        message = f"{kind}\0{value}".encode()
        return hmac.new(self._index_key, message, hashlib.sha256).hexdigest()[:32]

    def _unwrap(self, person_id: UUID, wrapped_key: str) -> bytes:
        key_id, dot, wrapped = wrapped_key.partition(".")
        if not dot:
            raise SealError("this is not a wrapped key")
        return self._master.unwrap(key_id, _decode(wrapped), _key_context(person_id))


def _key_context(person_id: UUID) -> bytes:
    return b"newvoices data key\0" + person_id.bytes


def _value_context(person_id: UUID, field: str) -> bytes:
    return b"newvoices value\0" + person_id.bytes + field.encode()


def _split(envelope: str) -> tuple[str, str, str]:
    parts = envelope.split(".")
    if len(parts) != 5 or parts[0] != VERSION:
        raise SealError("this is not an envelope of a known version")
    return f"{parts[1]}.{parts[2]}", parts[3], parts[4]


def _pad(value: bytes) -> bytes:
    # A 1 bit, then zeros (ISO/IEC 7816-4): removable without knowing the length.
    return value + b"\x80" + bytes(-(len(value) + 1) % PAD_TO)


def _unpad(padded: bytes) -> bytes:
    return padded.rstrip(b"\0")[:-1]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(
            text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
        )
    except (binascii.Error, ValueError):
        raise SealError("the envelope or wrapped key is damaged") from None
