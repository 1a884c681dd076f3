"""History rows as pydantic-ai messages, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolReturnPart,
    UserPromptPart,
)

from picklebot import clock
from picklebot.agents.quoting import quoted_summary
from picklebot.model.history import HistoryMessage, Role
from picklebot.ports.engine import Turn

_MESSAGE: TypeAdapter[ModelMessage] = TypeAdapter(ModelMessage)

SPOKE_FIRST: Final = "(Nobody had written anything yet; you wrote first.)"
"""Stands before an answer without a question: some providers refuse a conversation that begins with one."""


def read(rows: Iterable[HistoryMessage], summary: str = "") -> list[ModelMessage]:
    """What a model is shown of `rows`, and before them of a summary of what was said earlier.

    An answer whose every row carries a message of ours goes as it was, with its tool calls and their results.
    Any other (another engine's, an older format) goes by its text alone, so that no call is ever without its result.
    """
    messages: list[ModelMessage] = (
        [ModelRequest([UserPromptPart(quoted_summary(summary))])] if summary else []
    )
    for (spoken, _turn), group in groupby(rows, key=lambda row: (row.role is Role.USER, row.turn)):
        stretch = list(group)
        messages += _questions(stretch) if spoken else _answer(stretch)
    if messages and isinstance(messages[0], ModelResponse):
        return [ModelRequest([UserPromptPart(SPOKE_FIRST)]), *messages]
    return messages


def _questions(rows: Iterable[HistoryMessage]) -> Iterator[ModelMessage]:
    for row in rows:
        text = row.payload or row.text
        if text.strip():  # Anthropic refuses blank text.
            yield ModelRequest([UserPromptPart(text, timestamp=row.at)], timestamp=row.at)


def _answer(rows: Sequence[HistoryMessage]) -> list[ModelMessage]:
    try:
        kept = [_MESSAGE.validate_json(row.payload or "") for row in rows]
    except ValidationError:
        kept = []
    if kept and _calls(kept) == _returns(kept):
        return kept
    spoken = (row for row in rows if row.role is Role.ASSISTANT and row.text.strip())
    return [ModelResponse([TextPart(row.text)], timestamp=row.at) for row in spoken]


def _calls(messages: Sequence[ModelMessage]) -> list[str]:
    responses = (message for message in messages if isinstance(message, ModelResponse))
    return sorted(call.tool_call_id for response in responses for call in response.tool_calls)


def _returns(messages: Sequence[ModelMessage]) -> list[str]:
    requests = (message for message in messages if isinstance(message, ModelRequest))
    return sorted(
        part.tool_call_id
        for request in requests
        for part in request.parts
        if isinstance(part, ToolReturnPart)
    )


def write(
    messages: Sequence[ModelMessage],
    turn: Turn,
    aside: Callable[[ModelMessage], HistoryMessage | None] = lambda _: None,
) -> tuple[HistoryMessage, ...]:
    """The rows of a finished turn: one a message, without the question, which its caller has kept already.

    `aside` knows the rows of what the speaker said meanwhile.
    """
    rows = ((message, aside(message)) for message in messages)
    return tuple(row or _row(message, turn) for message, row in rows if row or not _is_question(message))


def _is_question(message: ModelMessage) -> bool:
    return isinstance(message, ModelRequest) and any(
        isinstance(part, UserPromptPart) for part in message.parts
    )


def _row(message: ModelMessage, turn: Turn) -> HistoryMessage:
    if isinstance(message, ModelResponse):
        role, text = Role.ASSISTANT, message.text or ""
    else:
        # The system prompt is the agent's, not the conversation's: each turn states the present one.
        message = replace(message, instructions=None)
        role, text = Role.TOOL, "\n".join(_results(message))
    return HistoryMessage(
        role,
        text,
        at=message.timestamp or clock.now(),
        agent=turn.agent.id,
        turn=turn.job.id,
        payload=_MESSAGE.dump_json(message).decode(),
    )


def _results(request: ModelRequest) -> Iterator[str]:
    for part in request.parts:
        if isinstance(part, ToolReturnPart):
            yield part.model_response_str()
