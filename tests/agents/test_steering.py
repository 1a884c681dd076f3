"""Messages that go into the turn that runs: what may, what is kept of it, and what becomes of it in the end."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.bus.chat import Chat
from tests.memory_road import PICKLE, Road, message, open_road
from tests.refused_writes import refused_writes

from picklebot.errors import EngineError
from picklebot.model import words
from picklebot.model.agent import Busy
from picklebot.model.change import Edited
from picklebot.model.choice import Press
from picklebot.model.events import Final, ReplyEvent
from picklebot.model.history import HistoryMessage, Role
from picklebot.model.message import Attachment, Command, InboundMessage, Sender
from picklebot.ports.engine import Turn
from picklebot.ports.platform import Receipt
from picklebot.ports.storage import Binding, Origin
from picklebot.storage.messages import SqlMessages
from picklebot.testing.agents import FixedAgents
from picklebot.testing.rules import FixedRules

STEERED = replace(PICKLE, busy=Busy.STEER)
BUSY = EngineError("rate_limited", "The model is busy.", retryable=True)
REFUSED = EngineError("refused", "That was refused.")


class Working:
    """Asks its model twice, and works in between until it is let go. A text that begins with "quick" asks once."""

    def __init__(self) -> None:
        self.go = anyio.Event()
        self.working = anyio.Event()
        self.asking = anyio.Event()
        self.hold = False
        self.asked: list[str] = []
        self.troubles: list[Exception] = []

    async def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
        rows: list[HistoryMessage] = []
        await self._ask(turn, rows)
        if not turn.job.text.startswith("quick"):
            self.working.set()
            await self.go.wait()
            rows.append(answer("working"))
            await self._ask(turn, rows)
        if turn.job.text == "first" and self.hold:
            self.asking.set()
            await anyio.sleep_forever()
        if turn.job.text == "first" and self.troubles:
            raise self.troubles.pop(0)
        heard = [turn.job.text, *(row.text for row in rows if row.role is Role.USER)]
        text = f"Answer to {' and '.join(heard)}"
        yield Final(text, (*rows, answer(text)))

    async def _ask(self, turn: Turn, rows: list[HistoryMessage]) -> None:
        rows += await turn.more.come() if turn.more else ()
        self.asked.append(turn.job.text)


def answer(text: str) -> HistoryMessage:
    return HistoryMessage(Role.ASSISTANT, text, datetime.now(UTC))


@pytest.fixture
def engine(anyio_backend: str) -> Working:
    return Working()


@asynccontextmanager
async def steered(path: Path, engine: Working, **more: Any) -> AsyncGenerator[Road]:
    agents = FixedAgents(more.pop("agent", STEERED))
    async with open_road(path / "road.db", engine=engine, agents=agents, **more) as road:
        yield road


@pytest.fixture
async def road(tmp_path: Path, engine: Working) -> AsyncIterator[Road]:
    async with steered(tmp_path, engine, soon=0.0, rules=FixedRules(operators={"1"})) as road:
        yield road


async def begin(road: Road, engine: Working, *more: str) -> None:
    """A turn works, and these have come meanwhile."""
    await road.bus.accept(message("first"))
    with anyio.fail_after(10):
        await engine.working.wait()
    for text in more:
        await road.bus.accept(message(text))


async def texts(road: Road, count: int) -> list[str]:
    return [shown.text for shown in await road.frontend.wait(count)]


async def ends(road: Road) -> list[tuple[str, str, int]]:
    found = await road.database.read(lambda tx: SqlMessages().find(tx))
    return [
        (it.state.value, it.reason.partition(" ")[0], it.attempts)
        for it in reversed(found)
        if it.text[0] != "/"
    ]


async def rows(road: Road) -> list[tuple[Role, str, bool]]:
    """Role and words of each row, and whether it belongs to the first message."""
    session = (await road.bindings())["123"].session_id
    found = [row for _, row in await road.database.read(lambda tx: road.stores.history.messages(tx, session))]
    return [(row.role, row.text, row.turn == found[0].turn) for row in found]


async def until(road: Road, happens: Callable[[], bool]) -> None:
    with anyio.fail_after(10):
        while not happens():
            await anyio.lowlevel.checkpoint()


@pytest.mark.requirement("P9")
async def test_what_comes_goes_into_the_turn_in_order_and_ends_with_it(road: Road, engine: Working) -> None:
    await begin(road, engine, "second", "third")
    engine.go.set()
    assert await texts(road, 1) == ["Answer to first and second and third"]
    assert await rows(road) == [
        (Role.USER, "first", True),
        (Role.ASSISTANT, "working", True),
        (Role.USER, "second", False),
        (Role.USER, "third", False),
        (Role.ASSISTANT, "Answer to first and second and third", False),
    ]
    assert await ends(road) == [("done", "", 1), ("done", "answered", 1), ("done", "answered", 1)]
    stats = road.queue.stats()
    assert (stats.waiting, stats.running, stats.sessions) == (0, 0, 0)
    await road.bus.accept(message("quick fourth"))
    assert (await texts(road, 2))[1] == "Answer to quick fourth"
    assert [turn for turn in engine.asked if turn != "first"] == ["quick fourth"]


async def test_by_default_a_message_waits_for_its_own_turn(tmp_path: Path, engine: Working) -> None:
    async with steered(tmp_path, engine, agent=PICKLE) as road:
        await begin(road, engine, "quick second")
        engine.go.set()
        assert await texts(road, 2) == ["Answer to first", "Answer to quick second"]


async def test_what_comes_after_the_last_request_has_its_own_turn(road: Road, engine: Working) -> None:
    engine.go.set()
    engine.hold = True
    await road.bus.accept(message("first"))
    with anyio.fail_after(10):
        await engine.asking.wait()
    await road.bus.accept(message("second"))
    await road.bus.accept(message("/stop", command=Command("stop")))
    await texts(road, 3)
    assert "Answer to second" in await texts(road, 3)
    assert await ends(road) == [("done", "", 1), ("done", "", 1)]


PHOTO = Attachment("photo", "f1", "cat.jpg")
UNFIT = {
    "a file": message("quick", attachments=(PHOTO,)),
    "elsewhere": message("quick", thread="5"),
    "somebody else": message("quick", user="124"),
    "a slash command's question": replace(
        message("quick"), address=replace(message().address, interaction="handle")
    ),
}


@pytest.mark.parametrize("unfit", UNFIT.values(), ids=UNFIT.keys())
@pytest.mark.requirement("P9")
async def test_what_does_not_fit_waits_and_so_does_what_comes_after_it(
    road: Road, engine: Working, unfit: InboundMessage
) -> None:
    """It may come into a later turn that it goes on with."""
    await begin(road, engine)
    session = (await road.bindings())["123"].session_id
    for key in ("123#5", "124"):
        await road.bind(key, Binding(session, Origin.OPERATOR))
    await road.bus.accept(unfit)
    await road.bus.accept(message("quick last"))
    engine.go.set()
    together = ["Answer to quick and quick last"] if unfit.attachments else []
    assert await texts(road, 2) == ["Answer to first", *(together or ["Answer to quick"])]
    if not together:
        assert (await texts(road, 3))[2] == "Answer to quick last"


async def test_a_question_goes_in_once_it_is_whole(road: Road, engine: Working) -> None:
    await begin(road, engine)
    await road.bus.accept(message("quick second", awaits=30.0))
    engine.go.set()
    assert await texts(road, 1) == ["Answer to first"]
    await road.bus.accept(message("and more"))
    assert (await texts(road, 2))[1] == "Answer to quick second\nand more"
    engine.go, engine.working = anyio.Event(), anyio.Event()
    await begin(road, engine)
    await road.bus.accept(message("third", awaits=30.0))
    await road.bus.accept(message("and its end"))
    engine.go.set()
    assert (await texts(road, 3))[2] == "Answer to first and third\nand its end"


async def test_who_is_not_admitted_any_more_is_not_heard(road: Road, engine: Working) -> None:
    await begin(road, engine, "quick second")
    road.rules.admitted = set()
    engine.go.set()
    shown = await texts(road, 2)
    assert shown[0] == "Answer to first"
    assert shown[1] == words.NOT_ADMITTED.format(platform="Memory", user_id="123")


@pytest.mark.requirement("P7")
@pytest.mark.parametrize("trouble", [BUSY, REFUSED, RuntimeError("odd")])
async def test_a_try_that_fails_is_tried_again_without_what_came(
    road: Road, engine: Working, trouble: Exception
) -> None:
    """Whatever it failed at may be what came; that has its own turn, with the tries that are left."""
    engine.troubles.append(trouble)
    await begin(road, engine, "second", "third")
    engine.go.set()
    assert await texts(road, 3) == ["Answer to first", "Answer to second", "Answer to third"]
    assert await ends(road) == [("done", "", 2), ("done", "", 2), ("done", "", 2)]
    assert [text for role, text, _ in await rows(road) if role is Role.USER] == ["first", "second", "third"]


@pytest.mark.requirement("P7")
async def test_what_came_into_a_turn_that_is_given_up_is_answered(road: Road, engine: Working) -> None:
    engine.troubles += [BUSY] * 3
    await begin(road, engine, "second")
    engine.go.set()
    shown = await texts(road, 2)
    assert shown[0].startswith("The model is busy.")
    assert shown[1] == "Answer to second"
    assert await ends(road) == [("failed", "rate_limited", 3), ("done", "", 2)]


async def taken(road: Road, engine: Working) -> None:
    """A turn has taken the second message in, and goes on."""
    engine.hold = True
    await begin(road, engine, "second")
    await road.frontend.wait_whispers(1)
    engine.go.set()
    with anyio.fail_after(10):
        await engine.asking.wait()


async def say(road: Road, command: str, args: str = "") -> None:
    text = f"/{command} {args}".rstrip()
    await road.bus.accept(message(text, command=Command(command, args)))


@pytest.mark.requirement("P10")
async def test_after_a_stop_what_came_has_its_own_turn(road: Road, engine: Working) -> None:
    await taken(road, engine)
    await say(road, "stop")
    assert set(await texts(road, 3)) == {f"{words.STOPPING}", words.STOPPED_AT_ONCE, "Answer to second"}
    assert await ends(road) == [("done", "", 1), ("done", "", 2)]


@pytest.mark.requirement("P10")
async def test_whoever_stops_all_drops_what_came_too(road: Road, engine: Working) -> None:
    await taken(road, engine)
    await say(road, "stop", "all")
    await road.frontend.wait(3)
    await until(road, lambda: not road.queue.stats().sessions)
    assert await ends(road) == [("done", "", 1), ("done", "stopped", 1)]
    assert engine.asked == ["first", "first"]
    assert {role for role, text, _ in await rows(road) if text == "second"} == set()


@pytest.mark.requirement("P10")
async def test_the_line_about_waiting_goes_and_its_buttons_are_honest(road: Road, engine: Working) -> None:
    await taken(road, engine)
    await until(road, lambda: bool(road.frontend.withdrawn))
    [(job_id, (_, buttons))] = road.frontend.whispers.items()
    # Taken in while the line was being said, it may be taken away a second time.
    assert set(road.frontend.withdrawn) == {f"whisper-{job_id}"}
    assert road.queue.stats().waiting == 0
    address = replace(road.frontend.rendering[0].address, reply_to=None)
    for button in buttons[0]:
        pressed = Press(button.handle, "shown", button.handle, address, Sender("123", ""), datetime.now(UTC))
        assert await road.bus.press(pressed) == words.BEGUN
    await say(road, "status")
    assert words.STATUS_RUNNING in (await texts(road, 1))[0]


async def test_the_next_message_knows_its_place_behind_what_was_taken_in(
    tmp_path: Path, engine: Working
) -> None:
    async with steered(tmp_path, engine, lane_limit=1) as road:
        engine.hold = True
        await begin(road, engine, "second")
        assert await road.bus.accept(message("too much")) is Receipt.FULL
        engine.go.set()
        with anyio.fail_after(10):
            await engine.asking.wait()
        third = message("quick third")
        assert await road.bus.accept(third) is Receipt.ACCEPTED
        assert road.queue.stats().waiting == 1
        session = (await road.bindings())["123"].session_id
        found = await road.database.read(lambda tx: road.stores.messages.news(tx, session, "memory:123"))
        assert [road.queue.place(session, it) for it in (*found.running, *found.waiting)] == [0, None, 1]
        assert await road.bus.accept(message("too much")) is Receipt.FULL
        await say(road, "stop")
        assert [text for text in await texts(road, 5) if text.startswith("Answer")] == [
            "Answer to second and quick third"
        ]


async def test_what_is_used_now_comes_before_what_was_taken_in(road: Road, engine: Working) -> None:
    await taken(road, engine)
    await road.bus.accept(message("quick third"))
    whispers = await road.frontend.wait_whispers(2)
    now = list(whispers.values())[1][1][0][0].handle
    address = replace(road.frontend.rendering[0].address, reply_to=None)
    pressed = Press("now", "shown", now, address, Sender("123", ""), datetime.now(UTC))
    assert await road.bus.press(pressed) == words.USED_NOW
    assert await texts(road, 3) == [words.STOPPED_AT_ONCE, "Answer to quick third", "Answer to second"]


@pytest.mark.requirement("P2")
async def test_a_stop_of_the_gateway_loses_nothing_and_suspects_nobody(
    tmp_path: Path, engine: Working
) -> None:
    async with steered(tmp_path, engine) as road:
        engine.hold = True
        await begin(road, engine, "second", "third")
        engine.go.set()
        with anyio.fail_after(10):
            await engine.asking.wait()
    async with steered(tmp_path, engine, running=False) as road:
        assert await ends(road) == [("accepted", "", 1)] * 3
    engine.hold = False
    async with steered(tmp_path, engine) as road:
        assert await texts(road, 3) == ["Answer to first", "Answer to second", "Answer to third"]


async def test_whoever_waits_for_each_reply_is_told_which_it_is(tmp_path: Path, engine: Working) -> None:
    async with steered(tmp_path, engine, awaited=True) as road:
        await begin(road, engine, "second")
        engine.go.set()
        assert await texts(road, 2) == ["Answer to first and second", words.ANSWERED_TOGETHER]


async def test_what_marks_a_question_as_open_goes_with_the_answer(road: Road, engine: Working) -> None:
    await taken(road, engine)
    assert road.frontend.closed == []
    engine.hold = False
    await say(road, "stop")
    await road.frontend.wait(3)
    engine.go, engine.working = anyio.Event(), anyio.Event()
    await begin(road, engine, "fourth")
    engine.go.set()
    await road.frontend.wait(4)
    assert len(road.frontend.closed) == 1


async def test_what_cannot_be_taken_in_now_waits(road: Road, engine: Working) -> None:
    await begin(road, engine, "second")
    async with refused_writes(road.database, "UPDATE OF amended ON inbox"):
        engine.go.set()
        assert await texts(road, 1) == ["Answer to first"]
    assert (await texts(road, 2))[1] == "Answer to second"


async def test_the_last_question_is_taken_back_with_what_it_led_to(road: Road, engine: Working) -> None:
    await begin(road, engine, "second")
    engine.go.set()
    await road.frontend.wait(1)
    assert "second" in await Chat(road).tell("undo")
    assert [text for _, text, _ in await rows(road)] == ["first", "working"]


async def test_an_edit_of_what_was_taken_in_is_answered_anew_if_wanted(road: Road, engine: Working) -> None:
    await begin(road, engine)
    second = message("second")
    await road.bus.accept(second)
    engine.hold = True
    engine.go.set()
    with anyio.fail_after(10):
        await engine.asking.wait()
    await road.bus.edit(Edited(replace(second, text="second, and better")))
    assert await texts(road, 1) == [words.EDITED]
