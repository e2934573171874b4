"""The providers an installation sends with, chosen from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from services.notifications.providers.base import EmailProvider, SmsProvider
from services.notifications.providers.console import ConsoleEmail, ConsoleSms
from services.notifications.providers.failover import FailoverSms
from services.notifications.providers.pace import Pace, PacedSms
from services.notifications.providers.smtp_email import SmtpEmail, SmtpSettings
from services.notifications.providers.twilio_sms import TwilioSms
from services.notifications.providers.twilio_webhooks import WebhookSignature
from services.runtime.messaging_settings import TwilioAccount
from services.runtime.settings import Settings

STATUS_PATH = "/notifications/webhooks/twilio/status"


@dataclass(frozen=True)
class Providers:
    """One way to send text messages, one to send email; `signature` proves Twilio's webhooks."""

    sms: SmsProvider
    email: EmailProvider
    signature: WebhookSignature | None = None


def from_settings(settings: Settings) -> Providers:
    """Real providers where their variables are set; otherwise messages are printed, never sent."""
    accounts = _accounts(settings)
    email = _email(settings)
    if not accounts:
        return Providers(ConsoleSms(), email)
    base = settings.security.public_base_url
    senders = [_twilio(account, base, settings.send_threads) for account in accounts]
    tokens = [account.auth_token.get_secret_value() for account in accounts]
    sms = senders[0] if len(senders) == 1 else FailoverSms(senders)
    return Providers(sms, email, WebhookSignature(tokens, base))


def _accounts(settings: Settings) -> list[TwilioAccount]:
    sid, token = settings.twilio_account_sid, settings.twilio_auth_token
    if sid is None or token is None:
        return list(settings.sms_providers)
    service = settings.twilio_messaging_service_sid
    first = TwilioAccount(
        account_sid=sid,
        auth_token=token,
        messaging_service_sid=service,
        from_number=None if service else settings.twilio_from,
        base_url=settings.twilio_base_url,
        per_second=settings.sms_per_second,
    )
    return [first, *settings.sms_providers]


def _twilio(account: TwilioAccount, public_base_url: str, connections: int) -> SmsProvider:
    sender = TwilioSms(
        account.account_sid,
        account.auth_token.get_secret_value(),
        messaging_service_sid=account.messaging_service_sid,
        from_number=account.from_number,
        status_callback=public_base_url + STATUS_PATH,
        api_base_url=account.base_url,
        connections=max(connections, 32),
    )
    if account.per_second is None:
        return sender
    return PacedSms(sender, Pace(account.per_second, burst=max(1, round(account.per_second))))


def _email(settings: Settings) -> EmailProvider:
    if settings.smtp_host is None:
        return ConsoleEmail()
    password = settings.smtp_password
    return SmtpEmail(
        SmtpSettings(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.smtp_sender,
            sender_name=settings.organisation_name,
            reply_to=settings.smtp_reply_to,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            security=settings.smtp_security,
        )
    )
