"""The port every provider of text messages or email fits into.

Order of one delivery: mark the message as sending with its reference and commit; `send`; mark
the outcome. After UnknownOutcome, after a TemporaryFailure that is not `surely_not_sent`, and
after a crash between mark and outcome, call `find` first; send again only when it answers None.
Providers are plain blocking calls, safe to use from several threads at once.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Blame(StrEnum):
    """Where a failure lies, and so who can put it right."""

    NUMBER = "number"  # the number or address: ask the person for another
    PERSON = "person"  # the person's own choice, such as STOP: respect it
    MESSAGE = "message"  # the text itself: the coordinator changes it
    SETUP = "setup"  # our account or settings: the operator
    NETWORK = "network"  # phones and networks: time, or another way


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """reference: unique for ever, in the status callback's address; to: E.164."""

    reference: str
    to: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """One email to one person; `cc` is for an advocate the person chose.

    unsubscribe_url: https address that stops this kind of email at one POST (RFC 8058).
    """

    reference: str
    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    language: str
    unsubscribe_url: str = field(repr=False)
    cc: tuple[str, ...] = field(default=(), repr=False)
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has the message. parts: as the provider counted them, if it said."""

    provider: str
    provider_id: str
    parts: int | None = None


class DeliveryFailure(Exception):
    """code: the provider's own ("21610") or ours ("timeout"). Never holds address or text."""

    def __init__(self, code: str, plain_reason: str, blame: Blame) -> None:
        super().__init__(f"{code}: {plain_reason}")
        self.code = code
        self.plain_reason = plain_reason
        self.blame = blame


class PermanentFailure(DeliveryFailure):
    """Sending this message again cannot help; the coordinator is shown `plain_reason`."""


class TemporaryFailure(DeliveryFailure):
    """Try later: after `retry_after` if the provider named a time, else by `backoff`.

    surely_not_sent: True when the provider cannot have the message; otherwise `find` first.
    A Blame.SETUP failure holds for every message: tell the operator and pause.
    """

    def __init__(
        self,
        code: str,
        plain_reason: str,
        blame: Blame,
        *,
        retry_after: timedelta | None = None,
        surely_not_sent: bool = False,
    ) -> None:
        super().__init__(code, plain_reason, blame)
        self.retry_after = retry_after
        self.surely_not_sent = surely_not_sent


class UnknownOutcome(DeliveryFailure):
    """The provider may or may not have taken it. `find` it, or hold it for a person."""


class SmsProvider(Protocol):
    """can_look_up: False if `find` can never tell, so an unknown outcome waits for a person."""

    name: str
    can_look_up: bool

    def send(self, message: OutgoingSms) -> Accepted:
        """Hand `message` over. Raises PermanentFailure, TemporaryFailure or UnknownOutcome."""
        ...

    def find(
        self, message: OutgoingSms, since: datetime, known_ids: Collection[str] = ()
    ) -> Accepted | None:
        """The provider's record of `message` handed over at or after `since` (aware), or None.

        known_ids: provider ids already tied to other messages; they are passed over.
        Wait about 30 seconds after the attempt before trusting None: lists lag behind.
        Raises TemporaryFailure when the look-up itself fails.
        """
        ...


class EmailProvider(Protocol):
    name: str
    can_look_up: bool

    def send(self, message: OutgoingEmail) -> Accepted:
        """Hand `message` over. Raises PermanentFailure, TemporaryFailure or UnknownOutcome."""
        ...
