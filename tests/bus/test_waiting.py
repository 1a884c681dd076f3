"""A message that must wait: its writer is told so once, and may use it at once or drop it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import anyio
import pytest
from tests.memory_road import Road, message, open_road

from picklebot.bus import waiting as waiting_room
from picklebot.errors import DeliveryDelayedError, DeliveryImpossibleError
from picklebot.model import words
from picklebot.model.choice import Buttons, Press
from picklebot.model.events import Final, ReplyEvent, TextDelta
from picklebot.model.message import Address, Command, Sender
from picklebot.model.parcel import Parcel
from picklebot.model.session import Scope
from picklebot.ports.engine import Turn
from picklebot.ports.messages import STOPPED
from picklebot.ports.platform import PartNotes
from picklebot.ports.rules import ChatRule
from picklebot.testing.frontend import RecordingFrontend
from picklebot.testing.rules import FixedRules

_numbers = count(1)


class Held:
    """Says a word and waits until it is let go; a text that begins with "quick" is answered at once."""

    def __init__(self) -> None:
        self.go = anyio.Event()

    async def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
        if not turn.job.text.startswith("quick"):
            yield TextDelta("Well")
            await self.go.wait()
        yield Final(f"Answer to {turn.job.text}")


@pytest.fixture
def engine(anyio_backend: str) -> Held:
    return Held()


@pytest.fixture
async def road(tmp_path: Path, engine: Held) -> AsyncIterator[Road]:
    rules = FixedRules(operators={"1"})
    async with open_road(tmp_path / "road.db", engine=engine, rules=rules, soon=0.0) as road:
        yield road


async def say(road: Road, *texts: str, user: str = "123") -> None:
    for text in texts:
        await road.bus.accept(message(text, user=user))


async def waiting(road: Road, *texts: str) -> list[tuple[str, Buttons]]:
    """One question is being answered, and these wait behind it; what is whispered of them, in order."""
    await say(road, "first")
    await begun(road)
    for number, text in enumerate(texts, 1):
        await say(road, text)
        await road.frontend.wait_whispers(number)
    return list(road.frontend.whispers.values())


async def begun(road: Road) -> None:
    await road.frontend.wait_rendering(1)
    with anyio.fail_after(10):
        while not road.turns._turns:
            await anyio.lowlevel.checkpoint()


def press(road: Road, handle: str, user: str = "123") -> Press:
    address = replace(road.frontend.rendering[0].address, reply_to=None)
    return Press(f"w{next(_numbers)}", "shown", handle, address, Sender(user, ""), datetime.now(UTC))


async def texts(road: Road, count: int) -> list[str]:
    return [shown.text for shown in await road.frontend.wait(count)]


@pytest.mark.requirement("P10")
async def test_who_must_wait_is_told_so_once_with_the_place_where_that_is_long(
    road: Road, engine: Held
) -> None:
    (near, buttons), (far, _) = await waiting(road, "second", "third")
    assert (near, far) == (words.WAITS, words.WAITS_BEHIND.format(count=2))
    assert [button.label for row in buttons for button in row] == [words.USE_NOW, words.CANCEL]
    engine.go.set()
    assert await texts(road, 3) == ["Answer to first", "Answer to second", "Answer to third"]
    assert len(road.frontend.whispers) == 2
    second = road.frontend.shown[1].parcel
    assert second.status == f"whisper-{second.id}", "who shows the answer knows what stood for it"


@pytest.mark.requirement("S0.12")
async def test_who_waits_for_what_an_unclean_stop_cut_off_is_told_so(tmp_path: Path) -> None:
    async with open_road(tmp_path / "r.db", running=False) as road:
        await say(road, "cut off")
        [job] = await road.database.read(lambda tx: list(road.stores.inbox.unfinished(tx)))
        await road.database.write(lambda tx: road.stores.inbox.start(tx, job.id))
    engine = Held()
    async with open_road(tmp_path / "r.db", engine=engine, soon=0.05) as road:
        await begun(road)
        await say(road, "quick and new", user="124")
        [(line, _)] = (await road.frontend.wait_whispers(1)).values()
        assert line == words.WAITS
        engine.go.set()
        assert await texts(road, 2) == ["Answer to cut off", "Answer to quick and new"]


async def test_who_need_not_wait_for_long_is_told_nothing(tmp_path: Path) -> None:
    async with open_road(tmp_path / "r.db", engine=Held()) as road:
        await say(road, "quick one", "quick two")
        await say(road, "quick three", user="124")
        await road.frontend.wait(3)
        assert road.frontend.whispers == {}


async def test_where_very_many_wait_at_once_no_more_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_room, "MOST_DUE", 1)
    engine = Held()
    async with open_road(tmp_path / "r.db", engine=engine, soon=0.2) as road:
        await say(road, "first")
        await begun(road)
        await say(road, "second", "third")
        [told] = await road.frontend.wait_whispers(1)
        engine.go.set()
        await road.frontend.wait(3)
        assert list(road.frontend.whispers) == [told]


async def test_a_message_is_used_now_and_what_runs_ends(road: Road, engine: Held) -> None:
    [_, (_, buttons)] = await waiting(road, "second", "quick third")
    assert await road.bus.press(press(road, buttons[0][0].handle)) == words.USED_NOW
    assert await texts(road, 2) == [words.STOPPED_AFTER.format(text="Well"), "Answer to quick third"]
    assert await road.bus.press(press(road, buttons[0][0].handle)) == words.NOT_WAITING
    engine.go.set()
    assert (await texts(road, 3))[2] == "Answer to second"


async def test_a_message_is_dropped_and_what_stood_for_it_says_so(road: Road, engine: Held) -> None:
    [(_, buttons), _] = await waiting(road, "second", "quick third")
    assert await road.bus.press(press(road, buttons[0][1].handle)) == words.DROPPED_ONE
    [dropped] = await road.frontend.wait(1)
    assert (dropped.text, dropped.parcel.posted) == (words.DROPPED_ONE, (f"whisper-{dropped.parcel.id}",))
    assert await road.bus.press(press(road, buttons[0][1].handle)) == words.NOT_WAITING
    assert await road.bus.press(press(road, buttons[0][0].handle)) == words.NOT_WAITING
    engine.go.set()
    assert (await texts(road, 3))[1:] == ["Answer to first", "Answer to quick third"]


async def test_what_marks_a_dropped_message_as_open_goes_where_no_line_stands_for_it(tmp_path: Path) -> None:
    engine = Held()
    async with open_road(tmp_path / "r.db", engine=engine) as road:
        await say(road, "first")
        await begun(road)
        await say(road, "second")
        await road.bus.accept(message("/stop all", command=Command("stop", "all")))
        await road.frontend.wait(2)
        found = await road.database.read(road.stores.messages.find)
        assert road.frontend.closed == [each.id for each in found if each.reason == STOPPED]
        assert len(road.frontend.closed) == 1


async def test_others_may_not_choose(road: Road) -> None:
    [(_, buttons)] = await waiting(road, "second")
    for button in buttons[0]:
        assert await road.bus.press(press(road, button.handle, "666")) == words.CHOICE_NOT_YOURS
    assert len(road.turns._turns) == 1


async def test_what_was_offered_outlives_a_restart(tmp_path: Path) -> None:
    async with open_road(tmp_path / "r.db", engine=Held(), soon=0.0) as road:
        [(_, buttons)] = await waiting(road, "quick second")
        job_id = next(iter(road.frontend.whispers))
    async with open_road(tmp_path / "r.db", engine=Held(), soon=0.0) as road:
        await begun(road)
        assert await road.bus.press(press(road, buttons[0][0].handle)) == words.USED_NOW
        shown = (await road.frontend.wait(2))[1]
        assert (shown.parcel.id, shown.parcel.status) == (job_id, f"whisper-{job_id}")


async def test_after_a_restart_who_waits_is_told_and_a_line_that_stands_is_kept(tmp_path: Path) -> None:
    async with open_road(tmp_path / "r.db", engine=Held(), soon=0.0) as road:
        await waiting(road, "second")
        [told] = road.frontend.whispers
    async with open_road(tmp_path / "r.db", running=False) as road:
        await say(road, "third")
    engine = Held()
    async with open_road(tmp_path / "r.db", engine=engine, soon=0.0) as road:
        lines = {parcel: (text, stood) for parcel, text, stood in await road.frontend.wait_whispered(2)}
        assert lines.pop(told) == (words.WAITS, f"whisper-{told}"), "it is edited, and not said anew"
        assert [*lines.values()] == [(words.WAITS_BEHIND.format(count=2), None)]
        [_, (_, buttons)] = road.frontend.whispers.values()
        engine.go.set()
        assert await texts(road, 3) == ["Answer to first", "Answer to second", "Answer to third"]
        assert await road.bus.press(press(road, buttons[0][0].handle)) == words.NOT_WAITING
        assert len(road.frontend.whispered) == 2


async def test_a_line_follows_the_place_of_its_message(tmp_path: Path) -> None:
    engine = Held()
    async with open_road(tmp_path / "r.db", engine=engine, soon=0.0, every=0.01) as road:
        [(_, buttons), (_, offered), _] = await waiting(road, "second", "third", "fourth")
        _, third, fourth = road.frontend.whispers
        assert await road.bus.press(press(road, buttons[0][1].handle)) == words.DROPPED_ONE
        moved = (await road.frontend.wait_whispered(5))[3:]
        assert sorted(moved) == sorted(
            [
                (third, words.WAITS, f"whisper-{third}"),
                (fourth, words.WAITS_BEHIND.format(count=2), f"whisper-{fourth}"),
            ]
        )
        assert road.frontend.whispers[third] == (words.WAITS, offered), "with the same buttons"
        engine.go.set()
        await road.frontend.wait(4)
        assert len(road.frontend.whispered) <= 6, "it is said when it is another one"


async def test_of_very_many_lines_some_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_room, "MOST_FOLLOWED", 1)
    engine = Held()
    async with open_road(tmp_path / "r.db", engine=engine, soon=0.0, every=0.01) as road:
        [(_, buttons), _, _] = await waiting(road, "second", "third", "fourth")
        await road.bus.press(press(road, buttons[0][1].handle))
        with pytest.raises(TimeoutError):
            await road.frontend.wait_whispered(4, seconds=0.3)
        engine.go.set()
        await road.frontend.wait(4)


async def test_what_comes_of_a_message_comes_after_the_line_that_is_being_changed(tmp_path: Path) -> None:
    entered, leave = anyio.Event(), anyio.Event()
    order: list[str] = []

    class Slow(RecordingFrontend):
        async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> str | None:
            if parcel.status is not None:
                entered.set()
                await leave.wait()
                order.append("line")
            return await super().whisper(parcel, text, buttons)

        async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], notes: PartNotes) -> None:
            if parcel.text == words.DROPPED_ONE:
                order.append("dropped")
            await super().render(parcel, events, notes)

    async with open_road(tmp_path / "r.db", engine=Held(), soon=0.0) as road:
        [(_, buttons)] = await waiting(road, "second")
    async with open_road(tmp_path / "r.db", engine=Held(), frontend=Slow(), soon=0.0) as road:
        await begun(road)
        with anyio.fail_after(10):
            await entered.wait()
        assert await road.bus.press(press(road, buttons[0][1].handle)) == words.DROPPED_ONE
        leave.set()
        await road.frontend.wait(1)
    assert order == ["line", "dropped"]


async def test_a_chat_that_must_wait_is_told_later_and_one_that_is_closed_never(tmp_path: Path) -> None:
    troubles = [DeliveryDelayedError("wait", seconds=0.0), DeliveryImpossibleError("blocked")]
    asked: list[str] = []

    class Moody(RecordingFrontend):
        async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> str | None:
            asked.append(parcel.id)
            if troubles:
                raise troubles.pop(0)
            return await super().whisper(parcel, text, buttons)

    engine = Held()
    async with open_road(tmp_path / "r.db", engine=engine, frontend=Moody(), soon=0.0) as road:
        await say(road, "first")
        await begun(road)
        await say(road, "second")
        with anyio.fail_after(10):
            while troubles:
                await anyio.lowlevel.checkpoint()
        await say(road, "third")
        [third] = await road.frontend.wait_whispers(1)
        assert asked[0] == asked[1] != third
        engine.go.set()
        await road.frontend.wait(3)


async def test_a_line_that_breaks_its_platform_breaks_nothing_else(tmp_path: Path) -> None:
    """Neither when it is said nor when it is taken away does that end the gateway."""
    entered, leave, broken = anyio.Event(), anyio.Event(), anyio.Event()

    class Broken(RecordingFrontend):
        async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> str | None:
            if not entered.is_set():
                entered.set()
                raise RuntimeError("nobody expects this")
            line = await super().whisper(parcel, text, buttons)
            await leave.wait()
            return line

        async def withdraw(self, parcel: Parcel, message_id: str) -> None:
            await super().withdraw(parcel, message_id)
            broken.set()
            raise RuntimeError("nor this")

    engine = Held()
    async with open_road(tmp_path / "r.db", engine=engine, frontend=Broken(), soon=0.0) as road:
        await say(road, "first")
        await begun(road)
        with anyio.fail_after(10):
            await say(road, "second")
            await entered.wait()
            await say(road, "third")
            [third] = await road.frontend.wait_whispers(1)
            session = (await road.bindings())["123"].session_id
            await road.database.write(lambda tx: road.stores.messages.drop(tx, session, third))
            await road.database.write(lambda tx: road.queue.drop(tx, session, [third]))
            leave.set()
            await broken.wait()
        engine.go.set()
        assert await texts(road, 2) == ["Answer to first", "Answer to second"]


async def test_a_message_that_is_dropped_while_its_line_is_sent_leaves_none(tmp_path: Path) -> None:
    entered, leave = anyio.Event(), anyio.Event()

    class Slow(RecordingFrontend):
        async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> str | None:
            entered.set()
            await leave.wait()
            return await super().whisper(parcel, text, buttons)

    async with open_road(tmp_path / "r.db", engine=Held(), frontend=Slow(), soon=0.0) as road:
        await say(road, "first")
        await begun(road)
        await say(road, "second")
        with anyio.fail_after(10):
            await entered.wait()
            session = (await road.bindings())["123"].session_id
            [dropped] = await road.database.write(lambda tx: road.stores.messages.drop(tx, session))
            await road.database.write(lambda tx: road.queue.drop(tx, session, [dropped.id]))
            leave.set()
            while not road.frontend.withdrawn:
                await anyio.lowlevel.checkpoint()
    assert road.frontend.withdrawn == [f"whisper-{dropped.id}"]


async def test_a_turn_that_begins_while_its_line_is_sent_waits_for_that(tmp_path: Path) -> None:
    entered, leave = anyio.Event(), anyio.Event()

    class Slow(RecordingFrontend):
        async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> str | None:
            entered.set()
            await leave.wait()
            return await super().whisper(parcel, text, buttons)

    engine = Held()
    async with open_road(tmp_path / "r.db", engine=engine, frontend=Slow(), soon=0.0) as road:
        await say(road, "first")
        await begun(road)
        await say(road, "quick second")
        with anyio.fail_after(10):
            await entered.wait()
        engine.go.set()
        await road.frontend.wait(1)
        leave.set()
        second = (await road.frontend.wait(2))[1]
    assert second.parcel.status == f"whisper-{second.parcel.id}"


async def test_of_a_line_that_an_answer_from_the_outbox_took_the_place_of_nothing_is_remembered(
    tmp_path: Path,
) -> None:
    troubles = [DeliveryDelayedError("wait", seconds=0.3)]
    frontend = RecordingFrontend(
        lambda parcel: troubles.pop() if troubles and parcel.id not in frontend.whispers else None
    )
    engine = Held()
    async with open_road(tmp_path / "r.db", engine=engine, frontend=frontend, soon=0.0) as road:
        troubles, later = [], troubles
        await waiting(road, "quick second")
        troubles = later
        engine.go.set()
        assert await texts(road, 2) == ["Answer to first", "Answer to quick second"]
        with anyio.fail_after(10):
            await road.delivery.flush()
        assert road.delivery._begun_before == set()


async def test_in_a_shared_session_a_message_goes_first_and_waits_for_the_others_turn(
    tmp_path: Path,
) -> None:
    engine, rules = Held(), FixedRules(chats={"-5": ChatRule(scope=Scope.CHAT)})
    async with open_road(tmp_path / "r.db", engine=engine, rules=rules, soon=0.0) as road:
        await road.bus.accept(message("first", user="1", chat="-5"))
        await begun(road)
        await road.bus.accept(message("second", user="1", chat="-5"))
        await road.frontend.wait_whispers(1)
        await road.bus.accept(message("third", user="2", chat="-5"))
        whispers = list((await road.frontend.wait_whispers(2)).values())
        handle = whispers[1][1][0][0].handle
        pressed = replace(press(road, handle, "2"), address=Address("memory", "bot", "-5"))
        assert await road.bus.press(pressed) == words.USED_NOW
        assert len(road.turns._turns) == 1
        engine.go.set()
        assert await texts(road, 3) == ["Answer to first", "Answer to third", "Answer to second"]
