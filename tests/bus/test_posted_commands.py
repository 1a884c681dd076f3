"""Commands that come from a terminal, for who its session belongs to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.bus.chat import Chat
from tests.memory_road import Road, message, open_road

from picklebot.errors import ConflictError, UsedUpError
from picklebot.model import words
from picklebot.model.choice import Said
from picklebot.model.message import Command
from picklebot.model.quota import Quota
from picklebot.ports.platform import Receipt
from picklebot.testing.rules import FixedRules


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Road]:
    async with open_road(tmp_path / "road.db", rules=FixedRules(most=Quota(messages=3))) as road:
        yield road


async def session_of(road: Road, user: str) -> str:
    return (await road.bindings())[user].session_id


async def post(road: Road, session_id: str, name: str, args: str = "") -> Receipt | Said:
    text = f"/{name} {args}".strip()
    return await road.bus.post(session_id, message(text, user="program", command=Command(name, args)))


async def test_a_command_is_said_by_who_the_session_belongs_to(road: Road) -> None:
    await Chat(road, "ann").ask("hello")
    await Chat(road, "ben").ask("hello, too")
    ann = await session_of(road, "ann")
    titled = await post(road, ann, "title", "Green things")
    assert titled == Said(words.TITLED.format(title="Green things"))
    assert await post(road, ann, "new") == Said(words.NEW_SESSION)
    assert await session_of(road, "ann") != ann
    assert "hello, too" in await Chat(road, "ben").tell("sessions")


async def test_what_it_is_told_goes_to_no_chat(road: Road) -> None:
    await Chat(road, "ann").ask("hello")
    await post(road, await session_of(road, "ann"), "whoami")
    assert await Chat(road, "ann").tell("title") != ""
    assert len(road.frontend.shown) == 2


async def test_a_command_that_asks_the_agent_is_a_message(road: Road) -> None:
    await Chat(road, "ann").ask("hello")
    ann = await session_of(road, "ann")
    again = message("/retry", user="program", command=Command("retry"))
    assert await road.bus.post(ann, again) is Receipt.ACCEPTED
    assert "message 1 of our conversation" in (await road.frontend.wait(2))[-1].text
    assert await road.bus.post(ann, again) is Receipt.DUPLICATE
    assert await post(road, ann, "ask", "more") is Receipt.ACCEPTED
    await road.frontend.wait(3)
    with pytest.raises(UsedUpError):
        await post(road, ann, "retry")
    with pytest.raises(UsedUpError):
        await road.bus.post(ann, message("more", user="program"))


async def test_a_command_that_comes_twice_is_carried_out_once(road: Road) -> None:
    await Chat(road, "ann").ask("hello")
    ann = await session_of(road, "ann")
    title = message("/title one", user="program", command=Command("title", "one"))
    await road.bus.post(ann, title)
    assert await road.bus.post(ann, title) is Receipt.DUPLICATE


async def test_a_conversation_that_its_speaker_left_takes_no_command(road: Road) -> None:
    await Chat(road, "ann").ask("hello")
    left = await session_of(road, "ann")
    await Chat(road, "ann").tell("new")
    await Chat(road, "ann").ask("afresh")
    with pytest.raises(ConflictError, match="the conversation that its speaker is in now"):
        await post(road, left, "title", "wrong")
    assert "wrong" not in await Chat(road, "ann").tell("sessions")


async def test_a_group_s_session_takes_no_command_from_outside(road: Road) -> None:
    await road.bus.accept(message("hello", user="ann", chat="-9"))
    await road.frontend.wait(1)
    with pytest.raises(ConflictError):
        await post(road, await session_of(road, "ann@-9"), "new")
