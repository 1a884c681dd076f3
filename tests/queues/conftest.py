"""A database for the queue's tests."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from picklebot.storage.database import Database
from picklebot.storage.sqlite_file import make_if_missing


@pytest.fixture
async def database(tmp_path: Path, blank: Path) -> AsyncIterator[Database]:
    shutil.copy(blank, tmp_path)
    async with Database.open(f"sqlite:///{tmp_path}/picklebot.db") as database:
        yield database


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows, to copy where many are needed."""
    path = tmp_path_factory.mktemp("blank") / "picklebot.db"
    make_if_missing(path)
    return path
