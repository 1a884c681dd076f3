"""What was said in a session, as engines read it and stores keep it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """Who speaks in a history row. A summary is nobody's words: it stands for what came before it."""

    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class HistoryMessage:
    """One row of a history.

    `text` is what a person would read. `payload` is the engine's own JSON of the message (tool calls and
    their results included); an engine that does not know it goes by `text`. A user's payload is plain text: the whole
    question as models read it, where that is more than its words. `turn` is the id of the job that
    wrote the row, `agent` who answered. The last row of a turn carries what the whole turn cost in tokens.
    `files` are the paths of those that came with an answer, in the folder of its session. `through` is the number of
    the last row that a summary sums up.
    """

    role: Role
    text: str
    at: datetime
    agent: str = ""
    turn: str = ""
    payload: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    through: int = 0
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """A window on a session's history, oldest first, with two facts about the whole of it.

    `user_total` counts all user messages of the session and `first_text` is the first of them, the current
    turn's included; a retried message counts once. `summary` stands for what was said before `/compact`, of which
    nothing is in the window; empty where nobody said that.
    """

    messages: tuple[HistoryMessage, ...]
    user_total: int
    first_text: str
    summary: str = ""


def window(messages: tuple[HistoryMessage, ...], limit: int) -> tuple[HistoryMessage, ...]:
    """The last `limit` messages, shortened so that they begin with a user's message; or all, where they fit.

    So a window never starts on a tool result whose call was cut off. When the last `limit` messages hold no
    user message, it reaches back to the one that began them. What the agent said first is there as long as all is.
    """
    if limit <= 0:
        return ()
    if len(messages) <= limit:
        return messages
    start = len(messages) - limit
    for index in range(start, len(messages)):
        if messages[index].role is Role.USER:
            return messages[index:]
    for index in range(start - 1, -1, -1):
        if messages[index].role is Role.USER:
            return messages[index:]
    return ()
