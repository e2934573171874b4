from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.processor import shares

LANES = st.dictionaries(st.integers(0, 15), st.integers(1, 400), max_size=16)


@given(LANES, st.integers(1, 100))
def test_each_lane_is_in_one_share_and_few_events_need_one_transaction(
    lanes: dict[int, int], batch: int
) -> None:
    made = shares(lanes, batch)
    assert [lane for share in made for lane in share] == list(lanes)
    for share in made:
        assert sum(lanes[lane] for lane in share[:-1]) < batch
    if 0 < sum(lanes.values()) <= batch:
        assert len(made) == 1
