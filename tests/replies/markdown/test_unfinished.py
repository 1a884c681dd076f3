"""What a preview shows of a text that still grows."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.platforms.discord.render import render as discord
from picklebot.platforms.telegram.render import render as telegram
from picklebot.replies.markdown.unfinished import MOST_HELD, steady

CLOSED = [
    ("some **bo", "some **bo**"),
    ("some **bold** and *it", "some **bold** and *it*"),
    ("a ~~stru", "a ~~stru~~"),
    ("a ||hid", "a ||hid||"),
    ("run `ls -", "run `ls -`"),
    ("**bold *both", "**bold *both***"),
    ("**bold words ", "**bold words**"),
    ("**done*", "**done**"),
]
HELD = [
    ("see [the do", "see "),
    ("see [the docs](https://exa", "see "),
    ("see ![pic", "see "),
    ("a note[^1", "a note"),
    ("text\n- ", "text"),
    ("text\n1.", "text"),
    ("text\n##", "text"),
    ("text\n```py", "text"),
    ("text\n``", "text"),
    ("text\n| a | b", "text"),
    ("text\n\n| a | b |\n|---", "text\n"),
    ("text\n--", "text"),
    ("so $$x^2", "so "),
    ("so \\(x", "so "),
    ("- [ ", ""),
    ("```py\nx = 1\n``", "```py\nx = 1"),
]
KEPT = [
    "two * three, snake_case and 5*x",
    "- item\n- other",
    "a [link](https://x.y) and more",
    "```py\nx = **1",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\nnext",
    "`a` and **b** and _c_ end",
    "\\* no mark",
    "**** ornament",
    "$5 and more",
]


@pytest.mark.parametrize(("text", "shown"), CLOSED)
def test_what_is_half_bold_is_closed(text: str, shown: str) -> None:
    assert steady(text) == shown


@pytest.mark.parametrize(("text", "shown"), HELD)
def test_what_may_become_anything_is_held_back(text: str, shown: str) -> None:
    assert steady(text) == shown


@pytest.mark.parametrize("text", KEPT)
def test_what_is_whole_is_shown(text: str) -> None:
    assert steady(text) == text


def test_a_row_comes_into_its_table_when_it_is_whole() -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    assert steady(table + "\n| 3 |") == table


def test_no_more_than_a_little_is_held_back() -> None:
    text = "| " + "a" * MOST_HELD
    assert steady(text) == text


DOCUMENT = """# A title

Some **bold words** and *others*, a [link to it](https://example.org/a_b), `code **here**`.

- one
  - two **deep**
- [ ] three

| name | count |
|---|--:|
| apples | 12 |
| 日本 | 3 |

> a quote with ||a secret||

```python
print("**no**")
```

The end, ~~really~~."""


@pytest.mark.requirement("S0.12")
def test_no_prefix_of_a_document_flickers() -> None:
    """What a preview shows stays, but for the line that is being written; a table's columns may grow."""
    before = ""
    for end in range(len(DOCUMENT) + 1):
        shown = steady(DOCUMENT[:end])
        if not shown.strip():
            continue
        [part] = telegram(shown)
        done = re.sub("[ -]", "", before.rpartition("\n")[0])
        assert re.sub("[ -]", "", part.text).startswith(done), (DOCUMENT[:end][-40:], part.text)
        assert not any(mark in part.text for mark in ("](", "||", "~~", "| name", "|--"))
        before = part.text


@given(st.text(alphabet="*_`~|[]()!$\\>#-+=. \n\tab1😀", max_size=120))
def test_any_beginning_can_be_shown(text: str) -> None:
    shown = steady(text)
    assert telegram(shown)
    assert discord(shown)
    assert len(shown) <= len(text) + 60
