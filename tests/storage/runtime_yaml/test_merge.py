"""The three-way merge, key by key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.ports.ledger import BindingEdit
from picklebot.storage.runtime_yaml.merge import Removal, merge

K = ("telegram", "1")
L = ("telegram", "2")
_MAP_KEYS = st.tuples(st.sampled_from(["telegram", "discord"]), st.sampled_from("123456789"))
_MAPS = st.dictionaries(_MAP_KEYS, st.sampled_from("abc"))


@pytest.mark.requirement("P23")
def test_what_the_operator_has_not_seen_stays():
    merged = merge(base={}, ours={K: "new"}, theirs={})
    assert (merged.edits, dict(merged.result)) == ((), {K: "new"})


def test_what_the_operator_has_not_touched_is_ours():
    merged = merge(base={K: "a"}, ours={K: "b"}, theirs={K: "a"})
    assert (merged.edits, dict(merged.result), merged.conflicts) == ((), {K: "b"}, ())


def test_what_the_operator_changed_is_theirs_even_where_we_changed_it_too():
    merged = merge(base={K: "a"}, ours={K: "b"}, theirs={K: "c"})
    assert merged.edits == (BindingEdit(*K, "c"),)
    assert merged.conflicts == (K,)


def test_what_the_operator_removed_is_ended_and_told():
    merged = merge(base={K: "a", L: "x"}, ours={K: "a", L: "x"}, theirs={L: "x"})
    assert merged.edits == (BindingEdit(*K, None),)
    assert merged.removed == (Removal(*K, "a"),)
    assert merged.conflicts == ()
    assert dict(merged.result) == {L: "x"}


def test_what_both_removed_is_no_edit():
    assert merge(base={K: "a"}, ours={}, theirs={}).edits == ()


def test_one_id_under_two_keys_is_shared():
    assert merge(base={}, ours={}, theirs={K: "a", L: "a"}).shared == ("a",)


@pytest.mark.parametrize(
    ("before", "after", "vanished"),
    [(4, 0, False), (5, 0, True), (10, 5, False), (11, 5, True), (100, 99, False)],
)
def test_more_than_half_and_at_least_five_at_once_have_vanished(before: int, after: int, vanished: bool):
    ours = {("telegram", str(number)): "s" for number in range(before)}
    theirs = dict(list(ours.items())[:after])
    assert merge(ours, ours, theirs).vanished is vanished


@given(base=_MAPS, ours=_MAPS, theirs=_MAPS)
def test_each_key_follows_the_rule(base, ours, theirs):
    merged = merge(base, ours, theirs)
    for key in base.keys() | ours.keys() | theirs.keys():
        untouched = theirs.get(key) == base.get(key)
        assert merged.result.get(key) == (ours if untouched else theirs).get(key)
    changed = {(edit.platform, edit.key) for edit in merged.edits}
    assert changed == {
        key for key in ours.keys() | merged.result.keys() if ours.get(key) != merged.result.get(key)
    }
