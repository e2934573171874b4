"""Email by SMTP: HTML with its plain text twin, and one-click unsubscribe (RFC 8058).

The mail server must sign with DKIM over List-Unsubscribe and List-Unsubscribe-Post, or mail
readers will not offer the button.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

import aiosmtplib

from services.notifications.providers.base import (
    Accepted,
    Attachment,
    Blame,
    DeliveryFailure,
    OutgoingEmail,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)

_UNREACHABLE = (
    aiosmtplib.SMTPServerDisconnected,
    aiosmtplib.SMTPTimeoutError,
    aiosmtplib.SMTPConnectError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """sender: address only; sender_name: the organisation as people know it.

    unsubscribe_address: mailbox for mail readers that unsubscribe by email, or None.
    security: "starttls", "tls" or "none" (a server on this machine only).
    """

    host: str
    port: int
    sender: str
    sender_name: str
    reply_to: str | None = None
    username: str | None = None
    password: str | None = None
    security: str = "starttls"
    unsubscribe_address: str | None = None
    timeout: float = 20.0


def _one_line(text: str) -> str:
    """Header text without line breaks, so that no value can add a header."""
    return " ".join(text.split())


def build_email(message: OutgoingEmail, settings: SmtpSettings, now: datetime) -> EmailMessage:
    """The message as it goes over the wire. now: aware.

    The Message-ID is made of the reference, so that a second copy can be told for one.
    """
    domain = settings.sender.rpartition("@")[2]
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = Address(_one_line(settings.sender_name), addr_spec=settings.sender)
    mail["To"] = message.to
    if message.cc:
        mail["Cc"] = ", ".join(message.cc)
    if settings.reply_to:
        mail["Reply-To"] = settings.reply_to
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.reference}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    ways = [f"<{message.unsubscribe_url}>"]
    if settings.unsubscribe_address:
        ways.append(f"<mailto:{settings.unsubscribe_address}?subject=unsubscribe>")
    mail["List-Unsubscribe"] = ", ".join(ways)
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    for attachment in message.attachments:
        _attach(mail, attachment)
    # Set last: building the body moves every Content header into its first part.
    mail["Content-Language"] = message.language
    return mail


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    maintype, _, subtype = attachment.media_type.partition("/")
    mail.add_attachment(
        attachment.content, maintype=maintype, subtype=subtype, filename=attachment.filename
    )


class SmtpEmail:
    """EmailProvider on one SMTP server. `send` blocks; inside an event loop await `send_async`."""

    name = "smtp"
    can_look_up = False

    def __init__(
        self, settings: SmtpSettings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        if settings.security not in ("starttls", "tls", "none"):
            raise ValueError('Security of the mail server is "starttls", "tls" or "none".')
        self._settings = settings
        self._clock = clock

    def send(self, message: OutgoingEmail) -> Accepted:
        """See EmailProvider.send."""
        if not _in_event_loop():
            return asyncio.run(self.send_async(message))
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(asyncio.run, self.send_async(message)).result()

    async def send_async(self, message: OutgoingEmail) -> Accepted:
        """See EmailProvider.send.

        When the server takes one address and refuses another, nothing is sent to either: an
        invitation without the advocate it was meant for would be a wrong message.
        """
        if not message.unsubscribe_url.startswith("https://"):
            raise PermanentFailure(
                "unsubscribe", "The link to stop emails must start with https.", Blame.SETUP
            )
        mail = build_email(message, self._settings, self._clock())
        failure = await self._converse(mail, [message.to, *message.cc])
        if failure:
            # Raised outside the handlers, so that no cause carries an address into a log.
            raise failure
        return Accepted(self.name, mail["Message-ID"])

    async def _converse(self, mail: EmailMessage, recipients: list[str]) -> DeliveryFailure | None:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            timeout=settings.timeout,
        )
        try:
            return (
                await _before_data(client.connect(), _connecting_failed)
                or await self._envelope(client, recipients)
                or await _data(client, mail.as_bytes())
            )
        finally:
            client.close()

    async def _envelope(
        self, client: aiosmtplib.SMTP, recipients: list[str]
    ) -> DeliveryFailure | None:
        failure = await _before_data(client.mail(self._settings.sender), _connecting_failed)
        for recipient in recipients:
            failure = failure or await _before_data(client.rcpt(recipient), _recipient_refused)
        return failure


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _before_data(
    step: Awaitable[object], refused: Callable[[int], DeliveryFailure]
) -> DeliveryFailure | None:
    """Until the text itself goes over, whatever fails surely has not sent it."""
    try:
        await step
    except aiosmtplib.SMTPAuthenticationError as error:
        return _setup(str(error.code))
    except aiosmtplib.SMTPResponseException as error:
        return refused(error.code)
    except ssl.SSLError:
        return _setup("certificate")
    except _UNREACHABLE:
        return TemporaryFailure(
            "no_connection",
            "The mail server could not be reached.",
            Blame.NETWORK,
            surely_not_sent=True,
        )
    except (aiosmtplib.SMTPException, ValueError):
        return _setup("not_supported")
    return None


async def _data(client: aiosmtplib.SMTP, content: bytes) -> DeliveryFailure | None:
    try:
        await client.data(content)
    except aiosmtplib.SMTPResponseException as error:
        if _is_temporary(error.code):
            return _later(error.code)
        return PermanentFailure(
            str(error.code), "The mail server refused this email's content.", Blame.MESSAGE
        )
    except (aiosmtplib.SMTPException, OSError):
        return UnknownOutcome("no_answer", "The mail server did not answer.", Blame.NETWORK)
    return None


def _is_temporary(code: int) -> bool:
    return 400 <= code < 500


def _later(code: int) -> TemporaryFailure:
    return TemporaryFailure(
        str(code), "The mail server asks us to wait.", Blame.NETWORK, surely_not_sent=True
    )


def _setup(code: str) -> TemporaryFailure:
    return TemporaryFailure(
        code, "The mail server did not let us in.", Blame.SETUP, surely_not_sent=True
    )


def _connecting_failed(code: int) -> DeliveryFailure:
    return _later(code) if _is_temporary(code) else _setup(str(code))


def _recipient_refused(code: int) -> DeliveryFailure:
    if _is_temporary(code):
        return _later(code)
    return PermanentFailure(
        str(code), "No mailbox has this email address. Ask for the right one.", Blame.NUMBER
    )
