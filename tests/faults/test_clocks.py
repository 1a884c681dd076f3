"""The system's clock is set forward and back by hours while a gateway runs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import anyio
import pytest
from tests.faults.scene import Scene, open_scene

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HOURS = 5 * 3_600
MONTH = 31 * 86_400
IDLE_SECONDS = 2.0


@pytest.fixture
def shift(tmp_path: Path) -> Path:
    """A library that shifts the clock of whoever loads it; its seconds stand in `shift.seconds`."""
    compiler = shutil.which("cc") or pytest.skip("there is no C compiler")
    library = tmp_path / "shift.so"
    source = Path(__file__).with_name("clock_shift.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    set_clock(library, 0)
    return library


def set_clock(library: Path, seconds: int) -> None:
    """Set it by so much forward."""
    new = library.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(library.with_suffix(".seconds"))


@pytest.mark.requirement("P2")
@pytest.mark.requirement("P3")
@pytest.mark.requirement("P5")
async def test_a_clock_that_jumps_changes_nothing(tmp_path: Path, shift: Path) -> None:
    """Replies wait for their chat over each jump; old updates come again; the process rests when nothing is to do."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    environ = {"LD_PRELOAD": str(shift), "CLOCK_SHIFT_FILE": str(shift.with_suffix(".seconds"))}
    async with open_scene(workspace) as scene:
        ann, ben = scene.speaker(1), scene.speaker(2)
        async with scene.gateway(environ=environ) as gateway:
            ann.say("before")
            update = scene.tg.pending[-1]
            await ann.hear("This is message 1 of")
            for turn, jump in enumerate((HOURS, 0, -HOURS, MONTH, 0), 2):
                scene.tg.fault("sendMessage", retry_after=1, chat_id=ben.chat.id)
                seen = last_call(scene)
                ben.say(f"to be kept over jump {turn}")
                await scene.tg.wait_call("sendMessage", after=seen, timeout=60, where=lambda it: not it.ok)
                set_clock(shift, jump)
                await ben.hear(f"You said: to be kept over jump {turn}. This is message {turn - 1} of")
                scene.tg.redeliver(update)
                ann.say("now")
                await ann.hear(f"You said: now. This is message {turn} of")
            await scene.until_quiet()
            assert [text for text in (*ann.heard, *ben.heard) if not text.startswith("You said: ")] == []
            assert (len(ann.heard), len(ben.heard)) == (6, 5)
            assert accepted(scene) == 11
            before = worked(gateway.pid)
            await anyio.sleep(IDLE_SECONDS)  # what it does with no work is what is looked for
            assert worked(gateway.pid) - before < IDLE_SECONDS / 2


def last_call(scene: Scene) -> int:
    """The number of the bot's latest call."""
    return scene.tg.calls[-1].number if scene.tg.calls else 0


def accepted(scene: Scene) -> int:
    """How many messages were taken."""
    with closing(sqlite3.connect(scene.database)) as connection:
        return int(connection.execute("SELECT count(*) FROM inbox").fetchone()[0])


def worked(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
