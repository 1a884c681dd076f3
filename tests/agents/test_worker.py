"""Turns: their order, their ends, and what is left of one that a crash cut off."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from tests.memory_road import Road, message, open_road

from picklebot.errors import DeliveryDelayedError, DeliveryImpossibleError, EngineError
from picklebot.model import words
from picklebot.model.events import ReplyEvent, TextDelta
from picklebot.model.history import Role
from picklebot.model.parcel import Parcel
from picklebot.ports.engine import Turn
from picklebot.testing.engine import ScriptedEngine
from picklebot.testing.frontend import RecordingFrontend
from picklebot.testing.rules import FixedRules


async def rows(road: Road, session_id: str) -> list[tuple[Role, str, str]]:
    found = await road.database.read(lambda tx: road.stores.history.messages(tx, session_id))
    return [(row.role, row.agent, row.text) for _, row in found]


@pytest.mark.requirement("S0.11")
async def test_one_session_runs_one_turn_at_a_time_and_different_ones_side_by_side(tmp_path: Path) -> None:
    running: set[str] = set()
    both, release = anyio.Event(), anyio.Event()

    async def say(turn: Turn) -> str:
        assert turn.job.session_id not in running
        running.add(turn.job.session_id)
        if len(running) == 2:
            both.set()
        await release.wait()
        running.remove(turn.job.session_id)
        return f"{turn.job.sender.user_id}:{turn.job.text}"

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        for number in range(3):
            for user in ("1", "2"):
                await road.bus.accept(message(str(number), user=user))
        with anyio.fail_after(10):
            await both.wait()
        release.set()
        shown = [reply.text for reply in await road.frontend.wait(6)]
        for user in ("1", "2"):
            assert [text for text in shown if text.startswith(user)] == [f"{user}:{n}" for n in range(3)]


@pytest.mark.requirement("S4.1")
async def test_messages_are_appended_as_they_happen(tmp_path: Path) -> None:
    asked, release = anyio.Event(), anyio.Event()

    async def say(turn: Turn) -> str:
        asked.set()
        await release.wait()
        return "fine"

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        await road.bus.accept(message("how are you"))
        with anyio.fail_after(10):
            await asked.wait()
        session_id = (await road.bindings())["123"].session_id
        assert await rows(road, session_id) == [(Role.USER, "", "how are you")]
        before = await road.database.read(lambda tx: road.stores.sessions.get(tx, session_id))
        release.set()
        await road.frontend.wait(1)
        assert await rows(road, session_id) == [
            (Role.USER, "", "how are you"),
            (Role.ASSISTANT, "pickle", "fine"),
        ]
        after = await road.database.read(lambda tx: road.stores.sessions.get(tx, session_id))
        assert before is not None
        assert before.last_message_at is not None
        assert after is not None
        assert after.last_message_at is not None
        assert after.last_message_at >= before.last_message_at
        assert after.message_count == 2


async def test_a_turn_that_a_crash_cut_off_runs_again_and_counts_once(tmp_path: Path) -> None:
    asked = anyio.Event()

    async def hang(turn: Turn) -> str:
        asked.set()
        await anyio.sleep_forever()
        return ""

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(hang)) as road:
        await road.bus.accept(message("hello"))
        with anyio.fail_after(10):
            await asked.wait()
    async with open_road(tmp_path / "road.db") as road:
        [shown] = await road.frontend.wait(1)
        assert shown.text.startswith("You said: hello. This is message 1 of")


@pytest.mark.requirement("P7")
async def test_a_message_that_was_begun_three_times_is_given_up_and_said(tmp_path: Path) -> None:
    for _ in range(3):
        asked = anyio.Event()

        async def hang(turn: Turn, asked: anyio.Event = asked) -> str:
            asked.set()
            await anyio.sleep_forever()
            return ""

        async with open_road(tmp_path / "road.db", engine=ScriptedEngine(hang)) as road:
            if not await road.bindings():
                await road.bus.accept(message("poison"))
            with anyio.fail_after(10):
                await asked.wait()
    async with open_road(tmp_path / "road.db") as road:
        [shown] = await road.frontend.wait(1)
        assert "3 times" in shown.text
        await road.bus.accept(message("and now?"))
        shown = await road.frontend.wait(2)
        assert shown[1].text.startswith("You said: and now?")


@pytest.mark.parametrize(
    "broken", [EngineError("no_key", "The model has no key yet."), RuntimeError("odd secret")]
)
async def test_a_failed_turn_says_a_friendly_sentence_and_the_session_goes_on(
    tmp_path: Path, broken: Exception
) -> None:
    async def say(turn: Turn) -> str:
        if turn.job.text == "break":
            raise broken
        return "fine"

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        await road.bus.accept(message("break"))
        await road.bus.accept(message("go on"))
        shown = await road.frontend.wait(2)
        assert shown[0].text.startswith(
            "The model has no key" if isinstance(broken, EngineError) else "Something went"
        )
        assert "secret" not in shown[0].text
        assert shown[1].text == "fine"


async def test_a_turn_past_its_deadline_is_ended_and_said(tmp_path: Path) -> None:
    async def say(turn: Turn) -> str:
        await anyio.sleep_forever()
        return ""

    rules = FixedRules(deadline=0.05)
    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say), rules=rules) as road:
        await road.bus.accept(message("hello"))
        [shown] = await road.frontend.wait(1)
        assert shown.text.startswith(words.TOOK_TOO_LONG)


async def test_a_session_whose_agent_is_gone_says_so(road: Road) -> None:
    road.rules.agent = "ghost"
    await road.bus.accept(message("hello"))
    [shown] = await road.frontend.wait(1)
    assert shown.text == words.AGENT_GONE.format(agent="ghost")


@pytest.mark.requirement("P8")
async def test_a_delivery_that_fails_is_tried_again_without_the_model(tmp_path: Path) -> None:
    troubles: list[Exception] = [DeliveryDelayedError("slow", seconds=0.0), RuntimeError("odd")]
    frontend = RecordingFrontend(lambda _: troubles.pop() if troubles else None)

    async def say(turn: Turn) -> str:
        return "fine"

    engine = ScriptedEngine(say)
    async with open_road(tmp_path / "road.db", engine=engine, frontend=frontend) as road:
        await road.bus.accept(message("hello"))
        [shown] = await frontend.wait(1)
        assert (shown.text, len(engine.turns)) == ("fine", 1)


@pytest.mark.requirement("P8")
async def test_an_answer_that_did_not_arrive_is_delivered_by_the_next_start(tmp_path: Path) -> None:
    down = RecordingFrontend(lambda _: DeliveryDelayedError("down", seconds=60))
    async with open_road(tmp_path / "road.db", frontend=down) as road:
        await road.bus.accept(message("hello"))
        await down.wait_rendering(1)
        with anyio.fail_after(10):
            while not await road.database.read(road.stores.outbox.owed_chats):
                await anyio.lowlevel.checkpoint()

    async def never(turn: Turn) -> str:
        raise AssertionError("the model was called again")

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(never)) as road:
        [shown] = await road.frontend.wait(1)
        assert shown.text.startswith("You said: hello")
    async with open_road(tmp_path / "road.db") as road:
        assert await road.database.read(road.stores.outbox.owed_chats) == []


async def test_a_chat_that_can_never_be_reached_holds_nobody(tmp_path: Path) -> None:
    def trouble(parcel: Parcel) -> Exception | None:
        return DeliveryImpossibleError("blocked") if parcel.address.chat_id == "1" else None

    async with open_road(tmp_path / "road.db", frontend=RecordingFrontend(trouble)) as road:
        await road.bus.accept(message("hello", user="1"))
        await road.bus.accept(message("hello", user="2"))
        await road.frontend.wait(1)
        with anyio.fail_after(10):
            await road.delivery.flush()
        assert await road.database.read(road.stores.outbox.owed_chats) == []


async def test_an_engine_that_never_ends_its_answer_is_a_failure(tmp_path: Path) -> None:
    class Endless:
        async def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
            yield TextDelta("and then")

    async with open_road(tmp_path / "road.db", engine=Endless()) as road:
        await road.bus.accept(message("hello"))
        [shown] = await road.frontend.wait(1)
        assert shown.text.startswith("Something went wrong")


async def test_an_agent_may_take_questions_from_some_only(road: Road) -> None:
    road.rules.agent = "private"
    await road.bus.accept(message("hello", user="1"))
    await road.bus.accept(message("hello", user="2"))
    shown = {reply.parcel.address.chat_id: reply.text for reply in await road.frontend.wait(2)}
    assert shown["1"].startswith("You said")
    assert shown["2"] == words.NOT_FOR_AGENT.format(agent="Private")


async def test_an_empty_answer_is_kept_and_shown_as_a_sentence(tmp_path: Path) -> None:
    async def say(turn: Turn) -> str:
        return ""

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        await road.bus.accept(message("hello"))
        [shown] = await road.frontend.wait(1)
        assert (
            await road.database.read(lambda tx: road.stores.outbox.text(tx, shown.parcel.id))
            == words.EMPTY_ANSWER
        )
