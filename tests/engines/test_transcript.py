"""History rows as a model's messages, and back."""

import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tests.engines.turns import AT, assistant, make_turn, user

from picklebot.agents.quoting import quoted_summary
from picklebot.engines.llm.transcript import SPOKE_FIRST, read, write
from picklebot.model.history import HistoryMessage, Role, window


def turn_with_tool(number: int) -> list[ModelMessage]:
    call = f"call-{number}"
    return [
        ModelRequest([UserPromptPart("what time is it?")], instructions="Be a pickle."),
        ModelResponse([TextPart("Let me look."), ToolCallPart("clock", {}, call)], timestamp=AT),
        ModelRequest(
            [ToolReturnPart("clock", "noon", call, timestamp=AT)], instructions="Be a pickle.", timestamp=AT
        ),
        ModelResponse([TextPart("It is noon.")], timestamp=AT + timedelta(seconds=2)),
    ]


def test_a_turn_becomes_a_row_for_each_message_but_the_speakers() -> None:
    rows = write(turn_with_tool(1), make_turn())
    assert [(row.role, row.text) for row in rows] == [
        (Role.ASSISTANT, "Let me look."),
        (Role.TOOL, "noon"),
        (Role.ASSISTANT, "It is noon."),
    ]
    assert rows[0].at == AT
    assert all("Be a pickle." not in (row.payload or "") for row in rows)


def test_rows_become_the_messages_they_were() -> None:
    rows = (user("what time is it?"), *write(turn_with_tool(1), make_turn()))
    question, *told = read(rows)
    assert isinstance(question, ModelRequest)
    assert [part.content for part in question.parts if isinstance(part, UserPromptPart)] == [
        "what time is it?"
    ]
    assert [message.parts for message in told] == [message.parts for message in turn_with_tool(1)[1:]]


def test_a_summary_comes_first_as_a_quote_that_nobody_has_to_answer() -> None:
    post = assistant("good morning")
    summary, said = read((post,), "We spoke of dill.")
    assert isinstance(summary, ModelRequest)
    (part,) = summary.parts
    assert isinstance(part, UserPromptPart)
    assert part.content == quoted_summary("We spoke of dill.")
    assert isinstance(said, ModelResponse)
    assert isinstance(read((), "We spoke of dill.")[0], ModelRequest)


def test_a_call_whose_result_cannot_be_read_is_told_by_text() -> None:
    call, result, end = write(turn_with_tool(1), make_turn())
    broken = HistoryMessage(Role.TOOL, result.text, AT, payload=json.dumps({"kind": "?"}))
    for rows in ([call, broken, end], [call, end], [result, end]):
        told = read([user("hi"), *rows])
        assert not any(
            isinstance(part, ToolCallPart | ToolReturnPart) for message in told for part in message.parts
        )
        assert told[-1].parts == [TextPart("It is noon.")]


ROWS = st.lists(
    st.one_of(
        st.just([user("hi")]),
        st.just([user("")]),
        st.just([assistant("hello")]),
        st.just([assistant("", payload="{")]),
        st.just([HistoryMessage(Role.TOOL, "orphan", AT)]),
        st.integers(0, 99).map(lambda number: [user("time?"), *write(turn_with_tool(number), make_turn())]),
        st.integers(0, 99).map(lambda number: [write(turn_with_tool(number), make_turn())[1]]),
    ),
    max_size=8,
).map(lambda groups: tuple(row for group in groups for row in group))


@given(ROWS, st.integers(0, 12))
def test_whatever_the_window_no_call_is_without_its_result(
    rows: tuple[HistoryMessage, ...], limit: int
) -> None:
    open_calls: list[str] = []
    for message in read(window(rows, limit)):
        for part in message.parts:
            if isinstance(part, ToolCallPart):
                open_calls.append(part.tool_call_id)
            elif isinstance(part, ToolReturnPart):
                open_calls.remove(part.tool_call_id)
    assert open_calls == []


def test_what_was_posted_after_an_answer_leaves_its_tool_calls_alone() -> None:
    answer = write(turn_with_tool(1), make_turn())
    post = replace(assistant("By the way: it rains."), turn="p1")
    messages = read([user("hi"), *answer, post])
    assert messages[:-1] == read([user("hi"), *answer])
    assert messages[-1].parts == [TextPart("By the way: it rains.")]


def test_a_conversation_that_the_agent_began_begins_with_a_note() -> None:
    first, post = read([assistant("Good morning!")])
    assert [part.content for part in first.parts if isinstance(part, UserPromptPart)] == [SPOKE_FIRST]
    assert post.parts == [TextPart("Good morning!")]
