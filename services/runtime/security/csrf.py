"""Forms and requests that only our own pages can send.

A form token is bound to the session, or before sign-in to a random form cookie (signed double
submit, OWASP Cross-Site Request Forgery Prevention). Each page gets a differently masked token,
so compressed responses reveal nothing about it. Requests with a JSON body, as the offline queue
sends them, may instead prove where they come from: another site cannot send JSON without a CORS
preflight, which we never grant, and browsers state the sender in `Sec-Fetch-Site` or `Origin`.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FORM_FIELD = "csrf_token"
HEADER = "x-csrf-token"
_NONCE_BYTES = 16


def make_token(key: bytes, binding: str) -> str:
    """A token for a form; `binding` is the session id or the form cookie's value."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + _mac(key, nonce, binding)).decode()


def token_holds(key: bytes, binding: str, token: str) -> bool:
    """Whether `make_token` made this token with the same key and binding."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    nonce, mac = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
    return bool(binding) and hmac.compare_digest(mac, _mac(key, nonce, binding))


def comes_from_elsewhere(headers: Mapping[str, str], public_origin: str) -> bool:
    """Whether the browser itself says that another site sent this request.

    `headers` has lower-case names. A request without these headers (not from a browser of the
    last years) is not called foreign here; it still needs a token.
    """
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    return origin is not None and not _is_our_origin(origin, headers, public_origin)


def is_json_from_our_page(headers: Mapping[str, str], public_origin: str) -> bool:
    """Whether a JSON request carries proof that one of our pages sent it."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        return False
    if comes_from_elsewhere(headers, public_origin):
        return False
    return headers.get("sec-fetch-site") == "same-origin" or "origin" in headers


def _is_our_origin(origin: str, headers: Mapping[str, str], public_origin: str) -> bool:
    if origin == public_origin:
        return True
    # On a laptop the page may be opened as 127.0.0.1 while the settings say localhost.
    return bool(headers.get("host")) and urlsplit(origin).netloc == headers.get("host")


def _mac(key: bytes, nonce: bytes, binding: str) -> bytes:
    return hmac.new(key, nonce + binding.encode(), hashlib.sha256).digest()
