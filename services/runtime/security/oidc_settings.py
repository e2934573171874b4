"""Settings of sign-in at organisations' identity providers; `oidc.py` talks to them."""

from __future__ import annotations

import json
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from services.runtime.security.principal import Role
from services.runtime.security.settings import LOCAL_HOSTS

# Roles that nobody gets by having an email of a domain.
BY_HAND_ONLY = frozenset({Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD, Role.AUDITOR})


class OidcDomain(BaseModel):
    """What an account gets that is made for somebody whose verified email is of a domain."""

    role: Role = Role.LINK_WORKER
    team: str | None = None

    @field_validator("role")
    @classmethod
    def _not_powerful(cls, role: Role) -> Role:
        if role in BY_HAND_ONLY or role is Role.PARTICIPANT:
            raise ValueError(f"an administrator has to make accounts with the role {role.value}")
        return role


class OidcProvider(BaseModel):
    """One organisation's provider, from NEWVOICES_OIDC__CODE__ISSUER and so on."""

    issuer: str
    client_id: str
    client_secret: SecretStr | None = None
    organisation: str = Field(description="its accounts only: no other organisation's people")
    name: str = Field(description="on the button: Sign in with …")
    domains: dict[str, OidcDomain] = Field(
        default={}, description="JSON: email domains whose people get an account at first sign-in"
    )
    strong: bool = Field(
        default=False, description="the provider always asks for a second factor, says who runs it"
    )

    @field_validator("domains", mode="before")
    @classmethod
    def _parsed(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("domains")
    @classmethod
    def _lowered(cls, value: dict[str, OidcDomain]) -> dict[str, OidcDomain]:
        return {domain.lower(): said for domain, said in value.items()}

    @model_validator(mode="after")
    def _https(self) -> Self:
        check_address(self.issuer)
        return self


def check_address(address: str, issuer: str = "http://localhost") -> None:
    """Plain http only on this machine, and only for an issuer that is on this machine itself."""
    parts = urlsplit(address)
    near = parts.hostname in LOCAL_HOSTS and urlsplit(issuer).hostname in LOCAL_HOSTS
    local = parts.scheme == "http" and near
    if not ((parts.scheme == "https" and parts.hostname) or local):
        raise ValueError("an identity provider's address must start with https://")
