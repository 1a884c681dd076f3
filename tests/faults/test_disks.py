"""Disks that refuse to be written for a while: every write by the kernel itself, and a file system without room."""

from __future__ import annotations

import os
import re
import resource
import subprocess
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import anyio
import pytest
from tests.aftermath import expect_clean
from tests.faults.scene import Scene, Speaker, open_scene, until
from tests.road.gateway_process import GatewayProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

RUNTIME = "config.runtime.yaml"
ROOM = 3
"""MiB of the small file system."""


@asynccontextmanager
async def piped_log(log: Path) -> AsyncGenerator[int]:
    """The end of a pipe whose other end somebody else writes into `log`: what is said arrives on any disk."""
    reading, writing = os.pipe()
    with log.open("ab") as file:
        async with await anyio.open_process(["cat"], stdin=reading, stdout=file):
            os.close(reading)
            try:
                yield writing
            finally:
                os.close(writing)


@contextmanager
def unwritable(gateway: GatewayProcess) -> Generator[None]:
    """The kernel refuses whatever would make a file longer than a byte: SQLite calls that an I/O error."""
    usual = resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (1, usual[1]))
    yield
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, usual)


@contextmanager
def small_disk(folder: Path) -> Generator[Path]:
    """A file system with little room, in memory. Where one may not be mounted the test is skipped."""
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}m", "tmpfs", str(folder)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets us mount nothing")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(disk: Path) -> Generator[None]:
    """No room is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    yield
    filler.unlink()


async def talk(speakers: Sequence[Speaker], number: int) -> None:
    """Everybody says something, the nth time, and is answered."""
    for speaker in speakers:
        speaker.say(f"words, the {number}th time")
    for speaker in speakers:
        await speaker.hear(f"This is message {number} of our conversation")


def known(scene: Scene) -> set[str]:
    """The speakers that stand in the runtime file."""
    text = (scene.workspace / RUNTIME).read_text("utf-8")
    return set(re.findall(r'"?(\d+)"?: [0-9a-f-]{36}$', text, re.MULTILINE))


@pytest.mark.requirement("P2")
@pytest.mark.requirement("P22")
@pytest.mark.requirement("P30")
async def test_a_disk_that_fails_for_a_while_costs_no_message(tmp_path: Path) -> None:
    """Turns run and new speakers come while neither database nor runtime file nor journal can be written."""
    async with open_scene(tmp_path) as scene, piped_log(tmp_path / "gateway.log") as output:
        early = [scene.speaker(number) for number in range(1, 7)]
        late = [scene.speaker(number) for number in range(11, 17)]
        async with scene.gateway(output=output) as gateway:
            await talk(early, 1)
            await until(lambda: known(scene) == {it.name for it in early})
            before = (tmp_path / RUNTIME).read_bytes()
            for speaker in early:
                speaker.say(f"two {'and more ' * 40}")
            await gateway.wait_for_health(lambda it: it["queue"]["running"] > 0)
            with unwritable(gateway):
                for speaker in late:
                    speaker.say("one")
                health = await gateway.wait_for_health(
                    lambda it: (
                        (it["database"], it["platforms"]["telegram"]["state"]) == ("failing", "retrying")
                    )
                )
                assert "(I/O error); check the disk" in health["platforms"]["telegram"]["detail"]
                await gateway.wait_for_log("something cannot be written yet and is tried again")
                await scene.read_pages()
                assert (tmp_path / RUNTIME).read_bytes() == before
            for speaker in late:
                await speaker.hear("This is message 1 of our conversation")
            for speaker in early:
                await speaker.hear("This is message 2 of our conversation")
            await scene.until_quiet()
            await gateway.wait_for_health(lambda it: it["status"] == "ok")
            await until(lambda: known(scene) == {it.name for it in (*early, *late)})
            assert [len(it.heard) for it in (*early, *late)] == [2] * 6 + [1] * 6


@pytest.mark.requirement("P22")
async def test_a_runtime_file_without_room_is_written_later(tmp_path: Path) -> None:
    """The log stands on the same full disk, and want of a line stops nothing; the database is on another."""
    with small_disk(tmp_path / "small") as disk:
        async with open_scene(disk, elsewhere=tmp_path / "picklebot.db") as scene:
            early, late = scene.speaker(1), [scene.speaker(number) for number in range(11, 30)]
            async with scene.gateway() as gateway:
                await talk([early], 1)
                await until(lambda: known(scene) == {"1"})
                before = (disk / RUNTIME).read_bytes()
                with full(disk):
                    await talk([early], 2)
                    await talk(late, 1)
                    health = await gateway.wait_for_health(lambda it: it["runtime_yaml"] != "ok")
                    assert "cannot be written" in health["runtime_yaml"]
                    assert (health["status"], health["database"]) == ("degraded", "ok")
                    assert (disk / RUNTIME).read_bytes() == before
                await until(lambda: known(scene) == {it.name for it in (early, *late)})
                await gateway.wait_for_health(lambda it: it["status"] == "ok")
                await talk([early], 3)
                await scene.until_quiet()
        expect_clean(tmp_path, scene.canaries)
