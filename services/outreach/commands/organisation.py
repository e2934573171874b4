"""An organisation's own settings: what its administrator decides, for everybody in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from services.outreach.care_bodies import SettingsBody
from services.outreach.care_models import OrganisationSetting
from services.runtime import audit
from services.runtime.conditions import check_unchanged
from services.runtime.pages.offline import LOCK_AFTER
from services.runtime.security.principal import Principal, Role


@dataclass(frozen=True)
class ChangeSettings:
    """New settings in the place of those that had this ETag."""

    if_match: str | None
    body: SettingsBody


def settings(session: Session, organisation_id: str) -> SettingsBody:
    row = session.get(OrganisationSetting, organisation_id)
    if row is None:
        return SettingsBody(induction_first=False)
    roles = row.second_factor_roles
    return SettingsBody(
        induction_first=row.induction_first,
        second_factor_roles=None
        if roles is None
        else [Role(one) for one in roles.split(",") if one],
        lock_minutes=row.lock_minutes,
    )


def set_settings(
    session: Session, principal: Principal, change: ChangeSettings, now: datetime
) -> SettingsBody:
    known = settings(session, principal.organisation_id)
    check_unchanged(change.if_match, known.model_dump_json())
    body = change.body
    row = session.get(OrganisationSetting, principal.organisation_id)
    if row is None:
        row = OrganisationSetting(organisation_id=principal.organisation_id)
        session.add(row)
    row.induction_first = body.induction_first
    roles = body.second_factor_roles
    row.second_factor_roles = None if roles is None else ",".join(sorted(set(roles)))
    row.lock_minutes = body.lock_minutes
    changed = [name for name, value in body if value != getattr(known, name)]
    why = ", ".join(changed) or "nothing changed"
    audit.record(session, principal, "settings:write", "settings", "organisation", now, why)
    return body


def lock_after(session: Session, organisation_id: str) -> timedelta:
    """How long a phone may lie untouched before it locks what is on it."""
    row = session.get(OrganisationSetting, organisation_id)
    minutes = row.lock_minutes if row else None
    return LOCK_AFTER if minutes is None else timedelta(minutes=minutes)
