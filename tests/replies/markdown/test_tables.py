"""Tables for a monospaced font."""

from hypothesis import given
from hypothesis import strategies as st

from picklebot.replies.markdown.characters import columns
from picklebot.replies.markdown.tables import WIDEST, aligned, table_at


def test_columns_stand_under_each_other_by_their_width_and_side() -> None:
    table = ["| Name | 数量 | E |", "|:--|--:|:-:|", "| apple | 12 | 😀 |", "| 日本語 | 3 | abc |", "| x |"]
    assert table_at(table, 0) == 5
    assert list(aligned(table)) == [
        "Name   | 数量 |  E",
        "-------+------+----",
        "apple  |   12 | 😀",
        "日本語 |    3 | abc",
        "x      |      |",
    ]


def test_a_long_cell_goes_on_in_the_next_line_and_marks_are_left_out() -> None:
    table = ["a | b", "-|-", "**one** `two` three four five six | x", "l<br>m | [t](u)"]
    assert list(aligned(table)) == [
        "a                       | b",
        "------------------------+------",
        "one two three four five | x",
        "six                     |",
        "l                       | t (u)",
        "m                       |",
    ]


def test_what_is_no_table_is_none() -> None:
    assert table_at(["a | b"], 0) == 0
    assert table_at(["a | b", "c | d"], 0) == 0
    assert table_at(["a | b", "-|-", "``` | x"], 0) == 0


@given(st.lists(st.text(alphabet="ab |日😀\u0301\\`*", max_size=60), max_size=6))
def test_any_table_is_aligned(rows: list[str]) -> None:
    table = ["| h | i |", "|---|:-:|", *(f"| {row}" for row in rows)]
    lines = list(aligned(table))
    assert all(columns(line) <= (WIDEST + 3) * (max(row.count("|") for row in table) + 1) for line in lines)
