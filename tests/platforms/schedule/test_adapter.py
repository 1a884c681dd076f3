"""The clock speaks: once for each time, whatever happens to the clock, the files or the process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from structlog.testing import capture_logs
from tests.platforms.schedule.test_catalog import AGENTS, OPEN, write

from picklebot.bell import Bell
from picklebot.errors import StoppingError, StorageError
from picklebot.model.message import Address, Sender
from picklebot.platforms.schedule.adapter import ScheduleAdapter
from picklebot.platforms.schedule.catalog import CronCatalog
from picklebot.ports.platform import Receipt
from picklebot.testing.intake import RecordingIntake
from picklebot.testing.memory import DictMemory

DAY = datetime(2026, 11, 30, tzinfo=UTC)
FAST = 0.001


def cron(fields: str, prompt: str = "What is new?", **keys: str) -> str:
    more = "".join(f"{key}: {value}\n" for key, value in keys.items())
    return f'---\nschedule: "{fields}"\n{more}---\n{prompt}'


class Watched(CronCatalog):
    """A catalog that tells when it was looked at: everything that was due at the look before is dealt with then."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, AGENTS, OPEN)
        self.looked = Bell()

    def look(self) -> None:
        self.looked.ring()
        super().look()


class Desk:
    """One workspace with a clock that is set by hand; the gateway may be started there again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "crons"
        self.memory = DictMemory()
        self.intake = RecordingIntake()
        self.now = DAY + timedelta(hours=8)
        self.catalog = Watched(self.folder)

    @asynccontextmanager
    async def gateway(self) -> AsyncGenerator[ScheduleAdapter]:
        self.catalog = Watched(self.folder)
        adapter = ScheduleAdapter(self.catalog, self.memory, now=lambda: self.now, look_seconds=FAST)
        async with anyio.create_task_group() as tasks:
            with anyio.fail_after(10):
                await tasks.start(lambda *, task_status: adapter.run(self.intake, task_status=task_status))
            yield adapter
            tasks.cancel_scope.cancel()

    async def look(self, at: timedelta | None = None) -> list[str]:
        """Set the clock, let everything be looked at, and give all the times that were said."""
        if at is not None:
            self.now = DAY + at
        with anyio.fail_after(10):
            for _ in range(4):
                await self.catalog.looked.wait()
        return [message.sent_at.strftime("%d %H:%M") for message in self.intake.messages]


def at(hours: int, minutes: int = 0, *, days: int = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=minutes)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.requirement("S0.9")
async def test_what_is_due_is_said_once(desk: Desk) -> None:
    write(desk.folder, "daily", cron("0 9 * * *", to="telegram:5#6", agent="pickle"))
    async with desk.gateway():
        assert await desk.look(at(8, 59)) == []
        assert await desk.look(at(9)) == ["30 09:00"]
        assert await desk.look(at(9, 30)) == ["30 09:00"]
        assert await desk.look(at(9, days=1)) == ["30 09:00", "01 09:00"]
    first = desk.intake.messages[0]
    assert (first.text, first.sender) == ("What is new?", Sender("daily", ""))
    assert first.address == Address("schedule", "", "telegram:5#6")
    assert first.update_id == "daily 2026-11-30T09:00:00+00:00"
    assert desk.intake.agents == ["pickle", "pickle"]


@pytest.mark.requirement("S0.9")
async def test_a_start_makes_up_for_the_newest_time_of_the_last_hour(desk: Desk) -> None:
    write(desk.folder, "daily", cron("0 9 * * *"))
    write(desk.folder, "often", cron("*/20 * * * *"))
    async with desk.gateway():
        assert await desk.look() == []
    desk.now = DAY + at(9, 59)
    with capture_logs() as logs:
        async with desk.gateway():
            assert sorted(await desk.look()) == ["30 09:00", "30 09:40"]
    missed = [it for it in logs if "only the last is made up for" in it["event"]]
    assert [(it["schedule"], it["first"][11:16]) for it in missed] == [("often", "08:20")]


@pytest.mark.requirement("S0.9")
async def test_what_was_missed_for_longer_is_let_go(desk: Desk) -> None:
    write(desk.folder, "daily", cron("0 9 * * *"))
    async with desk.gateway():
        assert await desk.look() == []
    desk.now = DAY + at(10)
    with capture_logs() as logs:
        async with desk.gateway():
            assert await desk.look() == []
            assert await desk.look(at(9, days=1)) == ["01 09:00"]
    assert [it["first"][:16] for it in logs if "are let go" in it["event"]] == ["2026-11-30T09:00"]


@pytest.mark.requirement("S0.9")
async def test_a_clock_that_is_set_back_repeats_nothing(desk: Desk) -> None:
    write(desk.folder, "daily", cron("0 9 * * *"))
    async with desk.gateway():
        await desk.look()
        await desk.look(at(9))
        assert await desk.look(at(8)) == ["30 09:00"]
        assert await desk.look(at(9, 10)) == ["30 09:00"]
    desk.now = DAY + at(8, 30)
    async with desk.gateway():
        assert await desk.look(at(9, 10)) == ["30 09:00"]
        assert await desk.look(at(9, days=1)) == ["30 09:00", "01 09:00"]


async def test_a_mark_of_a_clock_that_was_wrong_by_years_is_not_believed(desk: Desk) -> None:
    write(desk.folder, "daily", cron("0 9 * * *"))
    desk.now = DAY + timedelta(days=4000)
    async with desk.gateway():
        await desk.look()
    desk.now = DAY + at(8)
    async with desk.gateway():
        assert await desk.look() == []
        assert await desk.look(at(9)) == ["30 09:00"]


@pytest.mark.requirement("S0.9")
async def test_a_jump_ahead_is_one_message_and_not_all_that_would_have_come(desk: Desk) -> None:
    write(desk.folder, "often", cron("* * * * *"))
    async with desk.gateway():
        await desk.look()
        assert await desk.look(at(12)) == ["30 12:00"]


@pytest.mark.requirement("S0.9")
async def test_what_came_before_a_schedule_was_written_or_switched_on_is_not_made_up_for(desk: Desk) -> None:
    async with desk.gateway() as adapter:
        await desk.look(at(9, 30))
        assert adapter.health().detail == "no schedules"
        write(desk.folder, "daily", cron("0 9 * * *"))
        assert await desk.look() == []
        assert adapter.health().detail == "next: daily at 2026-12-01T09:00:00+00:00"
        write(desk.folder, "daily", cron("15 9 * * *"))
        assert await desk.look() == [], "another timetable begins when it is written"
        write(desk.folder, "daily", cron("35 9 * * *", enabled="false"))
        assert await desk.look(at(9, 40)) == []
        assert desk.memory.topics["until"] == {}
        write(desk.folder, "daily", cron("35 9 * * *"))
        assert await desk.look() == []
        assert await desk.look(at(9, 35, days=1)) == ["01 09:35"]


async def test_an_edit_of_the_prompt_misses_nothing(desk: Desk) -> None:
    write(desk.folder, "daily", cron("0 9 * * *"))
    async with desk.gateway():
        await desk.look()
    write(desk.folder, "daily", cron("0  9 * * *", "What is old?"))
    desk.now = DAY + at(9, 1)
    async with desk.gateway():
        assert await desk.look() == ["30 09:00"]
    assert desk.intake.texts == ["What is old?"]


@pytest.mark.requirement("S0.9")
async def test_a_time_that_was_not_marked_any_more_is_offered_again_as_the_same_message(desk: Desk) -> None:
    write(desk.folder, "daily", cron("0 9 * * *"))
    async with desk.gateway() as adapter:
        await desk.look()
        desk.memory.troubles = [StorageError("the disk is full")] * 1000
        await desk.look(at(9))
        assert adapter.health().state == "retrying"
        assert "the disk is full" in adapter.health().detail
        desk.intake.receipt = Receipt.DUPLICATE
        desk.memory.troubles = []
        await desk.look()
        assert adapter.health().state == "up"
    assert len({message.update_id for message in desk.intake.messages}) == 1
    said = len(desk.intake.messages)
    async with desk.gateway():
        await desk.look()
    assert len(desk.intake.messages) == said


@pytest.mark.parametrize("trouble", [StorageError("locked"), StoppingError("stopping")])
async def test_what_cannot_be_kept_stays_due_and_holds_up_no_other(desk: Desk, trouble: Exception) -> None:
    write(desk.folder, "a", cron("0 9 * * *", "first"))
    write(desk.folder, "b", cron("0 9 * * *", "second"))
    async with desk.gateway():
        await desk.look()
        desk.intake.troubles = [trouble]
        await desk.look(at(9))
    assert sorted(desk.intake.texts) == ["first", "second"]


@pytest.mark.requirement("S0.9")
async def test_what_finds_no_room_waits_and_what_is_still_at_work_is_not_asked_twice(desk: Desk) -> None:
    write(desk.folder, "daily", cron("0 9 * * *"))
    async with desk.gateway():
        await desk.look()
        with capture_logs() as logs:
            desk.intake.receipt = Receipt.FULL
            await desk.look(at(9))
            desk.intake.receipt = Receipt.IGNORED
            await desk.look(at(9, 1))
            said = len(desk.intake.messages)
            await desk.look(at(9, 2))
        assert len(desk.intake.messages) == said
    assert [it["log_level"] for it in logs] == ["warning", "warning"]


async def test_a_start_waits_for_its_memory(desk: Desk) -> None:
    async def broken(topic: str) -> dict[str, str]:
        raise StorageError(f"{topic} is locked")

    recall: Callable[[str], Awaitable[object]] = desk.memory.recall
    catalog = CronCatalog(desk.folder, AGENTS, OPEN)
    memory = DictMemory()
    memory.recall = broken  # type: ignore[method-assign]
    adapter = ScheduleAdapter(catalog, memory, now=lambda: desk.now, look_seconds=FAST)
    started = anyio.Event()

    class Status:
        def started(self, value: None = None) -> None:
            started.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: adapter.run(desk.intake, task_status=Status()))
        await anyio.wait_all_tasks_blocked()
        assert (adapter.health().state, started.is_set()) == ("retrying", False)
        memory.recall = recall  # type: ignore[method-assign]
        with anyio.fail_after(10):
            await started.wait()
        tasks.cancel_scope.cancel()
