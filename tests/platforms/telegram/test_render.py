"""Markdown as messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.model import words
from picklebot.platforms.telegram.render import LIMIT, MOST_ENTITIES, Entity, Part, render
from picklebot.platforms.telegram.utf16 import sound, units, whole

DEMO = 'You said: hello (2 < 3). This is message 2 of our conversation, which began with "hello".'
PIECES = [
    "*",
    "**",
    "_",
    "`",
    "```",
    "```py\n",
    "~~",
    "||",
    "[a](b)",
    "[x](http://y.z)",
    "# ",
    "> ",
    "- ",
    "1. ",
]
MORE = [
    "|",
    "---\n",
    "<b>",
    "</b>",
    "<",
    "\\",
    "$x$",
    "\n",
    "\n\n",
    " ",
    "    ",
    "word",
    "😀",
    "\ufdd0",
    "&lt;",
    "\t",
]
markdown = st.lists(st.sampled_from(PIECES + MORE) | st.text(max_size=5), max_size=60).map("".join)


def kinds(part: Part) -> list[tuple[str, str]]:
    counted = units(part.text)
    return [
        (entity["type"], whole(counted[entity["offset"] : entity["offset"] + entity["length"]]))
        for entity in part.entities
    ]


def check_entity(entity: Entity, counted: str) -> None:
    start, end = entity["offset"], entity["offset"] + entity["length"]
    assert 0 <= start < end <= len(counted)
    assert not "\udc00" <= counted[start] <= "\udfff"
    assert end == len(counted) or not "\udc00" <= counted[end] <= "\udfff"


@pytest.mark.parametrize(
    "text", [DEMO, "one\n\n\n\ntwo", "  1. first\n  2. second", "a <b> c", "привет 😀", "2.5 + 3!"]
)
def test_a_text_without_markup_comes_out_as_it_went_in(text: str) -> None:
    assert render(text) == [Part(text)]


def test_markup_becomes_entities() -> None:
    [part] = render("# Title\n\n**bold** _it_ ~~no~~ `code` [link](https://a.b/c)\n\n- one\n- two")
    assert part.text == "Title\n\nbold it no code link\n\n• one\n• two"
    assert kinds(part) == [
        ("underline", "Title"),
        ("bold", "Title"),
        ("bold", "bold"),
        ("italic", "it"),
        ("strikethrough", "no"),
        ("code", "code"),
        ("text_link", "link"),
    ]


def test_angle_brackets_survive_inside_and_outside_of_code() -> None:
    [part] = render("**if** a<b: `List<int>`\n```\n<p>\n```\n<script>")
    assert part.text == "if a<b: List<int>\n<p>\n<script>"


def test_a_model_can_neither_ping_people_nor_link_to_anything_but_web_pages() -> None:
    [part] = render("[Ann](tg://user?id=5) [x](javascript:alert) ![e](tg://emoji?id=5368324170671202286)")
    assert part.entities == ()


def test_a_long_text_is_cut_after_lines_and_code_goes_on_as_code() -> None:
    lines = "\n".join(f"line {number}" for number in range(900))
    first, *rest = render(f"```py\n{lines}\n```")
    assert first.text.endswith(tuple("0123456789"))
    assert rest[0].text.startswith("line ")
    assert [kind for part in [first, *rest] for kind, _ in kinds(part)] == ["pre"] * (1 + len(rest))
    assert all(part.entities[0]["language"] == "py" for part in [first, *rest])


def test_a_long_line_is_cut_after_words_and_a_long_word_between_characters() -> None:
    assert all(len(part.text.split()[-1]) == 4 for part in render("word " * 2000))
    assert [len(part.text) for part in render("😀" * 3000)] == [LIMIT // 2, 3000 - LIMIT // 2]


@given(st.integers(1, 40))
def test_a_growing_text_keeps_its_earlier_cuts(steps: int) -> None:
    text = "".join(f"sentence number {number}, and so on.\n" for number in range(400))
    shorter = render(text[: LIMIT + 100 * steps])
    assert render(text)[: len(shorter) - 1] == shorter[:-1]


@pytest.mark.parametrize("text", ["", " \n\t", "\0", "\u200b", "\u2800"])
def test_nothing_to_show_becomes_a_sentence(text: str) -> None:
    assert render(text) == [Part(words.EMPTY_ANSWER)]


@pytest.mark.parametrize("text", ["```\n```", "<!-- -->", "---", "# ", "[](x)"])
def test_markup_around_nothing_is_shown_as_it_is_written(text: str) -> None:
    assert render(text)[0].text.strip()


def test_a_repeat_is_marked_and_fits() -> None:
    part = render("**" + "a" * LIMIT + "**")[0].repeated()
    assert part.text.startswith("↻ a")
    assert part.entities == ({"type": "bold", "offset": 2, "length": LIMIT},)
    assert len(units(part.text)) == 4096


@given(markdown, st.sampled_from([7, 64, LIMIT]))
def test_any_text_becomes_messages_that_telegram_takes(text: str, limit: int) -> None:
    parts = render(text, limit)
    assert parts
    for part in parts:
        counted = units(part.text)
        assert part.text.strip()
        assert len(counted) <= limit or part.text == words.EMPTY_ANSWER
        assert part.text == sound(part.text)
        for entity in part.entities:
            check_entity(entity, counted)


@given(st.text(alphabet=st.characters(codec=None, categories=None), max_size=50))
def test_units_are_undone_by_whole(text: str) -> None:
    clean = sound(text)
    assert whole(units(clean)) == clean
    assert len(units(clean)) == len(clean.encode("utf-16-le")) // 2


def test_a_text_that_the_library_stumbles_over_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("picklebot.platforms.telegram.render.convert", stumble)
    assert render("**bold** words") == [Part("**bold** words")]


def test_a_link_is_not_cut_nor_is_an_emoji() -> None:
    first, second = render("a" * 40 + " [two words](https://x.y) end", 46)
    assert (first.text, second.text) == ("a" * 40, "two words end")
    assert {len(part.text) % 5 for part in render("👩‍👩‍👧" * 40, 47)} == {0}


@given(st.text(alphabet="a😀日 \n", max_size=200), st.sampled_from([7, 8, 9]))
def test_no_cut_breaks_a_character(text: str, limit: int) -> None:
    shown = "".join(part.text for part in render(text, limit))
    assert text.split() == [] or sorted("".join(text.split())) == sorted("".join(shown.split()))


def test_a_quote_within_a_quote_is_part_of_it() -> None:
    [part] = render("> one\n> > two")
    assert kinds(part) == [("blockquote", "one\ntwo")]


def test_what_only_decorates_goes_first_when_there_is_too_much() -> None:
    [part] = render(" ".join(["**b** `c`"] * 60) + " [link](https://x.y)")
    assert len(part.entities) == MOST_ENTITIES
    assert [kind for kind, _ in kinds(part)].count("code") == 60
    assert kinds(part)[-1] == ("text_link", "link")


def test_an_address_keeps_its_underscores_and_an_or_hides_nothing() -> None:
    [part] = render("https://x.y/_a_b_ and `x` || y || z")
    assert part.text == "https://x.y/_a_b_ and x || y || z"
    assert kinds(part) == [("code", "x")]


def test_a_language_that_is_none_is_left_out() -> None:
    [part] = render("```some words\nx\n```")
    assert "language" not in part.entities[0]
