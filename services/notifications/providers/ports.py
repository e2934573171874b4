"""The providers an installation sends with, chosen from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from services.notifications.providers.base import EmailProvider, SmsProvider
from services.notifications.providers.console import ConsoleEmail, ConsoleSms
from services.notifications.providers.twilio_sms import TwilioSms
from services.notifications.providers.twilio_webhooks import WebhookSignature
from services.runtime.settings import Settings

STATUS_PATH = "/notifications/webhooks/twilio/status"


@dataclass(frozen=True)
class Providers:
    """One way to send text messages, one to send email; `signature` proves Twilio's webhooks."""

    sms: SmsProvider
    email: EmailProvider
    signature: WebhookSignature | None = None


def from_settings(settings: Settings) -> Providers:
    """Twilio where its variables are set; otherwise messages are printed, never sent."""
    sid, token = settings.twilio_account_sid, settings.twilio_auth_token
    email = ConsoleEmail()
    if sid is None or token is None:
        return Providers(ConsoleSms(), email)
    base = settings.security.public_base_url
    sms = TwilioSms(
        sid,
        token.get_secret_value(),
        messaging_service_sid=settings.twilio_messaging_service_sid,
        from_number=None if settings.twilio_messaging_service_sid else settings.twilio_from,
        status_callback=base + STATUS_PATH,
        api_base_url=settings.twilio_base_url,
    )
    return Providers(sms, email, WebhookSignature([token.get_secret_value()], base))
