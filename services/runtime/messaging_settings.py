"""Settings of messages: through whom they leave, when they may, how long they are kept."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Literal

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings


class TwilioAccount(BaseModel):
    """One more account to send texts through. Set `messaging_service_sid` or `from_number`."""

    account_sid: str
    auth_token: SecretStr
    messaging_service_sid: str | None = None
    from_number: str | None = None
    base_url: str | None = None
    per_second: float | None = Field(default=None, gt=0)


class MessagingSettings(BaseSettings):
    """Read with the other settings, from variables that start with NEWVOICES_."""

    send_lease: timedelta = Field(
        default=timedelta(seconds=45), description="after so long an unsettled message is looked up"
    )
    send_threads: int = Field(default=32, ge=1, description="provider calls side by side")
    sms_pence_per_part: float = Field(default=4.0, ge=0, description="your provider's tariff")
    sms_per_second: float | None = Field(
        default=None, gt=0, description="texts a second your first provider allows; none: no limit"
    )
    sms_providers: list[TwilioAccount] = Field(
        default=[], description="JSON list: who steps in, in this order, when the first is away"
    )

    smtp_host: str | None = Field(default=None, description="none: emails are printed, not sent")
    smtp_port: int = 587
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_sender: str = Field(default="voices@example.org", description="address emails come from")
    smtp_reply_to: str | None = None

    quiet_hours: bool = Field(
        default=True, description="false: messages go out at any hour (demonstrations only)"
    )
    messages_from: time = Field(default=time(9), description="local time of the person")
    messages_until: time = time(20)
    rest_weekdays: list[int] = Field(default=[6], description="JSON list, 0 Monday to 6 Sunday")
    bank_holidays: bool = Field(default=True, description="true: nobody is written to on one")
    messages_per_week: int = Field(default=3, ge=0, description="to one person; 0: no limit")
    remind_days: int = Field(default=3, ge=1, description="days before `reply_by`")
    message_retention: timedelta = Field(
        default=timedelta(days=180), description="then texts and addresses go, counts stay"
    )
