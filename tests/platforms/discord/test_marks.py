"""How far channels were read is known to the next process, however short the lives are."""

import anyio
import pytest

from picklebot.platforms.discord.interaction import snowflake_at
from picklebot.platforms.discord.marks import Marks
from picklebot.testing.memory import DictMemory

NOW = 1.8e9


@pytest.mark.requirement("P19")
async def test_the_first_moves_of_a_life_are_written_soon_and_not_the_very_first_alone() -> None:
    memory, first = DictMemory(), snowflake_at(NOW)
    marks = await Marks.load(memory, "1", NOW)
    async with anyio.create_task_group() as tasks:
        await tasks.start(marks.run)
        with anyio.fail_after(4):
            for message_id in range(first, first + 3):
                marks.move("901", "900", message_id)
                while memory.topics["marks 1"].get("901") != f"{message_id} 900":  # noqa: ASYNC110 - nothing tells
                    await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
