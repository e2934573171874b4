"""Links to a participant's own page that another service writes into a message.

The secret is a random id with a keyed hash of it, so that an event need only carry the id: who
reads the log cannot make the link. The service that checks it keeps a hash of the whole.
"""

from __future__ import annotations

from uuid import UUID

from services.runtime.security.sealing import Sealer

PREFIX = "own_"


def secret_of(sealer: Sealer, link_id: UUID) -> str:
    """The last part of the address; the same wherever the keys are the same."""
    return f"{PREFIX}{link_id.hex}.{sealer.blind_index(str(link_id), kind='link own-page')}"


def address_of(base_url: str, secret: str) -> str:
    return f"{base_url}/outreach/own/{secret}"
