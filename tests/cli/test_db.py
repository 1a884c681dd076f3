"""`picklebot db`."""

# ruff: noqa: ASYNC240 - files are small here and nobody else waits for the loop

from __future__ import annotations

from pathlib import Path

import pytest

from picklebot.cli.db import backup, upgrade
from picklebot.config.lock import WorkspaceLock
from picklebot.config.workspace import Workspace
from picklebot.errors import StorageError, WorkspaceBusyError


async def test_the_database_is_made_and_backed_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PICKLEBOT_DATABASE_URL", raising=False)
    with pytest.raises(StorageError, match="is not there yet"):
        await backup(workspace=tmp_path)
    await upgrade(workspace=tmp_path)
    assert capsys.readouterr().out == "The database is up to date.\n"
    with WorkspaceLock(Workspace(tmp_path)):  # a gateway runs
        await backup(workspace=tmp_path)
        made = Path(capsys.readouterr().out.strip())
        assert made.parent == tmp_path / "data" / "backups"
        assert made.stat().st_size > 0
        with pytest.raises(WorkspaceBusyError):
            await upgrade(workspace=tmp_path)


@pytest.mark.requirement("S0.3")
@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + b"\xff" * 5_000, b"words " * 2_000])
async def test_a_broken_database_is_refused_with_what_to_do_and_stays(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "picklebot.db"
    file.write_bytes(content)
    for command in (upgrade, backup):
        with pytest.raises(StorageError, match="put a backup in its place") as caught:
            await command(workspace=tmp_path)
        assert "\n" not in str(caught.value)
        assert file.read_bytes() == content
    backups = tmp_path / "data" / "backups"
    assert not backups.exists() or list(backups.iterdir()) == []
