"""Who answers, with which model, and how much is told of it: as a speaker chooses it for a conversation."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.bus.chat import Chat, labels
from tests.memory_road import ENGINEER, PICKLE, PRIVATE, Road, open_road

from picklebot.model import words
from picklebot.model.agent import ModelChoice
from picklebot.ports.engine import Turn
from picklebot.ports.rules import ChatRule
from picklebot.testing.agents import FixedAgents
from picklebot.testing.engine import ScriptedEngine
from picklebot.testing.rules import FixedRules

CHOOSY = replace(PICKLE, model=ModelChoice("openai:a", api_key="key", others=("openai:b", "ollama:c")))


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Road]:
    async with open_road(tmp_path / "road.db") as road:
        yield road


@pytest.mark.requirement("S2.1")
@pytest.mark.requirement("S2.5")
async def test_another_agent_has_its_own_conversation_and_switching_back_resumes(road: Road) -> None:
    chat = Chat(road)
    await chat.ask("about pickles")
    assert await chat.tell("agent", "engineer") == words.AGENT_NOW.format(agent="Engineer")
    assert 'message 1 of our conversation, which began with "about bridges"' in await chat.ask(
        "about bridges"
    )
    said = await chat.tell("agent", "PICKLE")
    assert said == words.AGENT_AGAIN.format(agent="Pickle", title="about pickles")
    assert 'message 2 of our conversation, which began with "about pickles"' in await chat.ask("and?")
    assert await chat.tell("agent", "engineer") == words.AGENT_AGAIN.format(
        agent="Engineer", title="about bridges"
    )
    assert "with engineer" in await chat.tell("whoami")


@pytest.mark.requirement("S2.1")
async def test_agents_of_one_speaker_are_not_another_s(road: Road) -> None:
    ann, bob = Chat(road, "1"), Chat(road, "2")
    await ann.tell("agent", "engineer")
    await ann.ask("mine")
    assert await bob.tell("agent", "engineer") == words.AGENT_NOW.format(agent="Engineer")
    assert 'began with "yours"' in await bob.ask("yours")


async def test_agents_are_chosen_by_buttons_and_only_those_one_may_ask(road: Road) -> None:
    chat = Chat(road)
    shown = await chat.say("agent")
    assert labels(shown) == ["engineer"]
    assert "private" not in shown.text
    assert "pickle: I help. - you are here" in shown.text
    answer = await chat.press(shown, "engineer")
    assert (answer.text, answer.parcel.posted) == (words.AGENT_NOW.format(agent="Engineer"), ("shown",))
    assert await chat.tell("agent", "engineer") == words.SAME_AGENT.format(agent="Engineer")
    assert await chat.tell("agent", "private") == words.NO_SUCH_AGENT.format(agent="private")
    assert await Chat(road, "1").tell("agent", "private") == words.AGENT_NOW.format(agent="Private")


async def test_a_new_conversation_stays_with_the_agent_that_was_chosen(tmp_path: Path) -> None:
    rules = FixedRules()
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        ann, bob = Chat(road, "1"), Chat(road, "2")
        await ann.tell("agent", "engineer")
        await bob.ask("hello")
        for chat in (ann, bob):
            await chat.tell("new")
        assert "with engineer" in await ann.tell("whoami")
        assert "with pickle" in await bob.tell("whoami")
        rules.agent = "private"
        await bob.tell("new")
        assert "with private" in await bob.tell("whoami")
        rules.chats["1"] = ChatRule(agent="pickle")
        await ann.tell("agent", "pickle")
        rules.chats.clear()
        await ann.tell("new")
        assert "with private" in await ann.tell("whoami")


async def test_a_new_conversation_leaves_an_agent_that_is_gone(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db") as road:
        await Chat(road).tell("agent", "engineer")
    async with open_road(tmp_path / "road.db", agents=FixedAgents(PICKLE, PRIVATE)) as road:
        await Chat(road).tell("new")
        assert "with pickle" in await Chat(road).tell("whoami")


async def test_a_model_is_chosen_for_one_conversation_among_those_the_operator_names(tmp_path: Path) -> None:
    answered: list[ModelChoice] = []

    async def say(turn: Turn) -> str:
        answered.append(turn.agent.model)
        return "fine"

    path = tmp_path / "road.db"
    async with open_road(path, engine=ScriptedEngine(say), agents=FixedAgents(CHOOSY)) as road:
        chat = Chat(road)
        shown = await chat.say("model")
        assert labels(shown) == ["openai:b", "ollama:c"]
        assert (await chat.press(shown, "openai:b")).text == words.MODEL_NOW.format(model="openai:b")
        await chat.ask("one")
        await chat.tell("model", "ollama:c")
        await chat.ask("two")
        assert "I cannot use openai:z" in await chat.tell("model", "openai:z")
        await chat.tell("new")
        await chat.ask("three")
    assert [(model.name, model.api_key) for model in answered] == [
        ("openai:b", "key"),
        ("ollama:c", None),
        ("openai:a", "key"),
    ]


async def test_a_model_that_may_not_be_chosen_any_more_does_not_answer(tmp_path: Path) -> None:
    async def say(turn: Turn) -> str:
        return turn.agent.model.name

    path, engine = tmp_path / "road.db", ScriptedEngine(say)
    async with open_road(path, engine=engine, agents=FixedAgents(CHOOSY)) as road:
        await Chat(road).tell("model", "openai:b")
    async with open_road(path, engine=engine, agents=FixedAgents(PICKLE)) as road:
        assert await Chat(road).ask("who?") == "demo"
        assert await Chat(road).tell("model") == words.MODEL.format(model="demo")


async def test_how_an_answer_came_about_is_told_to_the_chat_and_not_to_the_model(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db") as road:
        chat = Chat(road)
        assert await chat.tell("verbose") == words.VERBOSE_NOW
        assert (await chat.ask("hello")).endswith("\n\n(demo)")
        session_id = (await road.bindings())["123"].session_id
        rows = await road.database.read(lambda tx: road.stores.history.messages(tx, session_id))
        assert "(demo)" not in rows[-1][1].text
        assert await chat.tell("verbose", "off") == words.BRIEF_NOW
        assert not (await chat.ask("again")).endswith("(demo)")


def test_an_explanation_names_tools_and_tokens() -> None:
    line = words.explanation("openai:a", ["looking at the clock"], 120, 30)
    assert line == "(openai:a · looking at the clock · 120 tokens in, 30 out)"


async def test_the_settings_are_shown_and_changed_by_buttons(road: Road) -> None:
    chat = Chat(road)
    await chat.ask("about pickles")
    shown = await chat.say("settings")
    assert shown.text.splitlines()[:3] == ["about pickles", "Agent: Pickle", "Model: demo"]
    assert (await chat.press(shown, words.CHANGE_VERBOSE.format(other="on"))).text == words.VERBOSE_NOW
    again = await chat.say("settings")
    assert labels(await chat.press(again, words.CHANGE_AGENT)) == [ENGINEER.id]
