"""API tokens: shown once, kept only as a hash, scoped, expiring."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.runtime.security.permissions import ASKS_AGAIN, ROLE_PERMISSIONS, Permission
from services.runtime.security.principal import Principal, Role

PREFIX = "nv_"  # lets secret scanners recognise a token that was published by mistake
LONGEST_LIFE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class StoredToken:
    """The row of an API token: whose it is, what it may do, until when. No secret in it."""

    id: UUID
    token_hash: str
    account_id: UUID
    role: Role
    organisation_id: str
    team_id: str | None
    scopes: frozenset[str]
    expires_at: datetime
    withdrawn_at: datetime | None = None


def new_secret(prefix: str = PREFIX) -> tuple[str, str]:
    """A secret with 256 random bits and the hash to keep: (secret, hash).

    Also for one-time links in emails: keep the hash with its purpose and expiry, delete it at use.
    """
    secret = prefix + secrets.token_urlsafe(32)
    return secret, hash_of(secret)


def hash_of(secret: str) -> str:
    """SHA-256 in hex. A fast hash is right here: the secret is random, not chosen by a person."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_request(role: Role, scopes: Iterable[str], life: timedelta) -> frozenset[str]:
    """The scopes of a new token. Raises ValueError with a sentence for the person who asks."""
    wanted = frozenset(scopes)
    held = {permission.value for permission in ROLE_PERMISSIONS[role]}
    if not wanted:
        raise ValueError("Choose at least one thing that the token may do.")
    for_people_only = {permission.value for permission in (*ASKS_AGAIN, Permission.ACCOUNT_OWN)}
    if not wanted <= held - for_people_only:
        raise ValueError(
            "A token can only do what your own account can do, except manage accounts, change "
            "settings, and export or erase a person"
        )
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise ValueError("A token can last up to 365 days.")
    return wanted


def principal_of(token: StoredToken, now: datetime) -> Principal | None:
    """Who the token speaks for, or None if it has expired or was withdrawn."""
    if now >= token.expires_at or token.withdrawn_at is not None:
        return None
    return Principal(
        account_id=token.account_id,
        role=token.role,
        organisation_id=token.organisation_id,
        team_id=token.team_id,
        session_id=f"token:{token.id}",
        scopes=token.scopes,
    )
