"""The tool registry and its tools."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from picklebot.agents.tools import CLOCK, ToolError, clock, known_tools, offered_tools, post_message
from picklebot.errors import NotFoundError
from picklebot.model.session import ToolKind
from picklebot.testing.posting import RecordingPoster


def told(line: str, zone: str) -> datetime:
    """The wall clock that `line` shows, taken for UTC."""
    return datetime.strptime(line, f"%A, %Y-%m-%d %H:%M:%S {zone}").replace(tzinfo=UTC)


def test_an_agent_may_list_these() -> None:
    assert known_tools() == {"clock", "post_message", "write_file", "list_files", "read_file"}


def test_only_listed_tools_of_allowed_kinds_are_offered() -> None:
    assert offered_tools([CLOCK], ["clock", "clock"], {ToolKind.LOOK}) == (CLOCK,)
    assert offered_tools([CLOCK], [], set(ToolKind)) == ()
    assert offered_tools([CLOCK], ["clock"], {ToolKind.ACT, ToolKind.POST}) == ()
    assert offered_tools([CLOCK], ["gone"], set(ToolKind)) == ()


def test_what_looks_may_be_repeated_and_what_acts_only_when_it_says_so() -> None:
    assert CLOCK.repeatable
    assert not replace(CLOCK, kind=ToolKind.ACT).repeatable
    assert not replace(CLOCK, kind=ToolKind.POST).repeatable
    assert replace(CLOCK, kind=ToolKind.ACT, idempotent=True).repeatable


async def test_the_clock_tells_utc() -> None:
    assert abs(datetime.now(UTC) - told(await clock(), "UTC")) < timedelta(seconds=5)


async def test_the_clock_tells_a_zone_beside_utc() -> None:
    utc, there = (await clock("Asia/Kathmandu")).splitlines()
    moment, local = told(utc, "UTC"), told(there, "Asia/Kathmandu")
    assert local - moment == timedelta(hours=5, minutes=45)


@pytest.mark.parametrize(
    "zone", ["Nowhere/Town", "../../etc/passwd", "/etc/passwd", "Europe", "a\0b", "x" * 5000]
)
async def test_a_bad_zone_is_an_error_that_a_model_can_read(zone: str) -> None:
    with pytest.raises(ToolError, match="Europe/Berlin") as caught:
        await clock(zone)
    assert len(str(caught.value)) < 200


@pytest.mark.requirement("S0.9")
async def test_a_tool_of_jobs_posts_to_the_default_chat_or_to_a_session() -> None:
    poster = RecordingPoster()
    tool = post_message(poster)
    assert tool.kind is ToolKind.POST
    assert not tool.repeatable
    assert await tool.function("done") == "Posted to memory, chat 1."
    await tool.function("done", "s1")
    assert poster.posts == [("done", None, None), ("done", None, "s1")]


async def test_a_post_that_cannot_be_is_an_error_that_a_model_can_read() -> None:
    poster = RecordingPoster()
    poster.troubles.append(NotFoundError("there is no session s1"))
    with pytest.raises(ToolError, match="there is no session s1"):
        await post_message(poster).function("done", "s1")
