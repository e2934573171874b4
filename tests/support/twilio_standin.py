"""The Twilio stand-in, where tests look for it."""

from services.notifications.standin import Faults, SentMessage, Standin, start

__all__ = ["Faults", "SentMessage", "Standin", "start"]
