"""The file that the storage tests work on."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the database will be; its folder is not there yet either."""
    return tmp_path / "data" / "picklebot.db"


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite:///{file}"
