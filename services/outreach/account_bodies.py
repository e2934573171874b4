"""What the outreach API takes and gives about accounts, sign-in and API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from services.outreach.bodies import Language, Strict, Text120
from services.runtime.lists import Listed
from services.runtime.security.principal import Role

Code60 = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]


class SignInBody(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"email": "link.worker@example.org", "password": "three random words"}]
        }
    )

    email: str = Field(max_length=254)
    password: SecretStr = Field(max_length=1000)
    code: str = Field(default="", max_length=60, description="if a second factor is set up")


class SignedIn(BaseModel):
    """Who signed in. The session is in the cookie, never in the body."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "account_id": "0193b0c0-0000-7000-8000-0000000000aa",
                    "role": "link_worker",
                    "organisation_id": "leeds",
                    "team_id": "north",
                    "language": "en",
                    "expires_at": "2026-11-24T11:00:00Z",
                    "second_factor_needed": False,
                }
            ]
        }
    )

    account_id: UUID
    role: Role
    organisation_id: str
    team_id: str | None
    language: str
    expires_at: datetime
    second_factor_needed: bool = Field(
        default=False, description="until one is set up, this session can do nothing else"
    )


class AccountBody(Strict):
    """A new account in the administrator's own organisation.

    No password: with a link the colleague chooses one that nobody else knows (ASVS 5.0, 6.4.1).
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "email": "new.colleague@example.org",
                    "name": "New Colleague",
                    "role": "link_worker",
                    "team_id": "north",
                }
            ]
        }
    )

    email: str = Field(max_length=254)
    name: Text120
    role: Role
    team_id: Code60 | None = None
    language: Language = "en"


class RoleBody(Strict):
    """What an account is for. A person with two jobs has two accounts."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "coordinator", "team_id": None}]}
    )

    role: Role
    team_id: Code60 | None = None


class AccountView(BaseModel):
    id: UUID
    email: str
    name: str
    role: Role
    organisation_id: str
    team_id: str | None
    disabled: bool
    created_at: datetime


class TokenView(BaseModel):
    id: UUID
    scopes: list[str]
    expires_at: datetime
    withdrawn_at: datetime | None


class AccountDetail(AccountView):
    """An account as its administrator sees it: how it signs in, and where it is signed in now."""

    has_password: bool
    has_app: bool = Field(description="an app for codes is set up")
    passkeys: int
    sessions: int = Field(description="signed in now, in so many browsers")
    last_sign_in: datetime | None
    api_tokens: list[TokenView]


class PasswordLinkView(BaseModel):
    """Hand the address to the colleague. It is shown this once, and works once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "address": "https://voices.example/outreach/choose-password/pw_…",
                    "expires_at": "2026-11-25T10:00:00Z",
                }
            ]
        }
    )

    address: str
    expires_at: datetime


class Accounts(Listed[AccountView]):
    """Oldest first."""


class Me(BaseModel):
    """The account that asks."""

    account_id: UUID
    role: Role
    organisation_id: str
    team_id: str | None


class AccountId(BaseModel):
    id: UUID


class PasswordBody(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"current": "three random words", "new": "kettle harbour violin"}]
        }
    )

    current: SecretStr = Field(max_length=1000)
    new: SecretStr = Field(max_length=1000)


class TokenBody(Strict):
    """A token for a program. It can do no more than its owner."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scopes": ["contact:log"], "days": 90}]}
    )

    scopes: list[str] = Field(min_length=1, max_length=40)
    days: int = Field(ge=1, le=365)


class TokenIssued(BaseModel):
    """The secret is shown this once and kept nowhere."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193b0c0-0000-7000-8000-0000000000bb",
                    "secret": "nv_…",
                    "expires_at": "2027-02-22T10:00:00Z",
                }
            ]
        }
    )

    id: UUID
    secret: str
    expires_at: datetime


class Tokens(Listed[TokenView]):
    """Oldest first."""
