"""The one step that keeps personal data out of the logs: last before a line is rendered.

Keys that name something personal lose their value; in every other text, also inside tracebacks,
whatever looks like a phone number or an email address is blanked. A safety net: code still logs
ids and codes only.
"""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

BLANK = "[redacted]"
_DEEPEST = 8

_PERSONAL_PARTS = frozenset(
    """
    phone mobile telephone msisdn email mail postcode address dob birth birthday note notes
    password passphrase secret token cookie authorization authorisation bearer otp csrf
    ethnicity religion belief disability impairment gender sex orientation nationality
    characteristic characteristics answer answers monitoring pronouns surname forename firstname
    lastname fullname recipient body contents text
    """.split()  # noqa: SIM905
)
_NAMES_OF_PEOPLE = frozenset(
    "first last given family full preferred display known participant person contact".split()  # noqa: SIM905
)

_VALUE = re.compile(
    r"""
      (?P<keep>
          \b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b  # UUID
        | \b\d{4}-\d\d-\d\d(?:[T\s]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?  # a time
        | \b(?=[0-9]*[a-f])[0-9a-f]{16,}\b  # a hash or trace id
        | (?<![\d.])0\.\d+(?![\d.])  # a fraction
      )
    | (?P<email> [^\s@<>"(),;:]{0,64} (?:@|%40) [^\s@<>"'(),;:]{1,255} )
    | (?P<phone>
          (?<!\d)
          (?: \(?\+ | 00 | \(?0 | 44 | 7 )
          (?: [\s().\-/\u00a0\u2010-\u2015]{0,3} \d ){8,15}
          (?!\d)
      )
    """,
    re.VERBOSE,
)


def redact(
    _logger: object, _method: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor. Put it after the exception formatter, before the renderer."""
    for key in list(event_dict):
        event_dict[key] = BLANK if is_personal_key(key) else _clean(event_dict[key], _DEEPEST)
    return event_dict


def is_personal_key(key: str) -> bool:
    """Whether a key names something about a person: `phone`, `given_name`, `api-token` ..."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", key)
    lowered = [part.lower() for part in parts]
    if lowered[-1:] == ["name"] and (len(lowered) == 1 or lowered[-2] in _NAMES_OF_PEOPLE):
        return True
    # A count, an id or a hash of something personal is not personal itself.
    if lowered[-1:] in (["count"], ["id"], ["kind"], ["hash"]):
        return False
    return any(part in _PERSONAL_PARTS for part in lowered)


def redact_text(text: str) -> str:
    """The text without anything that looks like a phone number or an email address."""
    return _VALUE.sub(lambda found: found.group() if found["keep"] else BLANK, text)


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, bool | float | None):
        return value
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, int):
        return BLANK if redact_text(str(value)) == BLANK else value
    if depth == 0:
        return BLANK
    if isinstance(value, Mapping):
        return {
            redact_text(str(key)): BLANK
            if isinstance(key, str) and is_personal_key(key)
            else _clean(inner, depth - 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner, depth - 1) for inner in value]
    return redact_text(value.decode(errors="replace") if isinstance(value, bytes) else str(value))
