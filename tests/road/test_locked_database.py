"""A database that another program locks for longer than anybody waits for it, and then lets go."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import pytest

from picklebot.sandbox.telegram import TelegramSandbox
from picklebot.testing.running import RunningGateway, run_gateway


@contextmanager
def locked(path: Path) -> Generator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


async def wait_refused(gateway: RunningGateway) -> None:
    """Until the lock was longer than the patience of both an intake and the end of a turn."""
    with anyio.fail_after(30):
        while gateway.app.platforms()["telegram"].state != "retrying" or not gateway.app.database.trouble:
            await anyio.lowlevel.checkpoint()


@pytest.mark.slow
@pytest.mark.requirement("P2")
async def test_everything_goes_on_by_itself_when_the_lock_is_gone(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg, run_gateway(tmp_path, telegram=tg) as gateway:
        ann, ben = tg.user(1, "Ann"), tg.user(2, "Ben")
        hers, his = tg.private(ann), tg.private(ben)
        hers.say(ann, "a long story " * 150)
        await hers.next_reply()
        with locked(gateway.workspace.data / "picklebot.db"):
            assert gateway.app.queue.stats().running == 1
            his.say(ben, "hello")
            hers.say(ann, "are you there?")
            await wait_refused(gateway)
        await his.wait_for(lambda said: "You said: hello. This is message 1 of" in said.text, 20)
        await hers.wait_for(lambda said: "This is message 2 of" in said.text, 20)
        assert hers.messages[1].text.startswith("You said: a long story")
        assert "This is message 1 of" in hers.messages[1].text
        assert (len(his.messages), len(hers.messages)) == (2, 4)
