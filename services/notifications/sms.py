"""How many parts a text message takes, what it may cost, and how to make it shorter.

Encoding follows 3GPP TS 23.038: GSM-7 when every character is in its table or the extension
table, UCS-2 otherwise. A message of one part holds 160 GSM-7 or 70 UCS-2 units; joined parts
hold 153 or 67 each, as the join header takes the rest. Two-unit characters are never cut in two.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")
_GSM = GSM_BASIC | GSM_EXTENSION


class Encoding(StrEnum):
    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


SINGLE_PART_UNITS = {Encoding.GSM7: 160, Encoding.UCS2: 70}
JOINED_PART_UNITS = {Encoding.GSM7: 153, Encoding.UCS2: 67}


@dataclass(frozen=True, slots=True)
class SmsSize:
    """Size of one text message.

    units: 7-bit units (GSM-7; extension characters take 2) or 16-bit units (UCS-2; emoji take 2).
    units_left: units that still fit before one more part is needed.
    outside_gsm: the distinct characters that force UCS-2, in order of appearance.
    """

    encoding: Encoding
    units: int
    parts: int
    units_left: int
    outside_gsm: tuple[str, ...]


def encoding_of(text: str) -> Encoding:
    """GSM-7 if every character of `text` has a place in its tables, else UCS-2."""
    gsm = _GSM.issuperset(text)
    return Encoding.GSM7 if gsm else Encoding.UCS2


def _unit_widths(text: str, encoding: Encoding) -> Iterator[int]:
    if encoding is Encoding.GSM7:
        return (2 if c in GSM_EXTENSION else 1 for c in text)
    return (2 if ord(c) > 0xFFFF else 1 for c in text)


def _wide_characters(text: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM7:
        return sum(map(text.count, GSM_EXTENSION))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 - len(text)


def _pack(widths: Iterable[int], room: int) -> tuple[int, int]:
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts, used


def measure(text: str) -> SmsSize:
    """Size of `text` as a network will send and bill it. Empty text takes no part at all."""
    encoding = encoding_of(text)
    units = len(text) + _wide_characters(text, encoding)
    single = SINGLE_PART_UNITS[encoding]
    outside = tuple(c for c in dict.fromkeys(text) if c not in _GSM)
    if units <= single:
        return SmsSize(encoding, units, 1 if text else 0, single - units, outside)
    room = JOINED_PART_UNITS[encoding]
    if units == len(text):
        parts = -(-units // room)
        return SmsSize(encoding, units, parts, parts * room - units, outside)
    parts, used = _pack(_unit_widths(text, encoding), room)
    return SmsSize(encoding, units, parts, room - used, outside)


def parts_as_govuk_notify(text: str) -> int:
    """Fragments as GOV.UK Notify bills them: units divided by 153 (or 67), rounded up.

    Differs from `measure(text).parts` only where a two-unit character would be cut in two.
    """
    size = measure(text)
    if size.parts <= 1:
        return size.parts
    return -(-size.units // JOINED_PART_UNITS[size.encoding])


def estimate_cost(text: str, pence_per_part: Decimal, recipients: int = 1) -> Decimal:
    """Cost in pence of sending `text` to `recipients` people at the organisation's own tariff."""
    if pence_per_part < 0 or recipients < 0:
        raise ValueError("A tariff and a number of people cannot be below zero.")
    return measure(text).parts * pence_per_part * recipients


class Change(StrEnum):
    """What a replacement does to the text, from nothing to see to a changed spelling."""

    TYPOGRAPHY = "typography"
    SYMBOL = "symbol"
    SPELLING = "spelling"


_TYPOGRAPHY = {
    **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("–—‑‒―−", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\t", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f", ""),
    "…": "...",
    "•": "-",
    "·": "-",
    "×": "x",
    "½": "1/2",
    "¼": "1/4",
    "™": "",
    "©": "(c)",
}
_SYMBOLS = {"[": "(", "]": ")", "{": "(", "}": ")", "|": "/", "~": "-", "\\": "/"}
_SPELLINGS = {
    **dict(zip("áâêëîïíóôõûúẁẃẅŵỳýÿŷ", "aaeeiiiooouuwwwwyyyy", strict=True)),
    **dict(zip("ÁÂÀÊËÈÎÏÍÌÓÔÒÕÛÚÙẀẂẄŴỲÝŸŶ", "AAAEEEIIIIOOOOUUUWWWWYYYY", strict=True)),
    **dict(zip("ąćęłńśźżĄĆĘŁŃŚŹŻ", "acelnszzACELNSZZ", strict=True)),
    "ç": "c",
}
_WELSH_ONLY = frozenset("ẁẃẅŵỳŷẀẂẄŴỲŶ")


@dataclass(frozen=True, slots=True)
class Replacement:
    """One character with a stand-in that GSM-7 holds in fewer units."""

    character: str
    instead: str
    times: int
    change: Change
    note: str


@dataclass(frozen=True, slots=True)
class Saving:
    """Replacements that together save `parts_saved` parts, with the text they lead to."""

    parts_saved: int
    text: str
    replacements: tuple[Replacement, ...]


def _note(character: str, change: Change) -> str:
    if change is Change.TYPOGRAPHY:
        return "Reads the same."
    if change is Change.SYMBOL:
        return "Counts as one character instead of two."
    if character in _WELSH_ONLY:
        return "Changes the spelling of a Welsh word. Keep it unless the reader agrees."
    return "Changes the spelling. Keep it in a name or in another language."


def _apply(text: str, tables: list[tuple[Change, dict[str, str]]]) -> Saving:
    replacements = []
    result = text
    present = dict.fromkeys(text)
    for change, table in tables:
        for character in (c for c in present if c in table):
            instead, times = table[character], text.count(character)
            note = _note(character, change)
            replacements.append(Replacement(character, instead, times, change, note))
            result = result.replace(character, instead)
    saved = measure(text).parts - measure(result).parts if replacements else 0
    return Saving(saved, result, tuple(replacements))


def plain_typography(text: str) -> str:
    """`text` with curly quotes, long dashes and special spaces made plain; spelling is kept."""
    return _apply(text, [(Change.TYPOGRAPHY, _TYPOGRAPHY)]).text


def savings(text: str) -> tuple[Saving, ...]:
    """Ways to send `text` in fewer parts, the gentlest first.

    Each saves more parts than the one before it; an empty tuple means nothing helps.
    """
    steps = [
        (Change.TYPOGRAPHY, _TYPOGRAPHY),
        (Change.SYMBOL, _SYMBOLS),
        (Change.SPELLING, _SPELLINGS),
    ]
    found: list[Saving] = []
    for depth in range(1, len(steps) + 1):
        saving = _apply(text, steps[:depth])
        if saving.parts_saved > (found[-1].parts_saved if found else 0):
            found.append(saving)
    return tuple(found)
