"""Passwords: argon2id, three words or twelve characters, none that everybody guesses first.

Policy after NCSC "Three random words" and OWASP ASVS 5.0, 6.2: no rules about kinds of characters,
no forced changes, up to 128 characters, pasting allowed. Parameters after the OWASP Password
Storage Cheat Sheet (argon2id, 19 MiB, 2 passes, 1 lane).
"""

import re
import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
FEWEST_GUESSES = 10**8
_ZXCVBN_LONGEST = 72
LONGEST = 128

# First guesses by our own account: keyboard walks, and words people reach for in Britain.
_GUESSES = """
password passwort passphrase passcode letmein welcome login signin admin administrator root
user username guest default changeme secret master access enter hello test testing demo temp
qwerty qwertyuiop qwertyui qwert asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc
iloveyou loveyou sunshine princess dragon monkey football liverpool arsenal chelsea everton
manchester united rangers celtic london england scotland wales ireland britain
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter
charlie daisy george jessica michael thomas ashley jordan superman batman pokemon starwars
computer internet google facebook cheese chocolate flower butterfly freedom whatever
new voices newvoices coproduction care council outreach the my is our a an and i love you
"""
_FIRST_GUESSES = frozenset(_GUESSES.split())
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_WALKS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")


class Passwords:
    """Hashes and checks. One check takes tens of milliseconds and 19 MiB: limit its rate."""

    def __init__(self, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        # Checked for accounts that do not exist, so that the time taken tells nobody which do.
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        return self._hasher.hash(_canonical(password))

    def verify(self, stored_hash: str | None, password: str) -> bool:
        """Whether the password is right. None (no such account) costs the same and is False."""
        if len(password) > LONGEST:
            return False
        try:
            right = self._hasher.verify(stored_hash or self._nobody, _canonical(password))
        except (VerificationError, InvalidHashError):
            return False
        return right and stored_hash is not None

    def needs_rehash(self, stored_hash: str) -> bool:
        """Whether the hash was made with older parameters: hash again after a good sign-in."""
        return self._hasher.check_needs_rehash(stored_hash)


def problem_with(password: str, personal: Iterable[str] = ()) -> str | None:
    """What is wrong with a new password, as a sentence for the person; None if it will do.

    `personal` are words a stranger could know: the person's name, email, organisation.
    """
    password = _canonical(password)
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    words = {word for word in re.split(r"[^\w]+|_", password.lower()) if len(word) >= 3}
    if len(password) < SHORTEST and len(words) < 3:
        return f"Use three words that do not belong together, or at least {SHORTEST} characters."
    if len(set(password)) < 5 or _is_walk(password.lower()):
        return "This has too few different characters. Use three words that do not belong together."
    if _made_of(password, _FIRST_GUESSES):
        return "This is one of the first passwords that people try. Choose other words."
    if _made_of(password, _FIRST_GUESSES | _known_words(personal)):
        return "This is made of your name or email. Choose words that do not belong to you."
    if _easily_guessed(password, personal):
        return "This is easy to guess: it is like passwords that many people have. Choose others."
    return None


def _easily_guessed(password: str, personal: Iterable[str]) -> bool:
    """Against zxcvbn's lists (30,000 leaked passwords, names, 30,000 words of English).

    Wheeler D. L. (2016), zxcvbn: low-budget password strength estimation, USENIX Security.
    """
    # Its word lists take a third of a second to load, so only who sets a password waits for them.
    from zxcvbn import zxcvbn

    found = zxcvbn(password[:_ZXCVBN_LONGEST], user_inputs=sorted(_known_words(personal)))
    return int(found["guesses"]) < FEWEST_GUESSES


def _canonical(password: str) -> str:
    # NIST SP 800-63B 3.1.1.2: phones and keyboards write the same letter in different ways.
    return unicodedata.normalize("NFKC", password)


def _known_words(personal: Iterable[str]) -> set[str]:
    text = " ".join(personal).lower()
    return {word for word in re.split(r"[^\w]+|_", text) if len(word) >= 3}


def _made_of(password: str, guesses: Iterable[str]) -> bool:
    """Whether nothing is left of the password once guesses, digits and signs are taken away."""
    lowered = password.lower()
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lowered)
    for spelling in (lowered, core.translate(_LEET)):
        letters = "".join(character for character in spelling if character.isalpha())
        if _splits(letters, frozenset(guesses)):
            return True
    return False


def _splits(letters: str, guesses: frozenset[str]) -> bool:
    reachable = {0}
    longest = max(map(len, guesses), default=0)
    for end in range(1, len(letters) + 1):
        starts = range(max(0, end - longest), end)
        if any(start in reachable and letters[start:end] in guesses for start in starts):
            reachable.add(end)
    return len(letters) in reachable


def _is_walk(lowered: str) -> bool:
    return any(lowered in walk * 3 or lowered[::-1] in walk * 3 for walk in _WALKS)
