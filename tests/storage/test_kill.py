"""A process that is killed between, and within, its writes: what it was told is durable is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from picklebot.storage.database import Database
from picklebot.storage.sessions import SqlSessions

WRITER = """
import sys
from functools import partial
import anyio
from picklebot.storage.database import Database
from picklebot.storage.sessions import SqlSessions
from tests.storage.samples import make_session

async def main():
    async with Database.open(sys.argv[1]) as database, anyio.create_task_group() as tasks:
        for lane in range(8):
            tasks.start_soon(write, database, lane)

async def write(database, lane):
    for number in range(100_000):
        session = make_session(f"{sys.argv[2]}-{lane}-{number}")
        await database.write(lambda tx: SqlSessions().create(tx, session))
        print(session.id, flush=True)

anyio.run(main)
"""
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
async def test_what_was_accepted_survives_kill_9(url: str) -> None:
    accepted: set[str] = set()
    for life, most in enumerate((1, 40, 400)):
        accepted |= _write_until_killed(url, str(life), most)
        async with Database.open(url) as database:
            found = await database.read(lambda tx: SqlSessions().find(tx, limit=1_000_000))
        there = {session.id for session in found}
        assert accepted <= there
        assert len(there) <= len(accepted) + 8 * (life + 1), "at most what was under way may be there too"


def _write_until_killed(url: str, life: str, most: int) -> set[str]:
    """Let a process write, kill it when it has said `most` ids, and return all that it said."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, url, life], stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(most)]
        process.kill()
        # A last line without its end was still being said; it says nothing.
        rest = process.stdout.read().split("\n")[:-1]
    return {line for line in (*said, *rest) if line}
