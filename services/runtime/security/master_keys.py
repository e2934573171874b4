"""The local key ring: master keys with ids, and the index key, in one private JSON file.

    {"current": "k1", "keys": {"k1": "<base64, 32 bytes>"}, "index_key": "<base64, 32 bytes>"}

Rotation adds a key and makes it current; older keys stay until everything is rewrapped. The index
key is apart and does not rotate with them, because a new one would need every phone read again.
"""

import base64
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.runtime.security.keys import read_or_create, replace_private
from services.runtime.security.sealing import NONCE_BYTES, Sealer, SealError
from services.runtime.security.settings import MissingSecretError, SecuritySettings


@dataclass(frozen=True)
class LocalMasterKeys:
    """Master keys held in memory (the port `MasterKeys`)."""

    keys: dict[str, bytes] = field(repr=False)
    current: str
    index_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError("the master key file names a current key that it does not hold")
        if any(len(key) != 32 for key in [*self.keys.values(), self.index_key]):
            raise ValueError("each key of the master key file must be 32 bytes, in base64")
        if any(not key_id.isalnum() for key_id in self.keys):
            raise ValueError("a master key id must be letters and digits")

    @property
    def current_id(self) -> str:
        return self.current

    def wrap(self, data_key: bytes, context: bytes) -> tuple[str, bytes]:
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = AESGCM(self.keys[self.current])
        return self.current, nonce + cipher.encrypt(nonce, data_key, context)

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        key = self.keys.get(key_id)
        if key is None:
            raise SealError("the master key that wrapped this is not in the key ring")
        try:
            return AESGCM(key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except (InvalidTag, ValueError):
            raise SealError("the wrapped key does not open for this person") from None

    @classmethod
    def fresh(cls) -> Self:
        return cls({"k1": secrets.token_bytes(32)}, "k1", secrets.token_bytes(32))

    def with_new_key(self) -> Self:
        """The ring with one more key, made current."""
        numbers = [int(key_id[1:]) for key_id in self.keys if key_id[1:].isdecimal()]
        number = 1 + max(numbers, default=0)
        keys = {**self.keys, f"k{number}": secrets.token_bytes(32)}
        return type(self)(keys, f"k{number}", self.index_key)

    def without(self, key_id: str) -> Self:
        """The ring after a rotation is complete, without an old key."""
        keys = {known: key for known, key in self.keys.items() if known != key_id}
        return type(self)(keys, self.current, self.index_key)

    def to_json(self) -> bytes:
        document = {
            "current": self.current,
            "keys": {key_id: base64.b64encode(key).decode() for key_id, key in self.keys.items()},
            "index_key": base64.b64encode(self.index_key).decode(),
        }
        return json.dumps(document, indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Raises ValueError, without any of the text, if it is not a key ring."""
        try:
            document = json.loads(text)
            keys = {
                str(key_id): base64.b64decode(key, validate=True)
                for key_id, key in document["keys"].items()
            }
            index_key = base64.b64decode(document["index_key"], validate=True)
            current = str(document["current"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError("the master key file is not in the form that we write") from None
        return cls(keys, current, index_key)


def load_master_keys(
    settings: SecuritySettings, data_folder: Path | None = None
) -> LocalMasterKeys:
    """The key ring from the environment, a file, or (embedded default) made at first run.

    Raises MissingSecretError if there is none and no data folder to keep one in.
    """
    if settings.master_keys:
        return LocalMasterKeys.from_json(settings.master_keys.get_secret_value().encode())
    if settings.master_key_file:
        return LocalMasterKeys.from_json(settings.master_key_file.read_bytes())
    if data_folder is None:
        raise MissingSecretError("set NEWVOICES_MASTER_KEY_FILE or NEWVOICES_MASTER_KEYS")
    path = master_key_path(data_folder)
    return LocalMasterKeys.from_json(read_or_create(path, LocalMasterKeys.fresh().to_json()))


def load_sealer(settings: SecuritySettings, data_folder: Path | None = None) -> Sealer:
    """The sealer every service opens and seals with."""
    ring = load_master_keys(settings, data_folder)
    return Sealer(ring, ring.index_key)


def master_key_path(data_folder: Path) -> Path:
    return data_folder / "master-keys.json"


def add_master_key(path: Path) -> LocalMasterKeys:
    """First step of rotation: a new current key in the file. Then rewrap, then `retire`."""
    ring = LocalMasterKeys.from_json(path.read_bytes()).with_new_key()
    replace_private(path, ring.to_json())
    return ring


def retire_master_key(path: Path, key_id: str) -> LocalMasterKeys:
    """Last step of rotation. Raises ValueError for the current key. Only when nothing needs it."""
    ring = LocalMasterKeys.from_json(path.read_bytes()).without(key_id)
    replace_private(path, ring.to_json())
    return ring
