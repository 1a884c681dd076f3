"""Text counted and checked in UTF-16."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.sandbox.telegram.refusal import BotApiError
from picklebot.sandbox.telegram.text import checked_entities, spoken_entities, trimmed, utf16_length


@given(st.text())
def test_length_is_that_of_the_encoding(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_marks_what_people_write() -> None:
    found = spoken_entities("🥒 /start@pickle_bot @ann see https://example.org a/b me@here")
    assert [(e["type"], e["offset"], e["length"]) for e in found] == [
        ("bot_command", 3, 17),
        ("mention", 21, 4),
        ("url", 30, 19),
    ]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"type": "bold"}, "expected an Array"),
        ([3], "unsupported entity type"),
        ([{"type": "shiny", "offset": 0, "length": 1}], "unsupported entity type"),
        ([{"type": "bold", "offset": -1, "length": 1}], "must be positive"),
        ([{"type": "bold", "offset": 0, "length": 0}], "must be positive"),
        ([{"type": "bold", "offset": 0, "length": 4}], "ends after the end of the text at UTF-16 offset 3"),
        ([{"type": "bold", "offset": 1, "length": 2}], "begins in a middle of a UTF-16 symbol"),
        ([{"type": "bold", "offset": 0, "length": 1}], "ends in a middle of a UTF-16 symbol"),
    ],
)
def test_refuses_bad_entities(raw: object, reason: str) -> None:
    with pytest.raises(BotApiError, match=reason) as refused:
        checked_entities("🥒x", raw)
    assert refused.value.code == 400


@given(st.text(alphabet=" \n🥒ab", max_size=12), st.data())
def test_trimming_keeps_entities_on_their_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    entity = {
        "type": "bold",
        "offset": utf16_length(text[:start]),
        "length": utf16_length(text[start:stop]),
    }
    kept, entities = trimmed(text, [entity])
    assert kept == text.strip()
    units = kept.encode("utf-16-le")
    marked = [units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le") for e in entities]
    inside = text[start:stop]
    assert "".join(marked).strip() == inside.strip()
