"""The journey from a conversation to a filled seat, through the HTTP APIs only.

The demo tells it, the scenario and fault tests repeat it, in one process or many.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx

from services.cli.community import AREA, PASSWORD, SPOTS, STAFF, VENUES, Person

T = TypeVar("T")

EMAIL = {role: email for email, _name, role, _team in STAFF}


class JourneyError(AssertionError):
    """A step did not do what it should."""


class Api:
    """One signed-in person's use of the APIs.

    `bases` names where each service listens; one address for all in the embedded default.
    """

    def __init__(self, bases: Mapping[str, str], timeout: float = 20.0) -> None:
        self.bases = dict(bases)
        self.client = httpx.Client(timeout=timeout)

    def sign_in(self, role: str, password: str = PASSWORD) -> dict[str, Any]:
        body = {"email": EMAIL[role], "password": password}
        return self.send("POST", "outreach", "/api/v1/sign-in", body)

    def send(
        self,
        method: str,
        service: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        expect: tuple[int, ...] = (200, 201, 204),
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The answer's JSON; raises JourneyError for a status that was not expected."""
        base = self.bases[service]
        # What a page of ours would send with JSON, even where the body is empty.
        ours = {"origin": base, "content-type": "application/json"}
        sent = {**ours, **({"Idempotency-Key": key} if key else {}), **(headers or {})}
        answer = self.client.request(
            method, f"{base}/{service}{path}", json=body, headers=sent, timeout=None
        )
        if answer.status_code not in expect:
            raise JourneyError(f"{method} {path} answered {answer.status_code}: {answer.text}")
        self._carry_session(answer)
        return dict(answer.json()) if answer.content and _is_json(answer) else {}

    def get(self, service: str, path: str) -> dict[str, Any]:
        return self.send("GET", service, path)

    def _carry_session(self, answer: httpx.Response) -> None:
        # In many processes each service has its own address, and the session is for all of them.
        for name in ("nv_session", "__Host-nv_session"):
            if value := answer.cookies.get(name):
                self.client.cookies.clear()
                self.client.cookies.set(name, value)

    def close(self) -> None:
        self.client.close()


def _is_json(answer: httpx.Response) -> bool:
    return "json" in answer.headers.get("content-type", "")


def eventually(
    what: str, look: Callable[[], T | None], timeout: float = 60.0, every: float = 0.03
) -> T:
    """What `look` finds, as soon as it finds something; raises JourneyError after `timeout`."""
    until = time.monotonic() + timeout
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > until:
            raise JourneyError(f"{what} did not happen within {timeout:g} seconds")
        time.sleep(every)


def contact_body(venue: str) -> dict[str, Any]:
    kind, language, barrier = VENUES[venue]
    today = datetime.now(UTC)
    return {
        "contacted_on": today.date().isoformat(),
        "venue": venue,
        "venue_kind": kind,
        "area_code": AREA,
        "position": _spot(venue),
        "kind": "one_to_one",
        "people": 1,
        "language": language,
        "barriers": [barrier],
        "familiarity": "never_heard",
        "notes": "Would like to know more. Mornings are best.",
        "follow_up_on": (today.date() + timedelta(days=7)).isoformat(),
        "recorded_at": today.isoformat(),
    }


def _spot(venue: str) -> dict[str, float] | None:
    if venue not in SPOTS:
        return None
    latitude, longitude = SPOTS[venue]
    return {"latitude": latitude, "longitude": longitude}


def participant_body(person: Person, contact_id: str | None = None) -> dict[str, Any]:
    consents = [
        {
            "purpose": "contact",
            "channel": "sms" if person.texts else "phone",
            "given": True,
            "wording_version": "1",
        },
        {"purpose": "matching", "given": person.matching, "wording_version": "1"},
        {"purpose": "monitoring", "given": bool(person.monitoring), "wording_version": "1"},
    ]
    body: dict[str, Any] = {
        "name": person.name,
        "phone": person.phone,
        "language": person.language,
        "area_code": AREA,
        "access_needs": list(person.access_needs),
        "communication_formats": ["text_message"],
        "prior_seats": person.prior_seats,
        "consents": consents,
        "contact_id": contact_id,
        "recorded_at": datetime.now(UTC).isoformat(),
    }
    if person.matching:
        body["matching_profile"] = {
            "characteristics": person.profile,
            "lived_experience": list(person.lived_experience),
        }
    if person.monitoring:
        body["monitoring"] = person.monitoring
    return body


def opportunity_body(**changes: Any) -> dict[str, Any]:
    """A council group whose members are mostly older, white British and have sat before."""
    today = date.today()  # noqa: DTZ011 - a Tuesday in the future is enough
    meeting = today + timedelta(days=42 + (1 - today.weekday()) % 7)
    member = {"age_band": ["65_74"], "sex": ["female"], "ethnic_group": ["white_british"]}
    return {
        "title": "Better home care group",
        "host_name": "Elmfield Council",
        "host_kind": "council",
        "purpose": "To say what good home care looks like before the new contract is written.",
        "place": "Elmfield Library, High Street",
        "area_code": AREA,
        "sessions": [
            {"on": meeting.isoformat(), "starts": "10:00", "ends": "12:00", "mode": "in_person"}
        ],
        "seats": 6,
        "payment_pence": 2500,
        "payment_unit": "session",
        "expenses": ["travel", "replacement_care"],
        "offers": ["step_free", "hearing_loop"],
        "can_arrange": ["replacement_care"],
        "contact_phone": "0161 496 0000",
        "targets": [
            {"group": {"ethnic_group": "asian_pakistani"}, "least": 1},
            {"group": {"age_band": "18_24"}, "least": 1},
            {"group": {"lived_experience": "unpaid_carer"}, "least": 2},
        ],
        "members": [{"prior_seat": True, "categories": member}, {"prior_seat": True}],
    } | changes


def register(api: Api, person: Person, participant_id: UUID | None = None) -> str:
    """Log the contact and register the person, both with ids made on the device."""
    contact_id, person_id = str(uuid4()), str(participant_id or uuid4())
    api.send("PUT", "outreach", f"/api/v1/contacts/{contact_id}", contact_body(person.venue))
    api.send(
        "PUT",
        "outreach",
        f"/api/v1/participants/{person_id}",
        participant_body(person, contact_id),
    )
    return person_id


def proposal_for(api: Api, opportunity_id: str, person_id: str) -> dict[str, Any] | None:
    path = f"/api/v1/opportunities/{opportunity_id}/proposals"
    items: list[dict[str, Any]] = api.get("matching", path)["items"]
    return next((one for one in items if one["participant_id"] == person_id), None)
