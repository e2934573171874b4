"""Whether the links in a message are safe to tap, and look so."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

SHORTENERS = frozenset(
    (
        *("bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "v.gd", "buff.ly"),
        *("rb.gy", "cutt.ly", "shorturl.at", "tiny.cc", "bit.do", "lnkd.in", "rebrand.ly"),
        *("t.ly", "s.id", "shorte.st", "adf.ly", "bl.ink", "tr.im", "qr.ae", "trib.al", "u.to"),
        *("tny.im", "clck.ru", "smsg.io", "sms.gd", "1url.com", "x.gd", "short.gy", "dub.sh"),
    )
)
_LINK = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<>\"')\]]+", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![\w@./-])((?:[a-z0-9-]+\.)+(?:com|org|net|uk|gov|info|io|ly|co|wales|scot|cymru|gd|me|link"
    r"|xyz|top|click|gl|gy|at|cc|eu))(?:/[^\s<>\"')\]]*)?(?![\w@])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class UnsafeLink:
    """problem: what is wrong and what to do, in a sentence."""

    link: str
    problem: str


def links_in(text: str) -> tuple[str, ...]:
    """Links as a phone would find them, with or without a scheme."""
    spans = [(m.start(), m.end(), m[0].rstrip(".,;:!?")) for m in _LINK.finditer(text)]
    covered = [(start, end) for start, end, _ in spans]
    for match in _BARE.finditer(text):
        if not any(start <= match.start() < end for start, end in covered):
            spans.append((match.start(), match.end(), match[0].rstrip(".,;:!?")))
    return tuple(link for _, _, link in sorted(spans))


def _problem(link: str, own_domains: frozenset[str]) -> str | None:
    if "://" not in link:
        return "Write the link in full, starting with https://."
    parts = urlsplit(link)
    host = (parts.hostname or "").lower()
    if parts.scheme.lower() != "https":
        return "Use a link that starts with https://."
    if parts.username or "@" in parts.netloc:
        return "Take out the part before the @ sign."
    if host in SHORTENERS or host.removeprefix("www.") in SHORTENERS:
        return "Use the full link: people cannot see where a short one leads."
    if _is_address(host):
        return "Use a name, not a number, in the link."
    if host.startswith("xn--") or ".xn--" in host or not host.isascii():
        return "Use a link with plain letters: others are used to deceive."
    if own_domains and not any(host == d or host.endswith(f".{d}") for d in own_domains):
        return "This link leads to a site that is not on your list of sites."
    return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def unsafe_links(text: str, own_domains: frozenset[str] = frozenset()) -> tuple[UnsafeLink, ...]:
    """Links to change. own_domains: sites the organisation trusts; empty: any site."""
    found = []
    for link in links_in(text):
        try:
            problem = _problem(link, own_domains)
        except ValueError:
            problem = "This link cannot be read. Check it."
        if problem:
            found.append(UnsafeLink(link, problem))
    return tuple(found)
