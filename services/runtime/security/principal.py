"""The one who makes a request: account, role, organisation and team."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

ALL_SCOPES: frozenset[str] = frozenset({"*"})


class Role(StrEnum):
    """What an account is for. An account has one role; a person with two jobs has two accounts."""

    LINK_WORKER = "link_worker"
    COORDINATOR = "coordinator"
    SAFEGUARDING_LEAD = "safeguarding_lead"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    PARTICIPANT = "participant"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated account during one session or one API call.

    `account_id` is the participant's id for the role participant. `scopes` narrows the role:
    permission values for an API token, `ALL_SCOPES` for a person who signed in.
    """

    account_id: UUID
    role: Role
    organisation_id: str
    team_id: str | None
    session_id: str
    scopes: frozenset[str] = ALL_SCOPES
