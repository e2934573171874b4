"""Links that act for one person without a sign-in: their address proves that we made it.

The token is an id with a keyed hash of it and of what the link may do. It holds no personal data
and does not expire: a person must be able to stop an old email.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from enum import StrEnum
from uuid import UUID

from services.runtime.security.sealing import Sealer
from services.runtime.settings import Settings


class LinkFor(StrEnum):
    STOP_EMAILS = "stop-emails"  # id of the participant
    ANSWER = "answer"  # id of the invitation


def make_token(sealer: Sealer, purpose: LinkFor, about: UUID) -> str:
    proof = sealer.blind_index(str(about), kind=f"link {purpose.value}")
    return f"{base64.urlsafe_b64encode(about.bytes).rstrip(b'=').decode()}.{proof}"


def read_token(sealer: Sealer, purpose: LinkFor, token: str) -> UUID | None:
    """The id, or None when we did not make this token for this purpose."""
    encoded = token.partition(".")[0]
    try:
        about = UUID(bytes=base64.urlsafe_b64decode(encoded + "=="))
    except (ValueError, binascii.Error):
        return None
    expected = make_token(sealer, purpose, about)
    return about if hmac.compare_digest(expected.encode(), token.encode()) else None


def link(settings: Settings, sealer: Sealer, purpose: LinkFor, about: UUID) -> str:
    """The full address. Always https: mail readers offer one-click stopping for nothing else."""
    base = settings.security.public_base_url.replace("http://", "https://", 1)
    return f"{base}/notifications/{purpose.value}/{make_token(sealer, purpose, about)}"
