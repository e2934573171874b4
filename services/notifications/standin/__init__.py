"""A local stand-in for Twilio's Messages API: for tests, demonstrations and seeded runs.

The real `twilio` client talks to it over HTTP (`client.api.base_url = standin.url`); it calls
back with signed requests, as Twilio does.
"""

from services.notifications.standin.service import Standin, start
from services.notifications.standin.state import Faults, SentMessage

__all__ = ["Faults", "SentMessage", "Standin", "start"]
