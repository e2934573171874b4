"""A passkey device in software (ES256, no attestation), so that tests answer real challenges."""

import base64
import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class SoftAuthenticator:
    """Holds one passkey for one site."""

    def __init__(self, host: str, origin: str, *, verifies: bool = True) -> None:
        self.host, self.origin = host, origin
        self.flags = USER_PRESENT | (USER_VERIFIED if verifies else 0)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.count = 0

    def create(self, options_json: str) -> str:
        """The answer of navigator.credentials.create()."""
        options = json.loads(options_json)
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        )
        credential = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + cose
        authenticator_data = self._data(self.flags | ATTESTED) + credential
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": authenticator_data})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"attestationObject": b64(attestation), "clientDataJSON": b64(client)})

    def get(self, options_json: str) -> str:
        """The answer of navigator.credentials.get()."""
        self.count += 1
        authenticator_data = self._data(self.flags)
        client = self._client("webauthn.get", json.loads(options_json)["challenge"])
        signature = self.key.sign(
            authenticator_data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256())
        )
        return self._answer(
            {
                "authenticatorData": b64(authenticator_data),
                "clientDataJSON": b64(client),
                "signature": b64(signature),
                "userHandle": b64(b"1"),
            }
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        ).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        return json.dumps(
            {
                "id": b64(self.credential_id),
                "rawId": b64(self.credential_id),
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )
