"""Session ids and policies."""

import pytest

from picklebot.model.session import SessionMode, ToolKind, is_session_id, policy_of


@pytest.mark.parametrize("text", ["a", "0d1f6c0e-1", "A_b-9", "x" * 64])
def test_good_ids(text: str) -> None:
    assert is_session_id(text)


@pytest.mark.parametrize("text", ["", "../x", "a/b", "a.b", "x" * 65, "a\n", "ä", "a b", "%2e"])
def test_bad_ids(text: str) -> None:
    assert not is_session_id(text)


@pytest.mark.requirement("S0.8")
def test_the_modes_differ_by_window_tools_and_deadline() -> None:
    chat = policy_of(SessionMode.CHAT, chat_window=50, job_window=500, deadline=600)
    job = policy_of(SessionMode.JOB, chat_window=50, job_window=500, deadline=600)
    assert (chat.history_window, job.history_window) == (50, 500)
    assert job.tools - chat.tools == {ToolKind.POST}
    assert job.deadline > chat.deadline
    with pytest.raises(AttributeError):
        chat.history_window = 1  # pyright: ignore[reportAttributeAccessIssue]
