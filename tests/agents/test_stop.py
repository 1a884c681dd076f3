"""What ends a turn before its time: its speaker, its deadline, and engines that are deaf to both."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from anyio import to_thread
from tests.figures import Figure
from tests.memory_road import Road, message, open_road

from picklebot.model import words
from picklebot.model.events import Final, ReplyEvent, TextDelta
from picklebot.model.message import Command
from picklebot.ports.engine import Turn
from picklebot.ports.platform import Receipt
from picklebot.replies.owing import parcel_of
from picklebot.storage.messages import SqlMessages


class Slow:
    """Says half a sentence and then waits; a text that begins with "quick" is answered at once."""

    def __init__(self) -> None:
        self.waiting = anyio.Event()
        self.ended = anyio.Event()

    async def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
        if turn.job.text.startswith("quick"):
            yield Final(f"{turn.job.text}: done")
            return
        yield TextDelta("Half a sentence")
        self.waiting.set()
        try:
            await anyio.sleep_forever()
        finally:
            self.ended.set()


class Deaf(Slow):
    """Blocks a thread, and does not care for cancellation."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()

    async def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
        if turn.job.text.startswith("quick"):
            yield Final(f"{turn.job.text}: done")
            return
        yield TextDelta("Half a sentence")
        self.waiting.set()
        try:
            await to_thread.run_sync(self.release.wait, 30)
        finally:
            self.ended.set()
        yield TextDelta(" and a ghost")


def command(name: str, args: str = "") -> Command:
    return Command(name, args)


async def texts(road: Road, count: int) -> list[str]:
    return [reply.text for reply in await road.frontend.wait(count)]


async def begin(road: Road, engine: Slow) -> None:
    await road.bus.accept(message("a long one"))
    with anyio.fail_after(10):
        await engine.waiting.wait()


@pytest.mark.requirement("P10")
async def test_stop_ends_the_turn_and_keeps_what_was_said(tmp_path: Path, figure: Figure) -> None:
    engine = Slow()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await begin(road, engine)
        for number in range(2):
            await road.bus.accept(message(f"quick {number}"))
        began = time.monotonic()
        assert await road.bus.accept(message("/stop", command=command("stop"))) is Receipt.HANDLED
        with anyio.fail_after(10):
            await engine.ended.wait()
        figure("P10", "from `/stop` to the end of the stream", f"{time.monotonic() - began:.3f} s")
        shown = await texts(road, 4)
        partial = words.STOPPED_AFTER.format(text="Half a sentence")
        assert f"{words.STOPPING} {words.still_waiting(2)}" in shown
        assert [text for text in shown if not text.startswith(words.STOPPING)] == [
            partial,
            "quick 0: done",
            "quick 1: done",
        ]
        session = (await road.bindings())["123"].session_id
        rows = await road.database.read(lambda tx: road.stores.history.messages(tx, session))
        assert [row.text for _, row in rows][:2] == ["a long one", partial]
        found = await road.database.read(lambda tx: SqlMessages().find(tx))
        assert {record.state.value for record in found} == {"done"}


@pytest.mark.requirement("P10")
async def test_stop_all_drops_what_waits(tmp_path: Path) -> None:
    engine = Slow()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await begin(road, engine)
        for number in range(3):
            await road.bus.accept(message(f"quick {number}"))
        await road.bus.accept(message("quick other", user="2"))
        await road.bus.accept(message("/stop all", command=command("stop", "all")))
        await road.bus.accept(message("quick and new"))
        shown = await texts(road, 4)
        assert f"{words.STOPPING} {words.DROPPED.format(count=3)}" in shown
        assert not any(text.startswith(("quick 0", "quick 1", "quick 2")) for text in shown)
        assert "quick other: done" in shown
        assert shown[-1] == "quick and new: done"
        assert road.queue.stats().waiting == 0


@pytest.mark.requirement("P2")
async def test_whoever_waits_for_a_dropped_message_is_told(tmp_path: Path) -> None:
    engine = Slow()
    async with open_road(tmp_path / "road.db", engine=engine, awaited=True) as road:
        await begin(road, engine)
        for number in range(2):
            await road.bus.accept(message(f"quick {number}"))
        waiting = await road.database.read(lambda tx: list(road.stores.inbox.unfinished(tx)))
        await road.bus.accept(message("/stop all", command=command("stop", "all")))
        shown = {reply.parcel.id: reply.text for reply in await road.frontend.wait(4)}
        assert [shown[job.id] for job in waiting[1:]] == [words.DROPPED_ONE] * 2


@pytest.mark.requirement("P2")
async def test_an_answer_that_a_stop_cut_off_is_ended_when_its_message_is_dropped(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", running=False) as road:
        for text in ("half said", "never begun"):
            await road.bus.accept(message(text))
        [half, _] = await road.database.read(lambda tx: list(road.stores.inbox.unfinished(tx)))
        await road.database.write(lambda tx: road.stores.outbox.note_posted(tx, parcel_of(half), 0, "7"))
        await road.bus.accept(message("/stop all", command=command("stop", "all")))
    async with open_road(tmp_path / "road.db") as road:
        shown = await road.frontend.wait(2)
        assert {(reply.text, reply.parcel.posted) for reply in shown} == {
            (f"{words.NOTHING_TO_STOP} {words.DROPPED.format(count=2)}", ()),
            (words.DROPPED_ONE, ("7",)),
        }
        with anyio.fail_after(10):
            await road.delivery.flush()
        assert await road.database.read(road.stores.outbox.recover) == []


@pytest.mark.requirement("P10")
@pytest.mark.parametrize("everything", [False, True])
async def test_stop_ends_what_was_asked_before_a_new_conversation(tmp_path: Path, everything: bool) -> None:
    engine = Slow()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await begin(road, engine)
        await road.bus.accept(message("quick and waiting"))
        await road.bus.accept(message("/new", command=command("new")))
        await road.bus.accept(message("/stop", user="2", command=command("stop")))
        assert (await texts(road, 2))[1] == words.NOTHING_TO_STOP
        assert not engine.ended.is_set()
        await road.bus.accept(message("/stop", command=command("stop", "all" if everything else "")))
        told = f"{words.STOPPING} {words.DROPPED.format(count=1)}" if everything else words.STOPPING
        stopped = words.STOPPED_AFTER.format(text="Half a sentence")
        shown = await texts(road, 4 if everything else 5)
        assert sorted(shown[2:]) == sorted(
            [told, stopped, *([] if everything else ["quick and waiting: done"])]
        )
        await road.bus.accept(message("/forget", command=command("forget", "everything")))
        assert (await texts(road, len(shown) + 1))[-1] == words.FORGOTTEN.format(
            count=words.counted("conversation", 2)
        )


async def test_there_may_be_nothing_to_stop(road: Road) -> None:
    await road.bus.accept(message("/stop", command=command("stop")))
    assert await texts(road, 1) == [words.NOTHING_TO_STOP]
    await road.bus.accept(message("/status", command=command("status")))
    assert (await texts(road, 2))[1] == words.NO_MESSAGES_YET


@pytest.mark.requirement("P10")
@pytest.mark.requirement("B4")
async def test_status_is_answered_while_a_turn_runs(tmp_path: Path) -> None:
    engine = Slow()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await begin(road, engine)
        await road.bus.accept(message("quick"))
        await road.bus.accept(message("/status", command=command("status")))
        [shown] = await texts(road, 1)
        session = (await road.bindings())["123"].session_id
        assert shown.splitlines() == [
            words.STATUS_SESSION.format(session=session, agent="pickle"),
            words.STATUS_RUNNING,
            words.STATUS_WAITING.format(count=1),
        ]


@pytest.mark.requirement("P10")
@pytest.mark.requirement("P13")
async def test_a_deaf_engine_is_left_behind(tmp_path: Path, figure: Figure) -> None:
    engine = Deaf()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await begin(road, engine)
        await road.bus.accept(message("quick"))
        began = time.monotonic()
        await road.bus.accept(message("/stop", command=command("stop")))
        shown = await texts(road, 3)
        figure("P10", "to the next answer behind a deaf engine", f"{time.monotonic() - began:.3f} s")
        assert "quick: done" in shown
        engine.release.set()
        with anyio.fail_after(10):
            await engine.ended.wait()
        assert not any("ghost" in text for text in await texts(road, 3))


@pytest.mark.requirement("P13")
@pytest.mark.parametrize("kind", [Slow, Deaf])
async def test_a_deadline_is_said_within_five_seconds_whatever_the_engine_does(
    tmp_path: Path, kind: type[Slow], figure: Figure
) -> None:
    engine = kind()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        road.rules.deadline = 0.2
        began = time.monotonic()
        await road.bus.accept(message("a long one"))
        await road.bus.accept(message("quick"))
        shown = await texts(road, 2)
        figure("P13", "from a deadline to its error", f"{time.monotonic() - began - 0.2:.2f} s")
        assert shown[0].startswith(words.TOOK_TOO_LONG)
        assert shown[1] == "quick: done"
        if isinstance(engine, Deaf):
            engine.release.set()


@pytest.mark.requirement("P10")
async def test_stop_also_ends_a_turn_that_a_crash_cut_off_and_that_waits_to_run_again(tmp_path: Path) -> None:
    engine = Slow()
    async with open_road(tmp_path / "road.db", running=False) as road:
        for user in ("1", "2"):
            await road.bus.accept(message("a long one", user=user))
        for job in await road.database.read(lambda tx: list(road.stores.inbox.unfinished(tx))):
            await road.database.write(lambda tx, job=job: road.stores.inbox.start(tx, job.id))
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        with anyio.fail_after(10):
            await engine.waiting.wait()
        await road.bus.accept(message("/stop", user="2", command=command("stop")))
        await road.bus.accept(message("/stop", user="1", command=command("stop")))
        shown = await road.frontend.wait(4)
        assert {(reply.parcel.address.chat_id, reply.text) for reply in shown} == {
            ("1", words.STOPPING),
            ("2", words.STOPPING),
            ("1", words.STOPPED_AFTER.format(text="Half a sentence")),
            ("2", words.STOPPED_AT_ONCE),
        }


@pytest.mark.requirement("P10")
@pytest.mark.requirement("P12")
async def test_commands_do_not_wait_for_room(tmp_path: Path) -> None:
    engine = Slow()
    async with open_road(tmp_path / "road.db", engine=engine, total_limit=2) as road:
        await begin(road, engine)
        await road.bus.accept(message("another long one", user="2"))
        with anyio.move_on_after(0.2) as waiting:
            await road.bus.accept(message("one too many", user="3"))
        assert waiting.cancelled_caught, "adapters rest while the queue as a whole is full"
        with anyio.fail_after(5):
            await road.bus.accept(message("/status", command=command("status")))
            await road.bus.accept(message("/stop", command=command("stop")))
        await texts(road, 3)
