"""How often the bot identifies."""

from itertools import pairwise

import anyio
import pytest
from anyio.abc import TaskStatus
from hypothesis import given
from hypothesis import strategies as st
from tests.figures import Figure
from tests.platforms.discord.kit import listening, options_for

from picklebot.errors import PlatformError, StorageError
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.platforms.discord.starts import FREE, LEAK, Clock, Starts
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.testing.intake import RecordingIntake
from picklebot.testing.memory import DictMemory

DAY = 86_400.0
MOST_A_DAY = 100


def identify_all_day(lives: list[float]) -> list[float]:
    """When a bot identifies whose lives are over after so many seconds, again and again, for two days."""
    now, starts, times = 1e9, Starts(), list[float]()
    while now < 1e9 + 2 * DAY:
        for life in lives:
            now += starts.pause(now)
            starts = Starts.read(starts.and_one(now).text)
            times.append(now)
            now += life
    return times


@pytest.mark.requirement("P20")
@given(
    st.lists(st.floats(0, 7200), min_size=1, max_size=20).filter(lambda lives: len(lives) < 2 or any(lives))
)
def test_no_crash_loop_spends_more_than_a_tenth_of_a_day(lives: list[float]) -> None:
    times = identify_all_day(lives)
    for index, at in enumerate(times):
        assert sum(1 for other in times[index : index + MOST_A_DAY + 1] if other < at + DAY) <= MOST_A_DAY


def test_some_starts_are_free_and_then_the_pauses_double() -> None:
    pauses = [later - earlier for earlier, later in pairwise(identify_all_day([0.0]))]
    assert pauses[: int(FREE)] == [0.0] * int(FREE)
    assert pauses[int(FREE)] == pytest.approx(2.0)
    assert all(later >= earlier - 1 for earlier, later in pairwise(pauses))
    assert max(pauses) <= LEAK
    assert Starts(40.0, 100.0).pause(50.0) == LEAK
    assert Starts.read(None) == Starts()


class FastClock(Clock):
    """Time that passes only where somebody waits for it."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.time = 1.8e9
        super().__init__(lambda: self.time, self._sleep)

    __slots__ = ("slept", "time")
    __setattr__ = object.__setattr__

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await anyio.lowlevel.checkpoint()


@pytest.mark.slow
@pytest.mark.requirement("P20")
async def test_a_simulated_day_of_crash_loops(
    dc: DiscordSandbox, intake: RecordingIntake, figure: Figure
) -> None:
    memory, clock = DictMemory(), FastClock()
    until = clock.time + DAY
    while clock.time < until:
        async with listening(DiscordAdapter(options_for(dc), memory, clock), intake):
            clock.time += 1
    figure("P20", "IDENTIFYs in a simulated day of crash loops", dc.gateway.identifies)
    assert 50 < dc.gateway.identifies <= MOST_A_DAY


@pytest.mark.requirement("P20")
async def test_invalid_sessions_count_too_and_a_connection_that_would_wait_long_ends(
    dc: DiscordSandbox, intake: RecordingIntake
) -> None:
    memory, clock = DictMemory(), FastClock()
    adapter, ends = DiscordAdapter(options_for(dc), memory, clock), list[str]()

    async def run(*, task_status: TaskStatus[None]) -> None:
        try:
            await adapter.run(intake, task_status=task_status)
        except PlatformError as error:
            ends.append(str(error))
        tasks.cancel_scope.cancel()

    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            await tasks.start(run)
            while True:
                await dc.gateway.wait_connected()
                dc.gateway.invalidate()
    assert len(ends) == 1
    assert "started so often" in ends[0]
    assert dc.gateway.identifies < 12


@pytest.mark.requirement("P20")
async def test_few_starts_left_are_not_used_up(intake: RecordingIntake) -> None:
    async with DiscordSandbox.start(identifies=150) as dc:
        adapter = DiscordAdapter(options_for(dc), DictMemory())
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: adapter.run(intake, task_status=anyio.TASK_STATUS_IGNORED))
            with anyio.fail_after(5):
                while adapter.health().state != "retrying":
                    await anyio.lowlevel.checkpoint()
                assert "150 starts" in adapter.health().detail
                assert await adapter._line.rest()
            tasks.cancel_scope.cancel()
        assert dc.gateway.identifies == 0


async def test_a_start_that_cannot_be_counted_is_not_made(
    dc: DiscordSandbox, intake: RecordingIntake
) -> None:
    memory = DictMemory()
    async with listening(DiscordAdapter(options_for(dc), memory), intake):
        pass
    memory.troubles = [StorageError("the disk is full")] * 3
    with anyio.fail_after(10), pytest.raises(PlatformError, match="the disk is full"):
        await DiscordAdapter(options_for(dc), memory).run(intake, task_status=anyio.TASK_STATUS_IGNORED)
    assert dc.gateway.identifies == 1


async def test_of_a_bot_that_may_start_often_more_is_forgiven(intake: RecordingIntake) -> None:
    clock, memory = FastClock(), DictMemory()
    async with DiscordSandbox.start(identifies=1_000_000) as dc:
        for _ in range(12):
            clock.time += 2
            async with listening(DiscordAdapter(options_for(dc), memory, clock), intake):
                pass
        assert clock.slept == []
