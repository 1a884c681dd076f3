"""What a model is told that is to sum a conversation up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.storage.samples import NOON

from picklebot.agents.quoting import SUMMARY, quoted_summary
from picklebot.agents.summary import LONGEST_RESULT, LONGEST_WISH, request, spoken
from picklebot.model.history import History, HistoryMessage, Role


def row(role: Role, text: str, payload: str | None = None) -> HistoryMessage:
    return HistoryMessage(role, text, NOON, payload=payload)


ROWS = (
    row(Role.USER, "what is this?", "what is this?\n[a photo]"),
    row(Role.ASSISTANT, "", '{"a": "call"}'),
    row(Role.TOOL, "x" * (LONGEST_RESULT + 1)),
    row(Role.ASSISTANT, "A pickle.\nGreen."),
)


def test_all_that_was_said_is_quoted_with_what_came_before_and_what_is_to_be_kept() -> None:
    asked = request(History(ROWS, 9, "hi", "We spoke of dill."), "  the\nphoto ")
    assert asked.split("\n\n")[1:] == [
        "What was said before is known from an earlier summary alone:\n> We spoke of dill.",
        "User, 2026-05-04 12:00:\n> what is this?\n> [a photo]",
        f"A tool, 2026-05-04 12:00:\n> {'x' * LONGEST_RESULT}",
        "Assistant, 2026-05-04 12:00:\n> A pickle.\n> Green.",
        "The user asks that the summary keeps this: the photo",
    ]
    assert spoken(ROWS) == 2


def test_without_a_wish_and_an_earlier_summary_there_is_only_the_conversation() -> None:
    asked = request(History(ROWS[:1], 1, "hi"), " ")
    assert asked.split("\n\n") == [
        "Sum up this conversation, which is quoted by line.",
        "User, 2026-05-04 12:00:\n> what is this?\n> [a photo]",
    ]


@given(text=st.text(), wish=st.text())
def test_no_text_passes_for_more_than_a_quote(text: str, wish: str) -> None:
    rows = (row(Role.USER, text), row(Role.ASSISTANT, text))
    asked = request(History(rows, 1, text, text), "")
    ours = [line for line in asked.split("\n") if line and not line.startswith("> ")]
    assert all(line.endswith((".", ":")) and "\r" not in line for line in ours)
    assert len(ours) <= 4
    assert len(request(History((), 1, ""), wish).split("\n\n")) <= 2
    assert len(request(History((), 1, ""), wish)) <= LONGEST_WISH + 200


@given(text=st.text())
def test_a_summary_is_given_to_a_model_as_a_quote(text: str) -> None:
    first, *others = quoted_summary(text).split("\n")
    assert first == SUMMARY
    assert others
    assert all(line.startswith("> ") for line in others)
