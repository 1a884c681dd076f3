"""A flood through the whole gateway: one process, bounded memory, and an end for every message."""

from __future__ import annotations

import os
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import anyio
import pytest
from tests.faults.scene import Scene, Speaker, open_scene, until
from tests.figures import Figure
from tests.road.gateway_process import GatewayProcess
from tests.sizes import FULL, sized

from picklebot.model import words
from picklebot.sandbox.telegram import TelegramSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * 3600 if FULL else 300)]

MESSAGES = sized(100_000, 1_500)
SPEAKERS = sized(1_000, 110)
EACH = 12
"""Messages of one speaker in a round: fewer than a lane holds."""
FLOODED = sized(600, 180)
"""Messages of the flooding speaker in a round: more than a lane holds."""
QUEUE = sized(10_000, 1_000)
"""Fewer than are said in a round."""
MOST_UNREAD = 5_000
"""Updates that the sandbox is given to tell at most; it forgets the oldest beyond twice as many."""
ROUND = SPEAKERS * EACH + FLOODED
A_ROUND = 1800.0
"""Seconds that a round may take."""
NUMBER = re.compile(r"This is message (\d+) of our conversation")
LEFT = """
SELECT 1 FROM inbox WHERE state NOT IN ('done', 'failed')
UNION ALL SELECT 1 FROM outbox WHERE state NOT IN ('sent', 'parked', 'expired') LIMIT 1
"""
TAKEN = "SELECT json_extract(job, '$.sender.user_id'), count(*) FROM inbox GROUP BY 1"
MIB = 2**20
MOST_MEMORY = 400 * MIB


class Gauge:
    """Looks at the process now and then. `held_back` is what Telegram could not tell while the queue was crowded."""

    def __init__(self, tg: TelegramSandbox) -> None:
        self._tg = tg
        self.memory = 0
        self.waiting = 0
        self.held_back = 0

    async def watch(self, gateway: GatewayProcess) -> None:
        """Look until cancelled."""
        while True:
            self.memory = max(self.memory, resident(gateway.pid))
            queue = (await gateway.health())["queue"]
            self.waiting = max(self.waiting, queue["waiting"])
            if queue["waiting"] + queue["running"] >= QUEUE * 9 // 10:
                self.held_back = max(self.held_back, len(self._tg.pending))
            await anyio.sleep(0.2)


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.requirement("P2")
@pytest.mark.requirement("P12")
@pytest.mark.requirement("P30")
async def test_a_flood_is_bounded_and_every_message_has_its_end(tmp_path: Path, figure: Figure) -> None:
    rounds = -(-MESSAGES // ROUND)
    async with open_scene(tmp_path, queue=QUEUE) as scene:
        speakers = [scene.speaker(number) for number in range(1, SPEAKERS + 1)]
        flooding, gauge = scene.speaker(SPEAKERS + 1), Gauge(scene.tg)
        async with scene.gateway() as gateway, anyio.create_task_group() as tasks:
            tasks.start_soon(gauge.watch, gateway)
            for number in range(rounds):
                await flood(scene, [*speakers * EACH, *[flooding] * FLOODED], number)
                await scene.tg.wait_confirmed(A_ROUND)
                await until(lambda: settled(scene.database), A_ROUND)
            tasks.cancel_scope.cancel()
        taken = accepted(scene.database)
        for speaker in speakers:
            assert taken[str(speaker.user.id)] == EACH * rounds
            assert each_answered(speaker, EACH * rounds)
        refused = ROUND * rounds - taken.total()
    figure("P12", "resident memory at most", f"{gauge.memory // MIB} MiB over {ROUND * rounds:,} messages")
    figure("P2", "of a flood", f"{taken.total():,} messages taken, {refused:,} refused, 0 unaccounted")
    assert refused == FLOODED * rounds - taken[str(flooding.user.id)] > 0
    assert sum(text == words.LANE_FULL for text in flooding.heard) >= 1
    assert gauge.waiting <= QUEUE
    assert gauge.held_back > 0, "it went on listening while it was full"
    assert gauge.memory < MOST_MEMORY


async def flood(scene: Scene, speakers: Sequence[Speaker], number: int) -> None:
    """Let each of them say one thing, the flooding one all at once, as fast as Telegram can be told."""
    for place, speaker in enumerate(speakers):
        if place % 100 == 0:
            await until(lambda: len(scene.tg.pending) < MOST_UNREAD, A_ROUND)
        speaker.say(f"{number}.{place}")


def each_answered(speaker: Speaker, count: int) -> bool:
    """Whether as many messages as were said are answered, each once and in order."""
    order = [int(found[1]) for text in speaker.heard if (found := NUMBER.search(text))]
    return order == list(range(1, count + 1))


def settled(database: Path) -> bool:
    """Whether nothing waits for its turn, and nothing is owed."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(LEFT).fetchone() is None


def accepted(database: Path) -> Counter[str]:
    """How many messages of each speaker were taken."""
    with closing(sqlite3.connect(database)) as connection:
        return Counter(dict(connection.execute(TAKEN)))
