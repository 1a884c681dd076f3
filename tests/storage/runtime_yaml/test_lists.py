"""Ids in and out of lists, and nothing else changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.ports.doors import ListEdit
from picklebot.storage.runtime_yaml.lists import with_edits
from picklebot.yamltext import YamlError, read

PATH = ("messagebus", "telegram", "allowed_user_ids")


def edited(text: str, *items: str, path: tuple[str, ...] = PATH) -> str:
    """`text` with each id put in, or taken out where it begins with a minus."""
    edits = [ListEdit(path, item.removeprefix("-"), not item.startswith("-")) for item in items]
    return with_edits(read(text, source="f"), edits).text


@pytest.mark.parametrize(
    ("before", "item", "after"),
    [
        ("", "7", 'messagebus:\n  telegram:\n    allowed_user_ids: ["7"]\n'),
        ("# hi\nmessagebus:\n", "7", '# hi\nmessagebus:\n  telegram:\n    allowed_user_ids: ["7"]\n'),
        (
            "messagebus:\n  telegram:\n    sessions:\n      a: b # c\n",
            "7",
            'messagebus:\n  telegram:\n    sessions:\n      a: b # c\n    allowed_user_ids: ["7"]\n',
        ),
        (
            "messagebus: {telegram: {x: y}}\n",
            "7",
            'messagebus: {telegram: {x: y, allowed_user_ids: ["7"]}}\n',
        ),
        ("messagebus: {}\n", "7", 'messagebus: {telegram: {allowed_user_ids: ["7"]}}\n'),
    ],
)
def test_a_list_that_is_not_there_is_made(before: str, item: str, after: str) -> None:
    assert edited(before, item) == after


HEAD = "messagebus:\n  telegram:\n    allowed_user_ids:"
TAIL = "    sessions: {}\n"


@pytest.mark.parametrize(
    ("value", "item", "after"),
    [
        (" [1, 2] # ours\n", "7", ' [1, 2, "7"] # ours\n'),
        (" []\n", "7", ' ["7"]\n'),
        (" 1\n", "7", ' ["1", "7"]\n'),
        ("\n", "7", ' ["7"]\n'),
        (" [1, 7]\n", "7", " [1, 7]\n"),
        ("\n      - 1 # ann\n      - '2'\n", "7", "\n      - 1 # ann\n      - '2'\n      - \"7\"\n"),
        ("\n    - 1\n", "7", '\n    - 1\n    - "7"\n'),
        ("\n      - 1 # ann\n      - 2\n", "-1", "\n      - 2\n"),
        ("\n      - 1\n", "-1", " []\n"),
        (" [1, 2]\n", "-1", ' ["2"]\n'),
        (" [1, 2]\n", "-3", " [1, 2]\n"),
    ],
)
def test_a_list_in_any_form_is_amended(value: str, item: str, after: str) -> None:
    assert edited(HEAD + value + TAIL, item) == HEAD + after + TAIL


def test_windows_line_breaks_and_a_missing_last_one_stay() -> None:
    assert edited("a: b\r\nmessagebus:\r\n  x: y", "7").endswith(
        'y\r\n  telegram:\r\n    allowed_user_ids: ["7"]'
    )
    assert edited("operators:\n  telegram: [1]\n", "2", path=("operators", "telegram")) == (
        'operators:\n  telegram: [1, "2"]\n'
    )


def test_what_is_no_list_of_ids_is_left_alone() -> None:
    with pytest.raises(YamlError, match=r"f:3: .*must be a list of ids"):
        edited(HEAD + " {1: 2}\n" + TAIL, "7")


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=12))
def test_many_edits_leave_what_sets_would_hold(edits: list[tuple[int, bool]]) -> None:
    wanted = {"1", "2"}
    for number, present in edits:
        (wanted.add if present else wanted.discard)(str(number))
    items = [f"{'' if present else '-'}{number}" for number, present in edits]
    for value in (" [1, 2]\n", "\n      - 1\n      - 2\n"):
        after = read(edited(HEAD + value + TAIL, *items), source="f")
        assert set(after.data["messagebus"]["telegram"]["allowed_user_ids"] or ()) == wanted  # type: ignore[index,call-overload]
