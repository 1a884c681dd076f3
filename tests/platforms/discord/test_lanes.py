"""Order within a lane, none across lanes, and a bound."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio

from picklebot.platforms.discord.lanes import Lanes


@asynccontextmanager
async def running(room: int) -> AsyncGenerator[Lanes]:
    lanes = Lanes(room)
    async with anyio.create_task_group() as tasks:
        await tasks.start(lanes.run)
        yield lanes
        tasks.cancel_scope.cancel()


async def test_work_that_fails_does_not_hold_its_lane() -> None:
    done = anyio.Event()

    async def fail() -> None:
        raise ValueError

    async def succeed() -> None:
        done.set()

    async with running(9) as lanes:
        assert lanes.put("a", fail)
        assert lanes.put("a", succeed)
        with anyio.fail_after(5):
            await done.wait()


async def test_beyond_its_room_nothing_is_taken() -> None:
    gate, done = anyio.Event(), anyio.Event()

    async def wait() -> None:
        await gate.wait()

    async def finish() -> None:
        done.set()

    async with running(2) as lanes:
        assert lanes.put("a", wait)
        assert lanes.put("b", finish)
        with anyio.fail_after(5):
            await done.wait()
        assert lanes.put("a", wait)
        assert not lanes.put("c", wait)
        gate.set()


async def test_before_it_runs_nothing_is_taken() -> None:
    assert not Lanes(2).put("a", anyio.sleep_forever)
