"""What schedules ask: a job of its own for each time, one after the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from tests.memory_road import Road, message, open_road

from picklebot.errors import StoppingError
from picklebot.model.quota import Quota
from picklebot.model.session import Session, SessionMode
from picklebot.ports.platform import Receipt
from picklebot.ports.storage import Binding, Origin
from picklebot.testing.rules import FixedRules


async def session(road: Road, key: str = "daily") -> Session:
    session_id = (await road.bindings())[key].session_id
    found = await road.database.read(lambda tx: road.stores.sessions.get(tx, session_id))
    assert found is not None
    return found


@pytest.mark.requirement("S0.9")
async def test_each_time_is_a_job_in_the_session_of_its_schedule(road: Road) -> None:
    for number in (1, 2):
        said = message("What is new?", user="daily", number=number)
        assert await road.bus.fall_due(said, agent="engineer") is Receipt.ACCEPTED
        assert await road.bus.fall_due(said, agent="engineer") is Receipt.DUPLICATE
        await road.frontend.wait(number)
    assert "This is message 2 of our conversation" in road.frontend.shown[1].text
    assert "began with" in road.frontend.shown[1].text
    found = await session(road)
    assert (found.mode, found.agent, found.speaker) == (SessionMode.JOB, "engineer", "daily")


async def test_another_agent_begins_a_session_of_its_own(road: Road) -> None:
    await road.bus.fall_due(message(user="daily"), agent=None)
    await road.frontend.wait(1)
    first = await session(road)
    await road.bus.fall_due(message(user="daily"), agent="engineer")
    await road.frontend.wait(2)
    second = await session(road)
    assert (first.agent, second.agent) == ("pickle", "engineer")
    assert first.id != second.id


async def test_a_session_that_was_lost_is_made_again_as_a_job_and_nobody_is_told(road: Road) -> None:
    await road.bind("daily", Binding("gone-1", Origin.SERVICE))
    await road.bus.fall_due(message(user="daily"), agent=None)
    (shown,) = await road.frontend.wait(1)
    assert shown.text.startswith("You said: hello")
    found = await session(road)
    assert (found.id, found.mode) == ("gone-1", SessionMode.JOB)


async def test_a_conversation_of_people_never_becomes_a_job(road: Road) -> None:
    await road.bus.accept(message(user="daily"))
    await road.frontend.wait(1)
    chat = await session(road)
    await road.bus.fall_due(message(user="daily"), agent=None)
    await road.frontend.wait(2)
    assert (await session(road)).mode is SessionMode.JOB
    assert chat.mode is SessionMode.CHAT


@pytest.mark.requirement("S0.9")
async def test_what_is_not_done_yet_is_not_asked_again(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", running=False) as road:
        assert await road.bus.fall_due(message(user="daily"), agent=None) is Receipt.ACCEPTED
        assert await road.bus.fall_due(message(user="daily"), agent=None) is Receipt.IGNORED
        assert await road.bus.fall_due(message(user="weekly"), agent=None) is Receipt.ACCEPTED
    async with open_road(tmp_path / "road.db") as road:
        await road.frontend.wait(2)
        with anyio.fail_after(10):
            while await road.bus.fall_due(message(user="daily"), agent=None) is Receipt.IGNORED:
                await anyio.lowlevel.checkpoint()  # its answer is shown a moment before it is done


async def test_where_there_is_no_room_it_is_for_the_schedule_to_wait(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", running=False, lane_limit=1, total_limit=10) as road:
        await road.bus.accept(message(user="daily"))
        assert await road.bus.fall_due(message(user="daily"), agent=None) is Receipt.FULL
        owed = await road.database.read(lambda tx: road.stores.outbox.owed(tx, "memory:bot:daily", 9))
        assert owed == []


async def test_nothing_is_taken_while_the_gateway_stops(road: Road) -> None:
    road.bus.close()
    with pytest.raises(StoppingError):
        await road.bus.fall_due(message(user="daily"), agent=None)


async def test_a_schedule_uses_up_nobodys_day(tmp_path: Path) -> None:
    rules = FixedRules(most=Quota(messages=1), operators={"daily"})
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        for number in (1, 2, 3):
            said = replace(message(user="daily"), text=f"time {number}")
            await road.bus.fall_due(said, agent=None)
            shown = await road.frontend.wait(number)
            assert shown[-1].text.startswith(f"You said: time {number}.")
