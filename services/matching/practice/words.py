"""What a reader types into the search box, as the words to look for."""

from __future__ import annotations

import re
import unicodedata

MOST_TERMS = 12
LONGEST_TERM = 40

# Words that PostgreSQL's English search leaves out. SQLite's knows none, so they are left out
# here, for one behaviour on both (PostgreSQL, tsearch_data/english.stop).
_COMMON = """
i me my myself we our ours ourselves you your yours yourself yourselves he him his himself
she her hers herself it its itself they them their theirs themselves what which who whom this
that these those am is are was were be been being have has had having do does did doing a an
the and but if or because as until while of at by for with about against between into through
during before after above below to from up down in out on off over under again further then
once here there when where why how all any both each few more most other some such no nor not
only own same so than too very s t can will just don should now
"""
LEFT_OUT = frozenset(_COMMON.split())


def plain(text: str) -> str:
    """Lower case without accents, as both databases get it: "Café" and "cafe" are one word."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in parts if unicodedata.category(c) != "Mn")


def terms(typed: str) -> tuple[str, ...]:
    """Lower-case words of letters and digits, without very common ones, each once, 12 at most.

    Empty for a question of common words only. Nothing but letters and digits is left, so a term
    can stand in a search expression of either database.
    """
    found = (word[:LONGEST_TERM] for word in re.findall(r"[^\W_]+", plain(typed)))
    return tuple(dict.fromkeys(w for w in found if w not in LEFT_OUT))[:MOST_TERMS]
