"""What a reply means, and which invitation it answers.

Two rules decide every doubt: a request to stop is never missed, and an answer is never guessed.
A refusal is not an opt-out, and a "yes" is never new consent to be contacted.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

from schemas.events import PaymentChoice
from services.notifications import reply_words as words
from services.notifications.choosing import without_choice


class ReplyKind(StrEnum):
    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"
    HELP = "help"
    FREE_TEXT = "free_text"


@dataclass(frozen=True, slots=True)
class Numbered:
    """One answer to one numbered invitation; kind is YES or NO, or None for a bare number."""

    number: int
    kind: ReplyKind | None


@dataclass(frozen=True, slots=True)
class Reply:
    """A classified reply; it carries no text.

    likely: for FREE_TEXT, the meaning a coordinator may expect; never acted on alone.
    numbers: answers such as "1 YES, 2 NO"; then `kind` is that of all of them, or FREE_TEXT
        when they differ or are bare numbers.
    everything: the person answered for all open invitations ("yes to both").
    choice: how the person wants to be paid, said with a YES ("yes, costs only").
    """

    kind: ReplyKind
    likely: ReplyKind | None = None
    numbers: tuple[Numbered, ...] = ()
    everything: bool = False
    choice: PaymentChoice | None = None


_FOLDS = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىيۍ", "ی"),
        **dict.fromkeys("كڪ", "ک"),
        **dict.fromkeys("ةهۃۂ", "ہ"),
        "ۀ": "ہ",
        "ł": "l",
        "ø": "o",
        "ı": "i",
        "ـ": "",
        **dict.fromkeys("'’‘`´ʼ", ""),
    }
)
_KEPT_SYMBOLS = frozenset("👍👎✅❌")


def normalise(text: str) -> str:
    """Lower-case words and numbers parted by single spaces.

    Accents, vowel marks, zero-width characters, punctuation and emoji go (thumbs, tick and cross
    stay); Arabic and Urdu letters of one shape become one; digits of any script become 0 to 9.
    """
    kept = []
    for c in unicodedata.normalize("NFKD", text).casefold().translate(_FOLDS):
        category = unicodedata.category(c)
        if category == "Nd":
            kept.append(str(unicodedata.digit(c)))
        elif category[0] == "L" or c in _KEPT_SYMBOLS:
            kept.append(f" {c} " if c in _KEPT_SYMBOLS else c)
        elif category[0] != "M" and category not in ("Cf", "Sk"):
            kept.append(" ")
    return " ".join("".join(kept).split())


def _phrases(by_language: Mapping[str, str]) -> frozenset[str]:
    return frozenset(normalise(p) for line in by_language.values() for p in line.split("|"))


def _split(line: str) -> frozenset[str]:
    return frozenset(normalise(p) for p in line.split("|"))


_STOP_LEADING = _phrases(words.STOP_LEADING)
_STOP_ALONE = _phrases(words.STOP_ALONE)
_STOP_ANYWHERE = _split(words.STOP_ANYWHERE)
_STOP_DENIED = _split(words.STOP_DENIED)
_WANTING = frozenset({"want", "wish", "need", "going", "to"})
_BEFORE_ANOTHER_STOP = _split(words.BEFORE_ANOTHER_STOP)
_START = _phrases(words.START)
_HELP = _phrases(words.HELP)
_YES = _phrases(words.YES)
_NO = _phrases(words.NO)
_FILLERS = _phrases(words.FILLERS)
_NEITHER = frozenset(map(normalise, words.NEITHER))
_LIKELY_YES = frozenset(map(normalise, words.LIKELY_YES))
_LIKELY_NO = frozenset(map(normalise, words.LIKELY_NO))
_AND = frozenset(map(normalise, words.AND_WORDS))
_ALL = frozenset({"both", "all"})
_CHOICES = {
    phrase: cast(PaymentChoice, choice)
    for choice, by_language in words.PAYMENT_CHOICES.items()
    for phrase in _phrases(by_language)
}
_LONGEST_ANSWER = 12
_LONGEST_FILLER = max(len(f.split()) for f in _FILLERS)


def _without_fillers(text: str) -> str:
    tokens = text.split()
    kept: list[str] = []
    at = 0
    while at < len(tokens):
        for length in range(_LONGEST_FILLER, 0, -1):
            if " ".join(tokens[at : at + length]) in _FILLERS:
                at += length
                break
        else:
            kept.append(tokens[at])
            at += 1
    return " ".join(kept)


def _leads(text: str, phrases: Iterable[str]) -> bool:
    return any(text == p or text.startswith(p + " ") for p in phrases)


def _contains(text: str, phrases: Iterable[str]) -> bool:
    padded = f" {text} "
    return any(f" {p} " in padded for p in phrases)


def _spelled_out(text: str) -> str:
    """Join "s t o p" into "stop"."""
    tokens = text.split()
    one_by_one = len(tokens) > 2 and all(len(t) == 1 and t.isalpha() for t in tokens)
    return "".join(tokens) if one_by_one else text


def _asks_to_stop(text: str, core: str) -> bool:
    if _leads(text, _STOP_LEADING) or _leads(core, _STOP_LEADING) or core in _STOP_ALONE:
        return True
    answer, _, rest = core.partition(" ")
    if (answer in _YES or answer in _NO) and _leads(rest, _STOP_LEADING):
        return True
    return _stops_mid_sentence(text) or _ends_in_stop(text)


def _stops_mid_sentence(text: str) -> bool:
    tokens = text.split()
    for phrase in _STOP_ANYWHERE:
        length = len(phrase.split())
        for at in range(len(tokens) - length + 1):
            if " ".join(tokens[at : at + length]) == phrase and not _denied(tokens[:at]):
                return True
    return False


def _denied(before: list[str]) -> bool:
    """ "never", "do not want to"; the "not" of "not interested, remove me" is not a denial."""
    while before and before[-1] in _WANTING:
        before = before[:-1]
    return bool(before) and before[-1] in _STOP_DENIED


def _ends_in_stop(text: str) -> bool:
    """ "Oh just STOP" is a request; "the bus stop" and "don't stop" are not."""
    tokens = text.split()
    return (
        1 < len(tokens) <= 4
        and tokens[-1] in _STOP_LEADING
        and not set(tokens[:-1]) & (_STOP_DENIED | _BEFORE_ANOTHER_STOP)
    )


def _made_of(core: str, phrases: frozenset[str], hints: frozenset[str]) -> bool:
    """Only phrases of one meaning, one clear one at least: "yes i can come", "no sorry i cant"."""
    tokens = core.split()
    if not tokens or len(tokens) > _LONGEST_ANSWER:
        return False
    reachable: dict[int, bool] = {0: False}
    for end in range(1, len(tokens) + 1):
        for start in [s for s in reachable if s < end]:
            piece = " ".join(tokens[start:end])
            if piece in phrases or piece in hints:
                clear = reachable[start] or piece in phrases
                reachable[end] = reachable.get(end, False) or clear
    return reachable.get(len(tokens), False)


def _numbered(core: str) -> Reply | None:
    """ "1 YES", "yes 1 and 3", "1 yes 2 no", "2", "yes to both"; None for anything else."""
    tokens = core.split()
    if not any(t.isdigit() for t in tokens) and not _ALL & set(tokens):
        return None
    items: list[int | ReplyKind] = []
    for t in tokens:
        if t.isdigit() and len(t) <= 2:
            items.append(int(t))
        elif t in _YES or t in _NO:
            items.append(ReplyKind.YES if t in _YES else ReplyKind.NO)
        elif t not in _AND:
            return None
    kinds = [i for i in items if isinstance(i, ReplyKind)]
    numbers = [i for i in items if isinstance(i, int)]
    if not numbers:
        kind = kinds[0] if kinds else ReplyKind.FREE_TEXT
        return Reply(kind, everything=True) if len(kinds) <= 1 else None
    if len(set(numbers)) != len(numbers) or _ALL & set(tokens):
        return None
    if len(kinds) <= 1:
        shared = kinds[0] if kinds else None
        paired = tuple(Numbered(n, shared) for n in numbers)
        return Reply(shared or ReplyKind.FREE_TEXT, numbers=paired)
    return _alternating(items)


def _alternating(items: list[int | ReplyKind]) -> Reply | None:
    pairs: list[Numbered] = []
    for first, second in zip(items[::2], items[1::2], strict=False):
        if isinstance(first, int) and isinstance(second, ReplyKind):
            pairs.append(Numbered(first, second))
        elif isinstance(first, ReplyKind) and isinstance(second, int):
            pairs.append(Numbered(second, first))
        else:
            return None
    if len(items) % 2:
        return None
    kinds = {p.kind for p in pairs}
    kind = pairs[0].kind if len(kinds) == 1 and pairs[0].kind else ReplyKind.FREE_TEXT
    return Reply(kind, numbers=tuple(pairs))


def _likely(text: str, core: str) -> ReplyKind | None:
    if _contains(text, _STOP_LEADING | _STOP_ANYWHERE):
        return ReplyKind.STOP
    if _leads(text, _NEITHER) or _leads(core, _NEITHER):
        return None
    if core in _LIKELY_YES or core in _LIKELY_NO:
        return ReplyKind.YES if core in _LIKELY_YES else ReplyKind.NO
    if core.startswith("cancel "):
        return ReplyKind.NO
    yes, no = _leads(core, _YES - {"n", "y"}), _leads(core, _NO - {"n", "y"})
    if yes != no:
        return ReplyKind.YES if yes else ReplyKind.NO
    if _leads(core, _HELP):
        return ReplyKind.HELP
    return None


def classify(text: str, language: str | None = None) -> Reply:
    """Meaning of one inbound message.

    language: the reader's language code if known ("pl"); it only ever makes a reading more
    careful. Never raises, whatever the text.
    """
    plain = _spelled_out(normalise(text))
    if _asks_to_stop(plain, _without_fillers(plain)):
        return Reply(ReplyKind.STOP)
    found = None if set(text) & {"?", "؟"} else without_choice(plain, _CHOICES)
    if found is not None:
        rest, choice = found
        answer = _meaning(rest, rest, language)
        if ReplyKind.YES in (answer.kind, *(one.kind for one in answer.numbers)):
            return replace(answer, choice=choice)
    return _meaning(text, plain, language)


def _meaning(text: str, plain: str, language: str | None) -> Reply:
    core = _without_fillers(plain)
    if core in words.YES_ABROAD.get(language or "", ()):
        return Reply(ReplyKind.FREE_TEXT, likely=None)
    for kind, phrases in (
        (ReplyKind.START, _START),
        (ReplyKind.HELP, _HELP),
        (ReplyKind.YES, _YES),
        (ReplyKind.NO, _NO),
    ):
        if core in phrases or plain in phrases:
            return Reply(kind)
    for kind, phrases, hints in (
        (ReplyKind.YES, _YES, _LIKELY_YES),
        (ReplyKind.NO, _NO, _LIKELY_NO),
    ):
        if _made_of(plain, phrases, hints | _FILLERS):
            return Reply(kind)
    if text.strip() and not text.strip().strip("?؟"):
        return Reply(ReplyKind.HELP)
    return _numbered(core) or Reply(ReplyKind.FREE_TEXT, likely=_likely(plain, core))
