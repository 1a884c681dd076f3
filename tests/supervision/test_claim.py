"""One listener for each bot on a host."""

import os
from pathlib import Path

import anyio
import pytest
from anyio.to_process import run_sync
from tests.supervision.test_supervisor import Nothing, ScriptedAdapter

from picklebot.errors import PlatformFatalError
from picklebot.supervision import supervisor as supervising
from picklebot.supervision.claim import Claim
from picklebot.supervision.supervisor import Supervisor

SECRET = "123456:the-token-that-nobody-may-read"


def test_one_has_it_until_it_is_released(tmp_path: Path) -> None:
    first, second = Claim("telegram", SECRET, folder=tmp_path), Claim("telegram", SECRET, folder=tmp_path)
    assert first.take()
    assert first.take()
    assert not second.take()
    assert second.owner() == os.getpid()
    first.release()
    first.release()
    assert second.take()
    second.release()


def test_other_bots_and_platforms_are_other_rights(tmp_path: Path) -> None:
    claims = [
        Claim(*bot, folder=tmp_path)
        for bot in (("telegram", "a"), ("telegram", "b"), ("discord", "a"), ("telegram", "a", "b"))
    ]
    assert [claim.take() for claim in claims] == [True] * 4
    for claim in claims:
        claim.release()


def test_the_secret_is_nowhere(tmp_path: Path) -> None:
    claim = Claim("telegram", SECRET, folder=tmp_path / "made")
    assert claim.owner() is None
    assert claim.take()
    [file] = (tmp_path / "made").iterdir()
    assert SECRET not in file.name + file.read_text()
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0
    claim.release()


def test_where_no_lock_can_be_had_everybody_may(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert Claim("telegram", SECRET, folder=tmp_path / "file").take()
    (tmp_path / "link").symlink_to(tmp_path)
    assert Claim("telegram", SECRET, folder=tmp_path / "link").take()


def test_it_holds_whatever_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picklebot.supervision.claim._ROOT", tmp_path)
    from_login = Claim("discord", SECRET)
    assert from_login.take()
    for name in ("XDG_RUNTIME_DIR", "TMPDIR", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    from_cron = Claim("discord", SECRET)
    assert not from_cron.take()
    from_login.release()
    assert from_cron.take()
    from_cron.release()
    assert (tmp_path / f"picklebot-{os.geteuid()}").is_dir()


def take_and_die(folder: str) -> None:
    """Take the claim and end without a word, as a killed process does."""
    assert Claim("telegram", SECRET, folder=Path(folder)).take()
    os._exit(9)


@pytest.mark.slow
async def test_who_dies_gives_it_back(tmp_path: Path) -> None:
    with pytest.raises(Exception):  # noqa: B017 - whatever anyio says of a worker that was killed
        await run_sync(take_and_die, str(tmp_path))
    claim = Claim("telegram", SECRET, folder=tmp_path)
    assert claim.owner() != os.getpid()
    assert claim.take()
    claim.release()


async def test_the_second_process_is_parked_and_takes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "LOOK_AGAIN", 0.01)
    first, second = ScriptedAdapter(), ScriptedAdapter()
    serving = Supervisor(first, claim=Claim("telegram", SECRET, folder=tmp_path))
    waiting = Supervisor(second, claim=Claim("telegram", SECRET, folder=tmp_path))
    with anyio.fail_after(10):
        async with anyio.create_task_group() as later:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(serving.run, Nothing())
                await serving.settled.wait()
                later.start_soon(waiting.run, Nothing())
                await waiting.settled.wait()
                health = waiting.health()
                assert (health.state, second.starts) == ("parked", 0)
                assert f"process {os.getpid()} on this host" in health.detail
                assert SECRET not in health.detail
                tasks.cancel_scope.cancel()
            while waiting.health().state != "up" or not second.starts:
                await anyio.lowlevel.checkpoint()
            later.cancel_scope.cancel()


async def test_who_is_parked_for_good_gives_it_back(tmp_path: Path) -> None:
    claim = Claim("telegram", SECRET, folder=tmp_path)
    await Supervisor(ScriptedAdapter(PlatformFatalError("refused")), claim=claim).run(Nothing())
    other = Claim("telegram", SECRET, folder=tmp_path)
    assert other.take()
    other.release()
