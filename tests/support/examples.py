"""How many examples a property test tries: fewer at each run, all of them by name.

Each run tries others, so that many quick runs see more than one long one.
``pytest --hypothesis-profile=thorough`` (``make test-thorough``) tries as many as each test names.
"""

from __future__ import annotations

from hypothesis import settings

THOROUGH = "thorough"
QUICK = "quick"
_USUAL = 100


def register_profiles() -> None:
    """Tell hypothesis of both; the quick one holds unless another is asked for."""
    settings.register_profile(THOROUGH, deadline=None, max_examples=_USUAL)
    settings.register_profile(QUICK, deadline=None, max_examples=_part_of(_USUAL))
    settings.load_profile(QUICK)


def examples(many: int) -> int:
    """``many`` in a thorough run, about a third of them in a quick one."""
    return many if settings.get_current_profile_name() == THOROUGH else _part_of(many)


def _part_of(many: int) -> int:
    return max(2, many * 3 // 10)
