"""Characters as people see them."""

import pytest

from picklebot.replies.markdown.characters import clean, columns, kept, visible

FAMILY = "👩‍👩‍👧"


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("abc", 3),
        ("日本", 4),
        ("😀", 2),
        (FAMILY, 2),
        ("e\u0301", 1),
        ("❤\ufe0f", 2),
        ("👍🏽", 2),
        ("🇩🇪", 2),
        ("", 0),
    ],
)
def test_columns_are_what_a_terminal_shows(text: str, wide: int) -> None:
    assert columns(text) == wide


@pytest.mark.parametrize(
    ("before", "after", "stay"),
    [
        ("ab", "c", 2),
        ("a👩", "\u200d👩", 1),
        ("a👩\u200d", "👩", 1),
        ("ae", "\u0301", 1),
        ("a👍", "🏽", 1),
        ("a🇩", "🇪", 1),
        ("a🇩🇪", "🇫", 3),
        ("a", "", 1),
        ("x" + "\u0301" * 90, "\u0301", 91),
        ("e", "\u0301", 1),
    ],
)
def test_a_cut_parts_no_character(before: str, after: str, stay: int) -> None:
    assert kept(before, after) == stay


def test_clean_text_can_be_encoded_and_shows_no_controls() -> None:
    assert clean("a\0b\x1bc\r\nd\ud800") == "a b c\nd?"


def test_what_shows_nothing_is_known() -> None:
    assert not visible(" \n\u200b\u2800")
    assert visible("\u200b.")
