"""An authenticator app as second factor, with recovery codes for a lost phone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.outreach import sealed
from services.outreach.account_models import Account
from services.outreach.bodies import Strict
from services.outreach.care_models import OrganisationSetting
from services.outreach.commands import own_sessions
from services.outreach.sign_in_models import Passkey, RecoveryCode, SecondFactor
from services.runtime import audit
from services.runtime.errors import Conflict, DomainError
from services.runtime.security import totp
from services.runtime.security.principal import Principal, Role

FIELD = "totp"


class CodeNeeded(DomainError):
    """The password was right; the account asks for a code too."""

    code = "code-needed"
    status = 401
    title = "Code needed"

    def __init__(self) -> None:
        super().__init__("Enter your password again, and the code from your app.", "code")


class WrongCode(DomainError):
    code = "code-wrong"
    status = 401
    title = "Not signed in"

    def __init__(self) -> None:
        super().__init__("The code is not right, or was used. Wait for the next one.", "code")


class CodeBody(Strict):
    """A code of six digits from the app, or a recovery code."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "123456"}]})

    code: str = Field(max_length=60, examples=["123456"])


class FactorStarted(BaseModel):
    """Shown this once. Scan `address` as a QR code, or type the secret into the app."""

    secret: str
    address: str = Field(examples=["otpauth://totp/…"])


class RecoveryCodes(BaseModel):
    """Shown this once. Each works once in place of a code from the app."""

    codes: list[str]


def start(session: Session, principal: Principal, _none: None, now: datetime) -> FactorStarted:
    """Begin to set up an app; it counts from `confirm` on. Raises Conflict if there is one."""
    account = session.get_one(Account, principal.account_id, with_for_update=True)
    known = session.get(SecondFactor, account.id)
    if known is not None and known.confirmed_at is not None:
        raise Conflict("An app is set up already. Remove it first.")
    sealer, secret = sealed.sealer(session), totp.new_totp_secret()
    kept = sealer.seal(account.id, FIELD, secret, account.wrapped_key)
    if known is None:
        session.add(SecondFactor(account_id=account.id, secret=kept))
    else:
        known.secret = kept
    name = sealer.open(account.id, "email", account.email)
    audit.record(session, principal, "second-factor:start", "account", str(account.id), now)
    return FactorStarted(secret=secret, address=totp.provisioning_uri(secret, name))


def pending(session: Session, principal: Principal, _none: None, _now: datetime) -> FactorStarted:
    """What `start` showed, once more, after a code that was not right."""
    factor = session.get(SecondFactor, principal.account_id)
    if factor is None or factor.confirmed_at is not None:
        raise Conflict("Start to set up an app first.")
    sealer = sealed.sealer(session)
    secret = sealer.open(factor.account_id, FIELD, factor.secret)
    account = session.get_one(Account, factor.account_id)
    name = sealer.open(account.id, "email", account.email)
    return FactorStarted(secret=secret, address=totp.provisioning_uri(secret, name))


def confirm(session: Session, principal: Principal, body: CodeBody, now: datetime) -> RecoveryCodes:
    """A first right code turns the app on; the recovery codes are shown this once."""
    factor = session.get(SecondFactor, principal.account_id, with_for_update=True)
    if factor is None or factor.confirmed_at is not None:
        raise Conflict("Start to set up an app first.")
    if not _app_code_holds(session, factor, body.code, now):
        raise WrongCode
    factor.confirmed_at = now
    codes = totp.new_recovery_codes()
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == factor.account_id))
    session.add_all(RecoveryCode(code_hash=one, account_id=factor.account_id) for _, one in codes)
    about = str(factor.account_id)
    audit.record(session, principal, "second-factor:confirm", "account", about, now)
    own_sessions.end_others(session, principal, None, now)
    return RecoveryCodes(codes=[code for code, _ in codes])


def remove(session: Session, principal: Principal, body: CodeBody, now: datetime) -> None:
    """Take the app away; asks for a code, so that an open screen is not enough."""
    if is_forced(session, principal.organisation_id, principal.role) and not _has_passkey(
        session, principal.account_id
    ):
        raise Conflict("Your role needs a second factor. Add a passkey before you remove the app.")
    check(session, principal.account_id, body.code, now)
    session.execute(delete(SecondFactor).where(SecondFactor.account_id == principal.account_id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == principal.account_id))
    about = str(principal.account_id)
    audit.record(session, principal, "second-factor:remove", "account", about, now)
    own_sessions.end_others(session, principal, None, now)


def is_on(session: Session, account_id: UUID) -> bool:
    factor = session.get(SecondFactor, account_id)
    return factor is not None and factor.confirmed_at is not None


def has_any(session: Session, account_id: UUID) -> bool:
    """Whether the account has an app or a passkey."""
    return is_on(session, account_id) or _has_passkey(session, account_id)


def _has_passkey(session: Session, account_id: UUID) -> bool:
    some = select(Passkey.credential_id).where(Passkey.account_id == account_id).limit(1)
    return session.scalar(some) is not None


def is_forced(session: Session, organisation_id: str, role: Role) -> bool:
    """Whether a role must use a second factor: by the organisation, or the installation."""
    row = session.get(OrganisationSetting, organisation_id)
    if row is not None and row.second_factor_roles is not None:
        return role.value in row.second_factor_roles.split(",")
    return role.value in session.info["settings"].security.forced_second_factor


def prove(session: Session, principal: Principal, body: CodeBody, now: datetime) -> None:
    """A code in an open session, where the sign-in itself asked for none."""
    check(session, principal.account_id, body.code, now)
    about = str(principal.account_id)
    audit.record(session, principal, "second-factor:use", "account", about, now)


def check(session: Session, account_id: UUID, code: str, now: datetime) -> None:
    """Use a code up. Raises CodeNeeded without one, WrongCode for a wrong or used one."""
    factor = session.get(SecondFactor, account_id, with_for_update=True)
    if factor is None or factor.confirmed_at is None:
        raise Conflict("No app is set up for this account.")
    if not code.strip():
        raise CodeNeeded
    if _app_code_holds(session, factor, code, now):
        return
    spare = session.get(RecoveryCode, totp.recovery_hash(code), with_for_update=True)
    if spare is None or spare.account_id != account_id:
        raise WrongCode
    session.delete(spare)


def _app_code_holds(session: Session, factor: SecondFactor, code: str, now: datetime) -> bool:
    secret = sealed.sealer(session).open(factor.account_id, FIELD, factor.secret)
    step = totp.accept_code(secret, code, now, factor.last_step)
    if step is None:
        return False
    factor.last_step = step
    return True
