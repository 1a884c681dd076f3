"""Markdown as rich messages, and as the same messages with entities."""

from collections import Counter
from typing import Any

import pytest
from aiogram.types import InputRichMessage
from hypothesis import given
from hypothesis import strategies as st
from tests.model_outputs import outputs

from picklebot.platforms.telegram.render import LIMIT, Part, render
from picklebot.platforms.telegram.rich.blocks import (
    DEEPEST,
    MOST_BLOCKS,
    MOST_CHARACTERS,
    MOST_COLUMNS,
    Size,
    marked,
    plain_text,
)
from picklebot.platforms.telegram.rich.render import render_richly
from picklebot.platforms.telegram.utf16 import units
from picklebot.replies.markdown.unfinished import steady

NASTY = """# A *title*

1. first
   - [x] done, and `code`
   - [ ] not yet

     more of it
2. second

| what | how *much* | |
|---|--:|:-:|
| <T> | $x^2$ | 3 |
| 1 | 2 | 3 | 4 |
after it

> quoted
> > deeper
> - item

$$E = mc^2$$

---

||hidden **words**|| https://x.y/a_b. [page](https://x.y) [Ann](tg://user?id=5) ![pic](https://x.y/p.png)

```py
print("<b>")
```
"""
PIECES = [
    "# ",
    "- ",
    "1. ",
    "> ",
    "| a | b |\n|---|---|\n",
    "| 1 | 2 | 3 |\n",
    "\n",
    "\n\n",
    "    ",
    "$x$",
    "$$y$$",
]
MORE = [
    "**",
    "_",
    "`",
    "```\n",
    "||",
    "[a](https://b.c)",
    "![p](https://b.c)",
    "<T>",
    "\\(z\\)",
    "- [x] ",
    "w ",
    "😀",
]
markdown = st.lists(st.sampled_from(PIECES + MORE) | st.text(max_size=4), max_size=60).map("".join)


def rich(text: str) -> list[dict[str, Any]]:
    """The blocks of the one message that a text becomes."""
    [part] = render_richly(text)
    return list(part.rich)


def para(text: object) -> dict[str, object]:
    return {"type": "paragraph", "text": text}


def letters(text: str) -> Counter[str]:
    return Counter(character for character in text if character.isalnum())


def kinds(blocks: object) -> set[str]:
    """The types of everything in some blocks."""
    found: set[str] = set()
    waiting = [blocks]
    while waiting:
        match waiting.pop():
            case list() as several:
                waiting += several
            case dict() as node:
                found |= {str(node["type"])} if "type" in node else set()
                waiting += node.values()
            case _:
                pass
    return found


def test_what_has_no_structure_is_no_rich_message() -> None:
    for text in ("hello", "**bold** and `code`\n\n```py\nx\n```\n\n> quote", "5 < 6", ""):
        assert render_richly(text) == render(text)


def test_headings_lists_and_tasks() -> None:
    assert rich("## Title\n3. one\n   - [x] **done**\n   - [ ] open\n4. two\n   - deep") == [
        {"type": "heading", "text": "Title", "size": 2},
        {
            "type": "list",
            "items": [
                {
                    "blocks": [
                        para("one"),
                        {
                            "type": "list",
                            "items": [
                                {
                                    "blocks": [para({"type": "bold", "text": "done"})],
                                    "has_checkbox": True,
                                    "is_checked": True,
                                },
                                {"blocks": [para("open")], "has_checkbox": True},
                            ],
                        },
                    ],
                    "value": 3,
                    "type": "1",
                },
                {
                    "blocks": [para("two"), {"type": "list", "items": [{"blocks": [para("deep")]}]}],
                    "value": 4,
                    "type": "1",
                },
            ],
        },
    ]


def test_a_table_keeps_cells_that_its_head_has_not() -> None:
    [table, after] = rich("| a | b |\n|:-:|--:|\n| 1 | 2 | **3** |\nafter")
    assert after == para("after")
    assert [[cell["text"] for cell in row] for row in table["cells"]] == [
        ["a", "b", ""],
        ["1", "2", {"type": "bold", "text": "3"}],
    ]
    assert [cell["align"] for cell in table["cells"][1]] == ["center", "right", "left"]
    assert [cell.get("is_header") for cell in table["cells"][0]] == [True] * 3


def test_formulas_in_a_line_and_on_their_own() -> None:
    formula = {"type": "mathematical_expression", "expression": "x^2"}
    assert rich("so $x^2$ is") == [para(["so ", formula, " is"])]
    assert rich("so \\(x^2\\) is") == [para(["so ", formula, " is"])]
    assert rich("first $$x^2$$ then") == [para("first "), formula, para(" then")]
    assert rich("\\[\nx^2\n\\]") == [formula]
    assert rich("```math\nx^2\n```") == [formula]
    assert rich("# about $$x^2$$") == [{"type": "heading", "text": ["about ", formula], "size": 1}]
    assert render_richly("it costs $5 or $6") == render("it costs $5 or $6")


def test_a_model_can_neither_ping_people_nor_make_telegram_fetch_something() -> None:
    shown = rich("# x\n[Ann](tg://user?id=5) [x](javascript:a) ![e](tg://emoji?id=5368324170671202286)")
    assert kinds(shown) == {"heading", "paragraph"}
    shown = rich("# x\n![a pic](https://x.y/p.png)")
    assert shown[1] == para({"type": "url", "text": "🖼 a pic", "url": "https://x.y/p.png"})


def test_links_hidden_words_and_angle_brackets() -> None:
    shown = rich("# x\nsee https://x.y/a_b. ||not **this**|| but <T> `a<b` || or")
    assert shown[1]["text"] == [
        "see ",
        {"type": "url", "text": "https://x.y/a_b", "url": "https://x.y/a_b"},
        ". ",
        {"type": "spoiler", "text": ["not ", {"type": "bold", "text": "this"}]},
        " but <T> ",
        {"type": "code", "text": "a<b"},
        " || or",
    ]


def test_a_repeat_is_marked_in_both_forms() -> None:
    [part] = render_richly("- a")
    again = part.repeated()
    assert again.text == "↻ • a"
    assert again.rich == (para("↻"), *part.rich)
    assert marked([{"type": "heading", "text": "x", "size": 1}], "↻ ")[0]["text"] == ["↻ ", "x"]


def test_a_long_list_goes_on_with_its_numbers_and_a_long_table_with_its_head() -> None:
    parts = render_richly("# Steps\n" + "\n".join(f"{n}. step {n} " + "word " * 20 for n in range(1, 120)))
    assert len(parts) > 2
    numbers = [item["value"] for part in parts for item in part.rich[-1]["items"]]
    assert numbers == list(range(1, 120))
    rows = "\n".join(f"| {n} | {'word ' * 9} |" for n in range(200))
    parts = render_richly(f"| n | what |\n|---|---|\n{rows}")
    assert all(part.rich[0]["cells"][0][0]["text"] == "n" for part in parts)
    shown = [row[0]["text"] for part in parts for row in part.rich[0]["cells"][1:]]
    assert shown == [str(n) for n in range(200)]


@pytest.mark.parametrize(
    "text",
    [
        "# x\n" + "- a\n" * 700,
        "# x\n\n" + "> " * 40 + "deep",
        "# x\n" + "".join("  " * n + "- a\n" for n in range(30)),
        "# x\n"
        + "|".join("abcdefghijklmnopqrstuvwxyz")
        + "\n"
        + "|".join("-" * 26)
        + "\n"
        + "|".join("1" * 26),
        "# x\n" + "word " * 3_000,
        "# x\n```\n" + "line\n" * 2_000 + "```",
        "# x\n> | a | b |\n> |---|---|\n> | 1 | 2 | 3 |",
    ],
    ids=["many", "quotes", "nested", "wide", "long", "code", "more cells"],
)
def test_what_is_too_much_for_a_rich_message_is_said_all_the_same(text: str) -> None:
    parts = render_richly(text)
    check(parts)
    assert sum((letters(part.text) for part in parts), Counter()) >= letters(text)
    assert parts[0].rich


def test_an_early_cut_stays_while_a_text_grows() -> None:
    text = "# Title\n\n" + "".join(f"{n}. point number {n}, and so on.\n" for n in range(400))
    early = render_richly(text[:9_000])
    assert render_richly(text)[: len(early) - 1] == early[:-1]


def test_of_a_half_written_text_no_markup_is_seen() -> None:
    for end in range(len(NASTY)):
        for part in render_richly(steady(NASTY[:end])) if steady(NASTY[:end]).strip() else []:
            for mark in ("**", "||", "```", "|--", "$$"):
                assert mark not in plain_text(list(part.rich)), NASTY[:end]


def test_aiogram_knows_all_that_is_said() -> None:
    for text in (NASTY, *outputs(150, seed=5)):
        for part in render_richly(text):
            InputRichMessage.model_validate({"blocks": list(part.rich) or None})


def test_a_text_that_says_nothing_is_a_sentence() -> None:
    for text in ("", "# ", "- ", "||||", "[a]: https://b.c"):
        assert render_richly(text)[0].text.strip()


def check(parts: list[Part], limit: int = LIMIT) -> None:
    """What holds of all messages."""
    assert parts
    for part in parts:
        assert part.text.strip()
        assert len(units(part.text)) <= max(limit, 40)
        size = Size.of(part.rich)
        assert size.characters <= MOST_CHARACTERS
        assert size.blocks <= MOST_BLOCKS
        assert size.depth <= DEEPEST
        assert size.columns <= MOST_COLUMNS
        if part.rich and not kinds(list(part.rich)) & {"table", "mathematical_expression", "divider"}:
            said = letters(part.text)
            said.subtract(letters(plain_text(list(part.rich))))
            # Entities show the number of an item as a word.
            assert not {letter for letter, missing in said.items() if missing and not letter.isdigit()}, part


@given(markdown, st.sampled_from([64, LIMIT]))
def test_any_text_becomes_messages_that_say_the_same_in_both_forms(text: str, limit: int) -> None:
    check(render_richly(text, limit), limit)
