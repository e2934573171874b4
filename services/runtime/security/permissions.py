"""What each role may do, and whose records it reaches.

Pure rules; `gate.py` applies them to requests. Role duties follow the project's data protection
impact assessment (docs/security/dpia.md): an administrator sees no participant data, an auditor
only the log, a coordinator pseudonyms until a proposal is approved.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from uuid import UUID

from services.runtime.security.principal import Principal, Role


class Permission(StrEnum):
    """One thing an account may do. Values are also the scopes an API token can carry."""

    CONTACT_LOG = "contact:log"
    CONTACT_READ = "contact:read"
    PARTICIPANT_REGISTER = "participant:register"
    PARTICIPANT_READ = "participant:read"  # ids, codes and states: pseudonymised
    PARTICIPANT_READ_SENSITIVE = "participant:read-sensitive"  # name, contact details, notes
    PARTICIPANT_UPDATE = "participant:update"
    PARTICIPANT_EXPORT = "participant:export"
    PARTICIPANT_ERASE = "participant:erase"
    CONSENT_CHANGE = "consent:change"
    OWN_PAGE = "own-page:use"  # a participant's own page: see, correct, download, withdraw, erase
    OPPORTUNITY_READ = "opportunity:read"
    OPPORTUNITY_WRITE = "opportunity:write"
    PROPOSAL_READ = "proposal:read"
    PROPOSAL_DECIDE = "proposal:decide"
    SEAT_READ = "seat:read"  # members who said yes, with the access needs they agreed to share
    INBOX_READ = "inbox:read"
    MESSAGE_SEND = "message:send"
    TEMPLATE_WRITE = "template:write"
    FEEDBACK_SHARE = "feedback:share"
    BARRIER_REPORT = "barrier:report"  # what keeps people out, under one's role, no person named
    MONITORING_READ_AGGREGATES = "monitoring:read-aggregates"
    PRACTICE_READ = "practice:read"  # the practice library
    PRACTICE_WRITE = "practice:write"
    PRACTICE_REVIEW = "practice:review"  # of what somebody else wrote
    PROGRAMME_WRITE = "programme:write"  # theory of change, costs, decisions, surveys
    SAFEGUARDING_READ = "safeguarding:read"
    SAFEGUARDING_WRITE = "safeguarding:write"
    AUDIT_READ = "audit:read"
    AUDIT_EXPORT = "audit:export"
    ACCOUNT_OWN = "account:own"  # one's own password, passkeys, sessions and API tokens
    ACCOUNT_ADMINISTER = "account:administer"
    SETTINGS_WRITE = "settings:write"
    DEAD_LETTER_READ = "dead-letter:read"  # kind, error class and ids; never the payload
    DEAD_LETTER_REPLAY = "dead-letter:replay"
    SYSTEM_READ = "system:read"  # health, queues, metrics
    RETENTION_RUN = "retention:run"


P = Permission

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.LINK_WORKER: frozenset(
        {
            P.CONTACT_LOG,
            P.CONTACT_READ,
            P.PARTICIPANT_REGISTER,
            P.PARTICIPANT_READ,
            P.PARTICIPANT_READ_SENSITIVE,
            P.PARTICIPANT_UPDATE,
            P.PARTICIPANT_EXPORT,
            P.PARTICIPANT_ERASE,
            P.CONSENT_CHANGE,
            P.OPPORTUNITY_READ,
            P.INBOX_READ,
            P.MESSAGE_SEND,
            P.SAFEGUARDING_WRITE,
            P.BARRIER_REPORT,
            P.MONITORING_READ_AGGREGATES,
            P.PRACTICE_READ,
            P.PRACTICE_WRITE,
            P.PRACTICE_REVIEW,
            P.ACCOUNT_OWN,
        }
    ),
    Role.COORDINATOR: frozenset(
        {
            P.PARTICIPANT_READ,
            P.OPPORTUNITY_READ,
            P.OPPORTUNITY_WRITE,
            P.PROPOSAL_READ,
            P.PROPOSAL_DECIDE,
            P.SEAT_READ,
            P.INBOX_READ,
            P.MESSAGE_SEND,
            P.TEMPLATE_WRITE,
            P.FEEDBACK_SHARE,
            P.SAFEGUARDING_WRITE,
            P.BARRIER_REPORT,
            P.MONITORING_READ_AGGREGATES,
            P.PRACTICE_READ,
            P.PRACTICE_WRITE,
            P.PRACTICE_REVIEW,
            P.PROGRAMME_WRITE,
            P.ACCOUNT_OWN,
        }
    ),
    Role.SAFEGUARDING_LEAD: frozenset(
        {
            P.CONTACT_READ,
            P.PARTICIPANT_READ,
            P.PARTICIPANT_READ_SENSITIVE,
            P.PARTICIPANT_EXPORT,
            P.PARTICIPANT_ERASE,
            P.CONSENT_CHANGE,
            P.INBOX_READ,
            P.MESSAGE_SEND,
            P.SAFEGUARDING_READ,
            P.SAFEGUARDING_WRITE,
            P.PRACTICE_READ,
            P.ACCOUNT_OWN,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            P.ACCOUNT_OWN,
            P.ACCOUNT_ADMINISTER,
            P.SETTINGS_WRITE,
            P.DEAD_LETTER_READ,
            P.DEAD_LETTER_REPLAY,
            P.SYSTEM_READ,
            P.RETENTION_RUN,
        }
    ),
    Role.AUDITOR: frozenset({P.AUDIT_READ, P.AUDIT_EXPORT, P.ACCOUNT_OWN}),
    Role.PARTICIPANT: frozenset({P.OWN_PAGE}),
    Role.HOST: frozenset(
        {
            P.SEAT_READ,
            P.FEEDBACK_SHARE,
            P.PRACTICE_READ,
            P.SAFEGUARDING_WRITE,
            P.BARRIER_REPORT,
            P.ACCOUNT_OWN,
        }
    ),
}

# Everything by which an account could learn about one person.
PARTICIPANT_DATA: frozenset[Permission] = frozenset(
    {
        P.CONTACT_READ,
        P.PARTICIPANT_READ,
        P.PARTICIPANT_READ_SENSITIVE,
        P.PARTICIPANT_EXPORT,
        P.PROPOSAL_READ,
        P.SEAT_READ,
        P.INBOX_READ,
        P.SAFEGUARDING_READ,
        P.OWN_PAGE,
    }
)

# What cannot be undone, hands out all about a person, or changes what colleagues may do. It asks
# for a recent sign-in by a person (ASVS 5.0, 7.5.3), so an API token cannot do it at all.
ASKS_AGAIN: frozenset[Permission] = frozenset(
    {P.PARTICIPANT_ERASE, P.PARTICIPANT_EXPORT, P.ACCOUNT_ADMINISTER, P.SETTINGS_WRITE}
)

# What answers with a file of many records or of all about a person.
EXPORTS: frozenset[Permission] = frozenset({P.PARTICIPANT_EXPORT, P.AUDIT_EXPORT})


def allows(principal: Principal, permission: Permission) -> bool:
    """Whether the role holds the permission and the token's scopes do not exclude it."""
    if permission not in ROLE_PERMISSIONS[principal.role]:
        return False
    return "*" in principal.scopes or permission.value in principal.scopes


class Reach(Enum):
    """Whose records a role reaches inside its own organisation."""

    NOTHING = auto()
    OWN = auto()
    OWN_AND_TEAM = auto()
    ORGANISATION = auto()


ROLE_REACH: dict[Role, Reach] = {
    Role.LINK_WORKER: Reach.OWN_AND_TEAM,
    Role.COORDINATOR: Reach.OWN,
    Role.SAFEGUARDING_LEAD: Reach.ORGANISATION,
    Role.ADMINISTRATOR: Reach.NOTHING,
    Role.AUDITOR: Reach.NOTHING,
    Role.PARTICIPANT: Reach.OWN,
    Role.HOST: Reach.OWN,
}


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose a record is: a contact, a participant, an opportunity, a thread of messages."""

    organisation_id: str
    account_id: UUID | None
    team_id: str | None = None


def reaches(principal: Principal, record: Owned) -> bool:
    """Whether this account may touch this record, given that its role allows the action at all.

    Answer a False with 404, the same as for an id that does not exist: a 403 would tell a
    stranger that the record is there.
    """
    if record.organisation_id != principal.organisation_id:
        return False
    match ROLE_REACH[principal.role]:
        case Reach.NOTHING:
            return False
        case Reach.OWN:
            return record.account_id == principal.account_id
        case Reach.OWN_AND_TEAM:
            own = record.account_id == principal.account_id
            return own or (record.team_id is not None and record.team_id == principal.team_id)
        case Reach.ORGANISATION:
            return True
