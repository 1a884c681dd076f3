"""Where and when something was measured, as lines for the results."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("picklebot", "aiogram", "aiohttp", "pydantic", "sqlalchemy", "anyio")


def where_and_when() -> list[str]:
    """The date, the machine and the versions, an item of a list each."""
    return [
        f"- date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"- machine: {_processor()}, {os.cpu_count()} cores, load {_load()} when it ended, {_file_system()}",
        f"- versions: Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.machine()


def _file_system() -> str:
    folder, kind = Path(tempfile.gettempdir()).resolve(), "unknown"
    for line in sorted(Path("/proc/mounts").read_text().splitlines(), key=lambda line: len(line.split()[1])):
        place = line.split()[1]
        if folder.is_relative_to(place):
            kind = line.split()[2]
    return f"databases on {kind}"


def _load() -> str:
    return " ".join(f"{it:.1f}" for it in os.getloadavg())
