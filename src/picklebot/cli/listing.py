"""Looks into the database without disturbing a gateway that runs, and prints what is there."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from picklebot.cli.workspace import load_workspace
from picklebot.ports.storage import Transaction
from picklebot.storage.database import Database

T = TypeVar("T")


async def read_rows(option: Path | None, work: Callable[[Transaction], T], *, missing: T) -> T:
    """Look into the workspace's database; `missing` where none has been made yet."""
    workspace, loaded = load_workspace(option)
    if not loaded.settings.database_url and not (workspace.data / "picklebot.db").exists():
        return missing
    async with Database.open(loaded.database_url, read_only=True) as database:
        return await database.read(work)


def time_text(at: datetime | None) -> str | None:
    """A time to the second, as RFC 3339."""
    return None if at is None else at.isoformat(timespec="seconds")


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as what stands in them, so that an id can always be copied."""
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]
    for row in (heads, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_json(value: Any) -> None:
    """For programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2))
