"""What it takes to start (Q4), and how much memory an idle gateway holds (Q5)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

import anyio
from anyio.to_thread import run_sync
from bench.bots import echo_command, make_workspace, running
from bench.figures import Report, Row, spread
from bench.hotspots import by_import
from bench.past import remember
from bench.plot import curves
from bench.town import Town, open_town

KNOWN = (0, 100, 1_000, 10_000)
SETTLE_SECONDS = 2.0
MEGABYTE = 1_000_000


async def report(rounds: int) -> Report:
    """Starts in turn, and then one idle gateway after the other."""
    found = Report()
    with tempfile.TemporaryDirectory() as folder:
        space = Path(folder, "space")
        await _first_poll(space)  # the first start of all makes the database
        found.rows += await _starts(space, rounds)
        idle = await _idle(space, rounds)
        found.rows += idle.rows
        found.plots.update(idle.plots)
        found.notes.append(await _imports(space))
    return found


async def _starts(space: Path, rounds: int) -> list[Row]:
    polls: list[float] = []
    clock: list[float] = []
    helps: list[float] = []
    for _ in range(rounds):
        bare_cpu, bare_seconds = await run_sync(_cost, [sys.executable, "-c", "import aiogram"])
        cpu, seconds = await _first_poll(space)
        polls.append(cpu / bare_cpu)
        clock.append(seconds / bare_seconds)
        helps.append((await run_sync(_cost, [sys.executable, "-m", "picklebot", "--help"]))[0])
    return [
        Row(
            "Q4",
            'start to first poll at most 1.2 times `python -c "import aiogram"`',
            f"{spread(polls, ' times')} CPU; {spread(clock, ' times')} by the clock",
            median(polls) <= 1.2,
        ),
        Row(
            "Q4",
            "`picklebot --help` at most 0.3 s of CPU",
            spread(helps, " s"),
            median(helps) <= 0.3,
        ),
    ]


async def _first_poll(space: Path) -> tuple[float, float]:
    """CPU and clock seconds from the start of `picklebot run` to its first poll."""
    async with open_town(0) as town:
        make_workspace(space, town.sandbox.base_url, town.sandbox.token)
        began = time.perf_counter()
        async with running(_run(space), space / "log") as bot:
            await town.first_poll()
            return bot.cpu, time.perf_counter() - began


async def _imports(space: Path) -> str:
    """What is imported until the first poll."""
    log = space / "imports"
    async with open_town(0) as town:
        make_workspace(space, town.sandbox.base_url, town.sandbox.token)
        async with running([sys.executable, "-X", "importtime", *_run(space)[1:]], log):
            await town.first_poll()
    return by_import(await anyio.Path(log).read_text())


async def _idle(space: Path, rounds: int) -> Report:
    bare: list[float] = []
    ours: dict[int, list[float]] = {known: [] for known in KNOWN}
    for _ in range(rounds):
        async with open_town(0) as town:
            bare.append(await _resting(town, echo_command(town.sandbox.base_url, town.sandbox.token)))
        ours[0].append(await _resting_gateway(space))
    for before, known in pairwise(KNOWN):
        await remember(space, range(10**6 + before, 10**6 + known), 0)
        ours[known] = [await _resting_gateway(space) for _ in range(rounds)]
    more = [mine - theirs for mine, theirs in zip(ours[0], bare, strict=True)]
    known = [late - early for late, early in zip(ours[KNOWN[-1]], ours[0], strict=True)]
    rows = [
        _memory("idle, at most bare aiogram + 40 MB", more, 40),
        _memory(f"{KNOWN[-1]:,} known sessions at most + 5 MB", known, 5),
    ]
    series = {"picklebot, idle": ours, "bare aiogram, idle": dict.fromkeys(KNOWN, bare)}
    plot = curves("Resident memory", "sessions known", "MB", series)
    return Report(rows, [], {"sessions": plot})


def _memory(promised: str, more: Sequence[float], most: float) -> Row:
    return Row("Q5", promised, "+ " + spread(more, " MB", 1), median(more) <= most)


async def _resting_gateway(space: Path) -> float:
    async with open_town(0) as town:
        make_workspace(space, town.sandbox.base_url, town.sandbox.token)
        return await _resting(town, _run(space))


async def _resting(town: Town, command: Sequence[str]) -> float:
    """Resident megabytes of a bot that has polled and has nothing to do."""
    async with running(command) as bot:
        await town.first_poll()
        await anyio.sleep(SETTLE_SECONDS)
        return bot.memory / MEGABYTE


def _run(space: Path) -> list[str]:
    return [sys.executable, "-m", "picklebot", "run", "--workspace", str(space)]


def _cost(command: Sequence[str]) -> tuple[float, float]:
    """CPU and clock seconds of a program."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - began
