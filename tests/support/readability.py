"""How hard English is to read, as a reading age."""

from __future__ import annotations

import re

_SENTENCE_END = re.compile(r"[.?!:;]+(?=\s|$)")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")
# An example of an address is looked at, not read.
_ADDRESS = re.compile(r"\S+@\w+(\.\w+)+|https?://\S+")
# An e that is written and not heard: at the end, but in "table"; inside of "somewhere", "every".
_SILENT = re.compile(r"(?<=[aeiouy])e$|(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$")
_INNER = re.compile(r"(?<=som|her|saf|hom|car|lif|tim|sur)e(?=[bdflmnstw])|(?<=ev)e(?=ry)")
# Two vowels that are two sounds: "saying", "social" not, "experience", "idea", "create", "usual".
_APART = re.compile(
    r"(?<=[aeiouy])(?=ing$)|(?<=[^gstcx]i)(?=a|o(?!ns?$)|en[ct]|et)"
    r"|(?<=e)(?=as?$|ate)|(?<=[^gq]u)(?=[ae][lt])"
)
_HEARD_ES = ("ses", "xes", "zes", "ches", "shes", "ces", "ges", "ies")


def syllables(word: str) -> int:
    """Syllables by groups of vowels: right for nine English words in ten, one off for the rest."""
    word = _INNER.sub("", word.lower().replace("’", "'").removesuffix("'s"))
    word = re.sub(r"(?<=[bt])re(?=s?$)", "er", word)
    if word.endswith("ed") and word[-3:-2] not in ("t", "d", "e"):
        word = word.removesuffix("ed")
    elif word.endswith("es") and not word.endswith(_HEARD_ES):
        word = word.removesuffix("s")
    return max(1, len(re.findall(r"[aeiouy]+", _APART.sub("-", _SILENT.sub("", word)))))


def words(text: str) -> list[str]:
    return _WORD.findall(_ADDRESS.sub("x", text))


def reading_age(text: str) -> float:
    """Years, by the Flesch-Kincaid grade (Kincaid and others, 1975) and the five years before it.

    Says little about texts of fewer than eight words. ValueError where there is no word.
    """
    read = words(text)
    if not read:
        raise ValueError("There is no word to read.")
    ends = max(1, sum(1 for part in _SENTENCE_END.split(text) if _WORD.search(part)))
    heard = sum(syllables(word) for word in read)
    return 0.39 * len(read) / ends + 11.8 * heard / len(read) - 15.59 + 5
