"""Merging trees and finding the place to blame."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from picklebot.config.layers import Layer, blame, merge, present, without
from picklebot.forms.problems import Problem

words = st.sampled_from(["a", "b", "allowed_user_ids"])
nested: Any = st.recursive(
    st.dictionaries(words, st.text(max_size=2) | st.none(), max_size=3),
    lambda inner: st.dictionaries(words, inner | st.text(max_size=2), max_size=3),
    max_leaves=6,
)


@given(nested)
def test_one_layer_alone_stays_as_it_is(tree: Any) -> None:
    assert merge([tree]) == merge([{}, tree]) == tree


@given(nested, nested)
def test_the_higher_layer_wins_where_both_speak(low: Any, high: Any) -> None:
    merged = merge([low, high])
    assert merged.keys() == low.keys() | high.keys()
    for key, value in high.items():
        if key != "allowed_user_ids" and not isinstance(value, dict):
            assert merged[key] == value
    assert all(merged[key] == low[key] for key in low.keys() - high.keys())


@given(nested)
def test_nulls_are_left_out_everywhere(tree: Any) -> None:
    def nulls(value: Any) -> int:
        return sum(nulls(inner) for inner in value.values()) if isinstance(value, dict) else value is None

    assert nulls(present(tree)) == 0


def test_lists_of_users_add_up() -> None:
    merged = merge([{"allowed_user_ids": "1"}, {"allowed_user_ids": ["2"]}, {"allowed_user_ids": "3, 4"}])
    assert merged == {"allowed_user_ids": ["1", "2", "3", "4"]}


def test_a_branch_can_be_cut_off() -> None:
    assert without({"a": {"b": "1", "c": "2"}, "d": "3"}, ("a", "b")) == {"a": {"c": "2"}, "d": "3"}
    assert without({"a": "1"}, ("a", "b")) == {}


def test_blame_falls_on_the_highest_layer_that_says_it_else_on_the_lowest_near_it() -> None:
    trees: list[Any] = [{"a": {"b": "1"}}, {"a": {"b": "2"}}, {"a": {}}]
    low, middle, high = (Layer(tree, lambda _: ("", None)) for tree in trees)
    layers = [low, middle, high]
    assert blame(Problem(("a", "b"), ""), layers) is middle
    assert blame(Problem(("a", "c"), ""), layers) is low
    assert blame(Problem(("x",), ""), layers) is low
