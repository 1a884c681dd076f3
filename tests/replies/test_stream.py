"""The stream between a turn and its frontend."""

import anyio
import pytest

from picklebot.model.events import Failed, Final, ReplyEvent, TextDelta, ToolStarted
from picklebot.replies.stream import ReplyAbandonedError, ReplyStream


async def read_all(stream: ReplyStream) -> list[ReplyEvent]:
    with anyio.fail_after(5):
        return [event async for event in stream]


async def test_text_that_nobody_took_yet_becomes_one_delta() -> None:
    stream = ReplyStream()
    for letter in "pickle":
        stream.push(TextDelta(letter))
    stream.push(ToolStarted("1", "clock", "looking at the clock"))
    stream.push(TextDelta("!"))
    stream.push(Final("pickle!"))
    assert await read_all(stream) == [
        TextDelta("pickle"),
        ToolStarted("1", "clock", "looking at the clock"),
        TextDelta("!"),
        Final("pickle!"),
    ]


async def test_a_reader_is_woken_and_a_cancelled_wait_loses_nothing() -> None:
    stream = ReplyStream()
    with anyio.move_on_after(0.01):
        await anext(stream)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read_all, stream)
        await anyio.wait_all_tasks_blocked()
        stream.push(Failed("x", "sorry"))
    assert await stream.result() == Failed("x", "sorry")


async def test_an_abandoned_stream_says_so_to_everybody() -> None:
    stream = ReplyStream()
    stream.abandon()
    with pytest.raises(ReplyAbandonedError):
        await anext(stream)
    with pytest.raises(ReplyAbandonedError):
        await stream.result()


async def test_a_result_cannot_be_abandoned() -> None:
    stream = ReplyStream.of(Final("done"))
    stream.abandon()
    assert await stream.result() == Final("done")
    assert await read_all(stream) == [Final("done")]
