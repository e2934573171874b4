"""The hash chain notices every change, removal, insertion and exchange."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.security.audit_chain import (
    GENESIS,
    ChainedEntry,
    append,
    canonical,
    entry_hash,
    first_broken,
    newest_hash,
)

Content = dict[str, Any]
contents: st.SearchStrategy[Content] = st.dictionaries(
    st.text(max_size=8),
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.lists(st.text(), max_size=2),
    max_size=4,
)
logs = st.lists(contents, min_size=1, max_size=12)


def chain_of(log: list[Content]) -> list[ChainedEntry]:
    chain: list[ChainedEntry] = []
    for content in log:
        chain.append(append(newest_hash(chain), content))
    return chain


@given(log=st.lists(contents, max_size=12))
def test_an_untouched_chain_is_whole_and_can_be_verified_in_portions(log: list[Content]) -> None:
    chain = chain_of(log)
    assert first_broken(chain) is None
    half = len(chain) // 2
    assert first_broken(chain[half:], newest_hash(chain[:half])) is None


@given(log=logs, data=st.data())
def test_a_changed_entry_is_found_where_it_is(log: list[Content], data: st.DataObject) -> None:
    chain = chain_of(log)
    place = data.draw(st.integers(0, len(chain) - 1))
    other = data.draw(contents.filter(lambda c: canonical(c) != canonical(log[place])))
    chain[place] = ChainedEntry(other, chain[place].previous_hash, chain[place].hash)
    assert first_broken(chain) == place


@given(log=logs, data=st.data())
def test_an_entry_forged_with_a_fitting_hash_breaks_the_next_one(
    log: list[Content], data: st.DataObject
) -> None:
    chain = chain_of([*log, {"last": True}])
    place = data.draw(st.integers(0, len(log) - 1))
    chain[place] = append(chain[place].previous_hash, {"forged": True, "was": chain[place].hash})
    assert first_broken(chain) == place + 1


@given(log=logs, data=st.data())
def test_a_removed_inserted_or_exchanged_entry_is_found(
    log: list[Content], data: st.DataObject
) -> None:
    chain = chain_of([*log, {"last": True}])
    place = data.draw(st.integers(0, len(log) - 1))
    assert first_broken(chain[:place] + chain[place + 1 :]) == place
    inserted = append(chain[place].previous_hash, {"put": "in"})
    if inserted.hash != chain[place].hash:
        assert first_broken([*chain[:place], inserted, *chain[place:]]) == place + 1
    exchanged = [*chain]
    exchanged[place], exchanged[place + 1] = exchanged[place + 1], exchanged[place]
    assert first_broken(exchanged) == place


@given(log=logs, data=st.data())
def test_a_changed_link_is_found_though_the_content_fits(
    log: list[Content], data: st.DataObject
) -> None:
    chain = chain_of(log)
    place = data.draw(st.integers(0, len(chain) - 1))
    chain[place] = ChainedEntry(chain[place].content, "f" * 64, chain[place].hash)
    assert first_broken(chain) == place


@given(log=logs)
def test_a_cut_tail_shows_in_the_newest_hash(log: list[Content]) -> None:
    chain = chain_of(log)
    assert newest_hash(chain[:-1]) != newest_hash(chain)


def test_the_hash_is_the_documented_one() -> None:
    # printf '%064d{"a":1,"b":"é"}' 0 | sha256sum
    assert entry_hash(GENESIS, {"b": "é", "a": 1}) == EXPECTED
    assert entry_hash(GENESIS, {"a": 1, "b": "é"}) == EXPECTED


EXPECTED = "08b7698f3d6b80ae5d83c9c2f8bea5af5a7db11a3d65c608b96a338365227b68"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"bytes"])
def test_a_value_that_has_no_single_json_form_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical({"value": value})
