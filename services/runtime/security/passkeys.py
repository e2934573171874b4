"""Passkeys (WebAuthn level 3), through py_webauthn.

A passkey that verified its holder (fingerprint, face or PIN) counts as two factors. The caller
keeps each challenge in a row of its own, for five minutes, and deletes it at first use.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import webauthn
from webauthn.helpers import base64url_to_bytes, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.runtime.security.settings import SecuritySettings

CHALLENGE_LIFE = timedelta(minutes=5)


class PasskeyRefusedError(Exception):
    """The browser's answer does not prove a passkey. The message holds nothing of the answer."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What to send to the browser (JSON text) and the bytes to keep until it answers."""

    options_json: str
    challenge: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredPasskey:
    """A registered passkey. `sign_count` is 0 for passkeys that are synced between devices."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class Passkeys:
    """Registers passkeys and signs in with them, for one site."""

    def __init__(self, site_host: str, site_origin: str, site_name: str = "New Voices") -> None:
        self._host = site_host
        self._origin = site_origin
        self._name = site_name

    @classmethod
    def from_settings(cls, settings: SecuritySettings) -> "Passkeys":
        return cls(settings.public_host, settings.public_origin)

    def begin_registration(
        self, account_id: UUID, account_name: str, existing: Sequence[bytes] = ()
    ) -> Challenge:
        """`existing` are the account's credential ids, so that no device registers twice."""
        options = webauthn.generate_registration_options(
            rp_id=self._host,
            rp_name=self._name,
            user_id=account_id.bytes,
            user_name=account_name,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=known) for known in existing],
        )
        return Challenge(options_to_json(options), options.challenge)

    def finish_registration(self, answer: str, challenge: bytes) -> StoredPasskey:
        """The passkey to store. Raises PasskeyRefusedError."""
        try:
            verified = webauthn.verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except _FAULTS:
            raise PasskeyRefusedError("the passkey was not registered; please try again") from None
        return StoredPasskey(
            verified.credential_id, verified.credential_public_key, verified.sign_count
        )

    def begin_sign_in(self) -> Challenge:
        """Options without account: the browser offers the passkeys it has for this site."""
        options = webauthn.generate_authentication_options(
            rp_id=self._host, user_verification=UserVerificationRequirement.REQUIRED
        )
        return Challenge(options_to_json(options), options.challenge)

    def finish_sign_in(self, answer: str, challenge: bytes, passkey: StoredPasskey) -> int:
        """The new sign count to store. Raises PasskeyRefusedError."""
        try:
            verified = webauthn.verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except _FAULTS:
            raise PasskeyRefusedError("the passkey was not accepted; please try again") from None
        if verified.credential_id != passkey.credential_id:
            raise PasskeyRefusedError("the passkey was not accepted; please try again")
        return verified.new_sign_count


def credential_id_of(answer: str) -> bytes:
    """Which passkey an answer speaks of, to look it up. Raises PasskeyRefusedError."""
    try:
        document: Any = json.loads(answer)
        return base64url_to_bytes(document["rawId"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PasskeyRefusedError("this is not a passkey's answer") from None


# The library answers malformed input with its own exceptions, and now and then a built-in one.
_FAULTS = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, RecursionError)
