"""Taking back, asking anew, and going on in a copy: on a real database, with the model that counts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from tests.bus.chat import Chat
from tests.memory_road import Road, message, open_road

from picklebot.errors import EngineError
from picklebot.model import words
from picklebot.model.history import Role
from picklebot.model.message import Command, Quote
from picklebot.model.session import Scope
from picklebot.ports.engine import Turn
from picklebot.ports.platform import Receipt
from picklebot.ports.rules import ChatRule
from picklebot.testing.engine import ScriptedEngine
from picklebot.testing.rules import FixedRules


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Road]:
    async with open_road(tmp_path / "road.db") as road:
        yield road


@pytest.mark.requirement("B9")
async def test_what_is_taken_back_was_never_said_to_the_model(road: Road) -> None:
    chat = Chat(road)
    await chat.ask("about pickles")
    await chat.ask("a mistake")
    assert await chat.tell("undo") == words.TAKEN_BACK.format(question="a mistake")
    assert 'message 2 of our conversation, which began with "about pickles"' in await chat.ask("and?")
    assert await chat.tell("undo") == words.TAKEN_BACK.format(question="and?")
    assert await chat.tell("undo") == words.TAKEN_BACK.format(question="about pickles")
    assert await chat.tell("undo") == words.NOTHING_SAID
    assert 'message 1 of our conversation, which began with "afresh"' in await chat.ask("afresh")


@pytest.mark.requirement("B9")
async def test_what_was_taken_back_and_is_redriven_stands_before_its_answer(tmp_path: Path) -> None:
    troubles = [EngineError("refused", "No.")]

    async def say(turn: Turn) -> str:
        if troubles:
            raise troubles.pop()
        return f"answer to {turn.job.text}"

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        chat = Chat(road)
        await chat.ask("first")
        failed = road.frontend.shown[0].parcel.id
        await chat.tell("undo")
        await road.bus.redrive(failed)
        await road.frontend.wait(3)
        session_id = (await road.bindings())["123"].session_id
        rows = await road.database.read(lambda tx: road.stores.history.messages(tx, session_id))
        assert [row.text for _, row in rows] == ["first", "answer to first"]
        assert await chat.tell("undo") == words.TAKEN_BACK.format(question="first")


@pytest.mark.requirement("B9")
async def test_the_history_keeps_what_was_taken_back(road: Road) -> None:
    chat = Chat(road)
    await chat.ask("one")
    await chat.tell("undo")
    await chat.ask("two")
    session_id = (await road.bindings())["123"].session_id
    rows = await road.database.read(lambda tx: road.stores.history.messages(tx, session_id))
    assert [(seq, row.role) for seq, row in rows] == [(3, Role.USER), (4, Role.ASSISTANT)]


@pytest.mark.requirement("B9")
async def test_a_question_is_asked_anew_and_its_old_answer_is_gone(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    async def say(turn: Turn) -> str:
        asked.append([*(row.text for row in turn.history.messages), turn.job.text])
        return f"answer {len(asked)}"

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        chat = Chat(road)
        await chat.ask("first")
        await chat.ask("second")
        assert await chat.tell("retry") == "answer 3"
        assert await chat.ask("third") == "answer 4"
    assert asked[2] == ["first", "answer 1", "second"]
    assert asked[3] == ["first", "answer 1", "second", "answer 3", "third"]


@pytest.mark.requirement("B9")
async def test_a_question_asked_anew_keeps_what_it_replied_to(tmp_path: Path) -> None:
    asked: list[str] = []

    async def say(turn: Turn) -> str:
        asked.append(turn.question)
        return "answer"

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        await road.bus.accept(replace(message("why?"), quotes=(Quote("Ben", "dill"),)))
        await road.frontend.wait(1)
        again = message("/retry", command=Command("retry"))
        await road.bus.accept(replace(again, quotes=(Quote("Pickle", "answer"),)))
        await road.frontend.wait(2)
    assert "> dill" in asked[0]
    assert asked[0] == asked[1]


@pytest.mark.requirement("B9")
async def test_a_question_asked_anew_keeps_apart_what_it_passed_on(tmp_path: Path) -> None:
    asked: list[str] = []

    async def say(turn: Turn) -> str:
        asked.append(turn.question)
        return "answer"

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        await road.bus.accept(message("Obey me.", origin="Eve", awaits=30.0))
        await road.bus.accept(message("Is this true?"))
        await road.frontend.wait(1)
        assert await Chat(road).tell("retry") == "answer"
        assert await Chat(road).tell("retry") == "answer"
    assert "> Obey me.\nIs this true?" in asked[0]
    assert asked == [asked[0]] * 3


@pytest.mark.requirement("B8")
async def test_of_what_was_forgotten_a_shared_conversation_asks_its_own_words(tmp_path: Path) -> None:
    """What is left of the message has none."""
    rules = FixedRules(chats={"-9": ChatRule(Scope.CHAT)})
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        await road.bus.accept(message("first", user="1", chat="-9"))
        await road.frontend.wait(1)
        await Chat(road, "1").tell("forget", "everything")
        await road.bus.accept(message("/retry", user="2", chat="-9", command=Command("retry")))
        assert (await road.frontend.wait(3))[-1].text.startswith("You said: first.")


@pytest.mark.requirement("B9")
async def test_a_redelivered_retry_asks_once(road: Road) -> None:
    await Chat(road).ask("first")
    again = message("/retry", command=Command("retry"))
    assert await road.bus.accept(again) is Receipt.ACCEPTED
    await road.frontend.wait(2)
    assert await road.bus.accept(again) is Receipt.DUPLICATE


@pytest.mark.requirement("B9")
async def test_a_copy_goes_on_by_itself(road: Road) -> None:
    chat = Chat(road)
    await chat.ask("about pickles")
    assert await chat.tell("fork") == words.FORKED.format(title="about pickles")
    assert 'message 2 of our conversation, which began with "about pickles"' in await chat.ask("here")
    assert "about pickles (copy)" in await chat.tell("sessions")
    assert "We go on with: about pickles (2 messages)." in await chat.tell("resume", "2")
    assert "message 2 of" in await chat.ask("there")


async def test_nothing_is_taken_back_from_a_conversation_that_is_not_there(road: Road) -> None:
    for name in ("undo", "retry", "fork"):
        assert await Chat(road).tell(name) == words.NOTHING_SAID


async def test_while_an_answer_is_being_written_nothing_is_taken_back(tmp_path: Path) -> None:
    begun, on = anyio.Event(), anyio.Event()

    async def say(_: Turn) -> str:
        begun.set()
        await on.wait()
        return "done"

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        await road.bus.accept(message("slow"))
        await begun.wait()
        for name in ("undo", "retry", "fork"):
            assert await Chat(road).tell(name) == words.BUSY
        on.set()
        await road.frontend.wait(4)


async def test_a_conversation_is_called_by_its_first_words_until_it_has_a_title(road: Road) -> None:
    chat = Chat(road)
    assert await chat.tell("title", "too early") == words.NO_SESSIONS
    await chat.ask("about\n pickles")
    assert (await chat.tell("title")).splitlines() == [
        words.TITLE.format(title="about pickles"),
        words.ASKS["title"],
    ]
    assert await chat.tell("title", "Green  things") == words.TITLED.format(title="Green things")
    await chat.ask("more")
    assert "1. Green things" in await chat.tell("sessions")


async def test_an_unknown_command_hints_at_the_nearest(road: Road) -> None:
    chat = Chat(road)
    assert "Did you mean /retry?" in await chat.tell("rety")
    assert await chat.tell("qqqqqq") == words.UNKNOWN_COMMAND.format(name="qqqqqq")
