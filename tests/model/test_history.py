"""The window on a history."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.model.history import HistoryMessage, Role, window

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rows(roles: str) -> tuple[HistoryMessage, ...]:
    """A history written as letters: u(ser), a(ssistant), t(ool)."""
    names = {"u": Role.USER, "a": Role.ASSISTANT, "t": Role.TOOL}
    return tuple(HistoryMessage(names[letter], f"{letter}{i}", NOW) for i, letter in enumerate(roles))


@pytest.mark.requirement("S0.8")
@given(st.text("uat", max_size=40), st.integers(0, 45))
def test_a_window_begins_with_a_user_or_is_everything(roles: str, limit: int) -> None:
    history = rows(roles)
    seen = window(history, limit)
    assert seen == history[len(history) - len(seen) :]
    assert not seen or seen[0].role is Role.USER or seen == history


@pytest.mark.requirement("S0.8")
def test_a_cut_tool_call_moves_the_window_forward() -> None:
    assert [row.text for row in window(rows("uatua"), 3)] == ["u3", "a4"]


def test_a_window_without_a_user_reaches_back_to_the_one_that_began_it() -> None:
    assert [row.text for row in window(rows("uauatat"), 3)] == ["u2", "a3", "t4", "a5", "t6"]


def test_a_window_within_the_limit_is_everything() -> None:
    assert window(rows("uaua"), 50) == rows("uaua")
    assert window(rows("aua"), 3) == rows("aua")
    assert window(rows("uaua"), 0) == ()
