"""The event envelope: CloudEvents 1.0 in its JSON form.

Source: CloudEvents specification 1.0.2, sections 3 (context attributes) and
the distributed tracing extension (`traceparent`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator
from uuid_utils.compat import uuid7

PREFIX = "org.newvoices"


class MalformedEvent(ValueError):
    """The bytes are no event this code can read; the message holds no value from them."""


class UnknownEvent(MalformedEvent):
    """A well-formed envelope with a type or version this code does not know."""


class Payload(BaseModel):
    """The data of one event type. Subclasses name their type, topic and key.

    Unknown fields are ignored, so that a newer producer can add some.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: ClassVar[str]
    version: ClassVar[int] = 1
    topic: ClassVar[str]
    key_field: ClassVar[str]

    @classmethod
    def type_name(cls) -> str:
        return f"{PREFIX}.{cls.name}.v{cls.version}"

    def key(self) -> str:
        return str(getattr(self, self.key_field))


def new_id() -> UUID:
    """A uuid7: unique, and sorted by the millisecond it was made in (RFC 9562)."""
    return uuid7()


class Event(BaseModel):
    """One thing that happened. `subject` is the key whose order matters."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    type: str = Field(pattern=r"^org\.newvoices\.[a-z.-]+\.v[0-9]+$")
    source: str = Field(pattern=r"^/newvoices/[a-z]+$")
    subject: str = Field(min_length=1, max_length=200)
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: str | None = Field(default=None, max_length=64)
    data: dict[str, Any]

    @field_validator("time")
    @classmethod
    def _utc(cls, value: datetime) -> datetime:
        return value.astimezone(UTC)

    @classmethod
    def of(
        cls,
        payload: Payload,
        *,
        source: str,
        time: datetime,
        traceparent: str | None = None,
        event_id: UUID | None = None,
    ) -> Event:
        return cls(
            id=event_id or new_id(),
            type=payload.type_name(),
            source=f"/newvoices/{source}",
            subject=payload.key(),
            time=time,
            traceparent=traceparent,
            data=payload.model_dump(mode="json"),
        )

    def to_json(self) -> str:
        return self.model_dump_json(exclude_none=True)


def _where(error: ValidationError) -> str:
    places = sorted({".".join(str(part) for part in e["loc"]) or "(root)" for e in error.errors()})
    return ", ".join(places[:5])


def parse_event(raw: str | bytes) -> Event:
    """Read an envelope; raises MalformedEvent naming the fields at fault, never their values."""
    try:
        return Event.model_validate_json(raw)
    except ValidationError as error:
        raise MalformedEvent(f"not a readable event; look at: {_where(error)}") from None


def parse_payload(event: Event, types: dict[str, type[Payload]]) -> Payload:
    """The typed data of an event; raises UnknownEvent or MalformedEvent."""
    cls = types.get(event.type)
    if cls is None:
        raise UnknownEvent(f"no reader for event type {event.type}")
    try:
        return cls.model_validate(event.data)
    except ValidationError as error:
        raise MalformedEvent(
            f"{event.type}: data not as declared; look at: {_where(error)}"
        ) from None
