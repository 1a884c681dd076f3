"""The hub and its mailboxes."""

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.model.events import Failed, Final, ReplyEvent, TextDelta, ToolFinished, ToolStarted
from picklebot.platforms.web.hub import ReplyHub
from picklebot.platforms.web.subscription import LIMIT, Begun, HubEvent, Subscription

CALL = ToolStarted("1", "clock", "looking at the clock")


async def read(subscription: Subscription, count: int) -> list[Begun | ReplyEvent]:
    with anyio.fail_after(5):
        return [(await subscription.receive()).event for _ in range(count)]


async def test_a_reply_reaches_those_who_look_at_its_chat() -> None:
    hub = ReplyHub()
    with hub.subscribe("a") as mine, hub.subscribe("b") as other, hub.reply("a", "p", "m") as publish:
        publish(TextDelta("hi"))
        publish(Final("hi"))
        assert await mine.receive() == HubEvent("p", "m", Begun())
        assert await read(mine, 2) == [TextDelta("hi"), Final("hi")]
        assert await other.receive_within(0) is None


async def test_only_the_reply_to_one_message_may_be_asked_for() -> None:
    hub = ReplyHub()
    with hub.subscribe("a", only_reply_to="m2") as mine:
        for message in ("m1", "m2", "m3"):
            with hub.reply("a", f"p{message}", message) as publish:
                publish(Final(message))
        assert await read(mine, 2) == [Begun(), Final("m2")]
        assert await mine.receive_within(0) is None


async def test_who_comes_later_gets_what_was_missed() -> None:
    hub = ReplyHub()
    with hub.reply("a", "p", "m") as publish:
        publish(TextDelta("one "))
        publish(ToolStarted("0", "x", "x"))
        publish(ToolFinished("0", "x", ok=True))
        publish(TextDelta("two"))
        publish(CALL)
        with hub.subscribe("a") as late:
            publish(TextDelta(" three"))
            assert await read(late, 4) == [Begun(), TextDelta("one two"), CALL, TextDelta(" three")]
    with hub.subscribe("a") as too_late:
        assert await too_late.receive_within(0) is None


async def test_nothing_is_kept_when_all_is_over() -> None:
    hub = ReplyHub()
    with hub.subscribe("a"), hub.reply("a", "p", None) as publish:
        publish(Failed("x", "y"))
    assert (hub._readers, hub._live) == ({}, {})


async def test_closing_ends_every_reader_and_each_who_still_comes() -> None:
    hub = ReplyHub()
    with hub.subscribe("a") as before, hub.reply("a", "p", None) as publish:
        publish(Final("last words"))
        hub.close()
        assert [item.event async for item in before] == [Begun(), Final("last words")]
        with hub.subscribe("a") as after:
            assert [item async for item in after] == []
            with pytest.raises(anyio.EndOfStream):
                await after.receive_within(1)


async def test_a_waiting_reader_is_woken() -> None:
    hub = ReplyHub()
    found: list[HubEvent] = []
    with anyio.fail_after(5), hub.subscribe("a") as mine:
        async with anyio.create_task_group() as group:

            async def wait() -> None:
                found.append(await mine.receive())

            group.start_soon(wait)
            await anyio.wait_all_tasks_blocked()
            with hub.reply("a", "p", None):
                pass
    assert found == [HubEvent("p", None, Begun())]


def drain(subscription: Subscription) -> list[HubEvent]:
    return list(subscription._events)


@given(st.lists(st.text(max_size=5), max_size=50))
def test_a_slow_reader_misses_no_text(texts: list[str]) -> None:
    hub = ReplyHub()
    with hub.subscribe("a") as slow, hub.reply("a", "p", None) as publish:
        for text in texts:
            publish(TextDelta(text))
        publish(Final("".join(texts)))
        waiting = drain(slow)
    assert len(waiting) <= 3
    assert "".join(item.event.text for item in waiting if isinstance(item.event, TextDelta)) == "".join(texts)


@given(st.integers(1, 3 * LIMIT))
def test_a_slow_reader_is_bounded_and_gets_the_final(tools: int) -> None:
    hub = ReplyHub()
    with hub.subscribe("a") as slow, hub.reply("a", "p", None) as publish:
        for number in range(tools):
            publish(ToolStarted(str(number), "x", "x"))
        publish(Final("done"))
        waiting = drain(slow)
    assert len(waiting) <= LIMIT
    assert waiting[-1].event == Final("done")


async def test_a_reader_too_slow_for_finals_is_ended() -> None:
    hub = ReplyHub()
    with hub.subscribe("a") as slow:
        for number in range(LIMIT + 1):
            with hub.reply("a", str(number), None) as publish:
                publish(Final("done"))
        assert len([item async for item in slow]) == LIMIT + 1
