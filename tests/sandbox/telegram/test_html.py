"""Telegram's HTML."""

import html
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.sandbox.telegram.html import parse_html
from picklebot.sandbox.telegram.refusal import BotApiError


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain &amp; &lt;b&gt; &#33;&#x21; &nbsp;", "plain & <b> !! &nbsp;", []),
        ("<b>a<i>🥒</i></b>", "a🥒", [("bold", 0, 3), ("italic", 1, 2)]),
        ("<STRONG >a</STRONG>", "a", [("bold", 0, 1)]),
        ("<b></b>x", "x", []),
        ('<span class="tg-spoiler">s</span>', "s", [("spoiler", 0, 1)]),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ("<a>no address</a>", "no address", []),
        ("a &", "a &", []),
    ],
)
def test_reads(source: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    plain, found = parse_html(source)
    assert plain == text
    assert [(e["type"], e["offset"], e["length"]) for e in found] == entities


def test_keeps_what_a_tag_says() -> None:
    _, found = parse_html('<a href="https://e.org/?a=1&amp;b">l</a><tg-emoji emoji-id="7">🙂</tg-emoji>')
    assert found[0]["url"] == "https://e.org/?a=1&b"
    assert found[1]["custom_emoji_id"] == "7"


def test_code_block_takes_its_language() -> None:
    _, found = parse_html(
        '<pre><code class="language-python">x</code></pre> <code class="language-c">y</code>'
    )
    assert found == [
        {"type": "pre", "offset": 0, "length": 1, "language": "python"},
        {"type": "code", "offset": 2, "length": 1},
    ]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("é<script>x</script>", 'Unsupported start tag "script" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<b>open", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<b", 'Unsupported start tag "b" at byte offset 0'),
    ],
)
def test_refuses(source: str, reason: str) -> None:
    with pytest.raises(BotApiError) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {reason}"


@given(st.text())
def test_escaped_text_comes_back(text: str) -> None:
    assert parse_html(html.escape(text)) == (text, [])


@given(st.text(alphabet='<>/&;abi ="#x1', max_size=40))
def test_any_input_is_read_or_refused(source: str) -> None:
    plain, found = "", []
    with suppress(BotApiError):
        plain, found = parse_html(source)
    assert all(0 <= e["offset"] < e["offset"] + e["length"] <= len(plain) for e in found)
