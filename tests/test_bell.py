"""The bell."""

import anyio

from picklebot.bell import Bell


async def test_a_ring_wakes_all_who_wait_and_nobody_who_comes_later() -> None:
    bell, woken = Bell(), list[int]()

    async def wait(number: int) -> None:
        await bell.wait()
        woken.append(number)

    bell.ring()
    async with anyio.create_task_group() as tasks:
        for number in range(2):
            tasks.start_soon(wait, number)
        await anyio.wait_all_tasks_blocked()
        assert woken == []
        bell.ring()
        tasks.start_soon(wait, 2)
        await anyio.wait_all_tasks_blocked()
        assert sorted(woken) == [0, 1]
        bell.ring()
    assert sorted(woken) == [0, 1, 2]
