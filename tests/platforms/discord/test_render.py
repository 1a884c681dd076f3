"""Markdown in Discord's dialect, in messages that fit."""

import re
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from picklebot.model import words
from picklebot.platforms.discord.render import LIMIT, render, width

PIECES = (
    *(
        "a",
        "word ",
        "\n",
        "\n\n",
        "```",
        "```py\n",
        "\n```\n",
        "````\n",
        "~~~\n",
        "# ",
        "#### ",
        "| a | b |\n",
    ),
    *("|---|---|\n", "😀", " ", "    ", "`", "*", "x" * 130),
)
MARKDOWN = st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=40).map("".join)


@pytest.mark.parametrize(
    "text",
    [
        'You said: a*b_c <@1> `x`. This is message 2 of our conversation, which began with "# hi".',
        "# Title\n## Two\n### Three\n- a\n  - b\n1. one\n> quote\n**bold** ~~no~~ [link](https://example.org)",
        "```python\nprint(1)\n\n    #### no heading\n| a | b |\n|---|---|\n```",
        "a | b",
    ],
)
def test_what_discord_reads_itself_comes_out_as_it_went_in(text: str) -> None:
    assert render(text) == [text]


def test_deep_headings_are_bold() -> None:
    assert render("#### Four\n###### *Six* ##\n#### **Bold**\n####### no") == [
        "**Four**\n***Six***\n**Bold**\n####### no"
    ]


def test_tables_are_code() -> None:
    assert render("Look:\n| a | long |\n|---|:--:|\n| 1 \\| 2 | 3 |\n| 4 |\nend") == [
        "Look:\n```\na     | long\n------+-----\n1 | 2 |  3\n4     |\n```\nend"
    ]


def test_a_table_that_holds_code_stays_as_it_is() -> None:
    text = "| a |\n|---|\n| ``` |"
    assert render(text) == [text]


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b", "\0"])
def test_what_shows_nothing_says_so(text: str) -> None:
    assert render(text) == [words.EMPTY_ANSWER]


def test_a_block_that_is_not_finished_is_closed() -> None:
    assert render("```py\nprint(1)") == ["```py\nprint(1)\n```"]


def test_code_goes_on_as_code() -> None:
    lines = [f"print({number})" for number in range(400)]
    parts = render("\n".join(["```python", *lines, "```", "end"]))
    assert len(parts) > 1
    assert all(part.startswith("```python\n") for part in parts)
    assert all(part.count("```") % 2 == 0 for part in parts)
    assert [line for part in parts for line in part.split("\n") if line.startswith("print")] == lines


def test_words_are_not_cut() -> None:
    text = "wonderful " * 500
    assert [word for part in render(text) for word in part.split()] == text.split()


def test_a_growing_text_keeps_its_cuts() -> None:
    text = "\n".join(f"line {number}" for number in range(800))
    whole = render(text)
    for end in range(0, len(text), 997):
        assert render(text[:end])[:-1] == whole[: len(render(text[:end])) - 1]


@given(MARKDOWN, st.integers(120, 200))
@example("```" * 200, 120)
@example("😀" * 500, 121)
@example("```word " + "x" * 130, 138)
@example("```\n" + "x" * 110 + "\n" + "`" * 300, 120)
@example("~~~" + "x" * 500, 120)
@example("|" * 300 + "\n" + "|-" * 60 + "|\n" + "|x" * 50, 120)
def test_no_message_is_too_long_or_empty(text: str, limit: int) -> None:
    parts = render(text, limit)
    assert parts
    for part in parts:
        assert width(part) <= limit
        assert part.strip()
        part.encode()


@given(MARKDOWN, st.integers(120, 200))
def test_nothing_is_lost(text: str, limit: int) -> None:
    said = re.sub(r"^\s*(```|~~~).*$", "", text, flags=re.MULTILINE)
    kept = Counter(mark for mark in said if mark.isascii() and mark.isalnum())
    assert kept <= Counter("".join(render(text, limit)))


@given(st.text(max_size=300))
def test_any_text_fits(text: str) -> None:
    assert all(0 < width(part) <= LIMIT for part in render(text * 20))
