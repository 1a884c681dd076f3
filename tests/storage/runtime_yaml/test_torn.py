"""Ten thousand writes that are killed, starved of room and failed by the disk: never a part (P22)."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.figures import Figure
from tests.sizes import sized

from picklebot.storage.runtime_yaml.file import RuntimeYamlFile

WRITES = sized(10_000, 200)
LIVES = sized(100, 5)
SIZE = 20_000

# Writes one content after the other and says so; the faults it is told to have come at random.
WRITER = textwrap.dedent("""
    import errno, os, random, sys
    from pathlib import Path
    from picklebot.storage.runtime_yaml import file as module
    from picklebot.storage.runtime_yaml.file import Replaced, RuntimeYamlFile

    path, seed, in_place = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "in place"
    chance = random.Random(seed)
    real = {"pwrite": os.pwrite, "fsync": os.fsync, "rename": os.rename, "exchange": module.exchange}

    def failing(name):
        def call(*arguments):
            if chance.random() < 0.02:
                code = chance.choice((errno.EIO, errno.ENOSPC))
                raise OSError(code, os.strerror(code))
            if name == "pwrite" and chance.random() < 0.1:
                fd, data, offset = arguments
                return real[name](fd, data[: chance.randrange(1, len(data) + 1)], offset)
            return real[name](*arguments)
        return call

    for name in ("pwrite", "fsync", "rename"):
        setattr(os, name, failing(name))
    module.exchange = failing("exchange")
    if in_place:
        module.can_own = lambda status: False

    file = RuntimeYamlFile(path)
    print("ready", flush=True)
    for step in range(1_000_000):
        try:
            file.tidy() if step % 50 == 0 else None
            sight = file.look()
            size = chance.randrange(20_000) + 1
            outcome = file.replace(sight.content, bytes([65 + step % 26]) * size)
            if isinstance(outcome, Replaced):
                outcome.release()
                print(step, flush=True)
        except OSError:
            continue
""")


@pytest.fixture(params=["disk", "small disk"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """The file, on the disk or on one with room for it and a half more."""
    folder = tmp_path / "folder"
    folder.mkdir()
    small = request.param == "small disk"
    if small:
        if shutil.which("mount") is None:
            pytest.skip("no mount command")
        command = ["mount", "-t", "tmpfs", "-o", f"size={3 * SIZE}", "none", str(folder)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("mounting is not allowed here")
    yield folder / "config.runtime.yaml"
    if small:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.slow
@pytest.mark.requirement("P22")
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("way", ["replaced", "in place"])
def test_no_write_is_ever_torn(path: Path, way: str, figure: Figure) -> None:
    """A reader, and the next start, see an old content or a new one.

    A file that can only be written in place is a part for an instant; there the next look mends it.
    """
    path.write_bytes(b"A" * SIZE)
    seed = int(os.environ.get("PICKLEBOT_SEED", "1"))
    chance, written = random.Random(seed), 0
    for life in range(LIVES):
        written += _live_and_die(
            path, way, seed * 1_000 + life, chance.randrange(WRITES // LIVES, 2 * WRITES // LIVES)
        )
        sight = RuntimeYamlFile(path).look()
        assert sight is not None
        assert is_whole(sight.content), f"torn after {written} writes, seed {seed}"
        RuntimeYamlFile(path).tidy()
        assert is_whole(path.read_bytes())
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert written >= WRITES
    figure("P22", f"torn over {LIVES} kills, full disks and I/O errors", f"0 of {written:,} writes")


def _live_and_die(path: Path, way: str, seed: int, writes: int) -> int:
    """One process, watched while it writes and killed in the middle of something."""
    command = [sys.executable, "-c", WRITER, str(path), str(seed), way]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"ready\n"
            for _ in range(writes):
                assert process.stdout.readline()
                if way == "replaced":
                    assert is_whole(path.read_bytes()), "a reader saw a part"
        finally:
            os.kill(process.pid, signal.SIGKILL)
    return writes


def is_whole(content: bytes) -> bool:
    return len(content) > 0 and len(set(content)) == 1
