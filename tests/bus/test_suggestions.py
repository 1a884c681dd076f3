"""What may follow a command that is still being typed: for who may speak, and of what is theirs."""

from pathlib import Path

import pytest
from tests.bus.chat import Chat
from tests.memory_road import Road, message, open_road

from picklebot.model.choice import Suggestion
from picklebot.model.message import Command
from picklebot.testing.rules import FixedRules


async def suggested(road: Road, name: str, typed: str, user: str = "123") -> list[Suggestion]:
    command = Command(name, typed)
    return [*await road.bus.suggest(message(f"/{name} {typed}", user=user, command=command))]


async def test_conversations_are_found_by_their_titles(road: Road) -> None:
    chat = Chat(road)
    for text in ("Roses are red", "Tulips"):
        await chat.ask(text)
        await chat.tell("new")
    await Chat(road, "9").ask("Roses of somebody else")
    [roses] = await suggested(road, "resume", "rose")
    assert roses.label == "Roses are red"
    assert "Roses are red" in await chat.tell("resume", roses.value)
    assert len(await suggested(road, "resume", "")) >= 2


@pytest.mark.parametrize(("typed", "ids"), [("", ["engineer", "pickle"]), ("ENG", ["engineer"]), ("x", [])])
async def test_agents_are_those_that_answer_this_person(road: Road, typed: str, ids: list[str]) -> None:
    assert sorted(it.value for it in await suggested(road, "agent", typed)) == ids


async def test_models_are_those_of_who_answers(road: Road) -> None:
    assert [it.value for it in await suggested(road, "model", "dem")] == ["demo"]
    assert await suggested(road, "model", "gpt") == []
    assert await suggested(road, "new", "") == []


@pytest.mark.requirement("P27")
async def test_strangers_are_suggested_nothing(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", rules=FixedRules(admitted={"1"})) as road:
        assert await suggested(road, "agent", "", user="7") == []
        assert await suggested(road, "agent", "", user="1") != []
