"""What a message costs and writes when much was said before (Q6)."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.bots import gateway_command, make_workspace, running
from bench.figures import Report, Row, spread
from bench.past import remember
from bench.plot import curves
from bench.town import FIRST_USER, open_town

LENGTHS = (0, 10, 50, 200, 1_000)
PEOPLE = 100
EACH = 4


@dataclass(frozen=True, slots=True)
class Run:
    """CPU seconds and bytes written, each a message."""

    cpu: float
    written: float


async def report(rounds: int) -> Report:
    """Sessions of all lengths in turn."""
    runs: dict[int, list[Run]] = {length: [] for length in LENGTHS}
    for _ in range(rounds):
        for length in LENGTHS:
            runs[length].append(await measure(length))
            print(f"{length:,} messages of history: {runs[length][-1]}", flush=True)
    none, some, many = (runs[length] for length in (0, 50, 1_000))
    written = [late.written / early.written for late, early in zip(many, some, strict=True)]
    cpu = [late.cpu / early.cpu for late, early in zip(many, none, strict=True)]
    rows = [
        Row(
            "Q6",
            "bytes written a message, 1,000 against 50 messages of history: at most 1.1 times",
            spread(written, " times"),
            median(written) <= 1.1,
        ),
        Row(
            "Q6",
            "CPU a message, 1,000 against 0 messages of history: at most 1.5 times",
            spread(cpu, " times"),
            median(cpu) <= 1.5,
        ),
    ]
    return Report(rows, [_table(runs)], _plots(runs))


async def measure(length: int, others: int = 0) -> Run:
    """People whose sessions hold so many messages say a few more each, beside `others` who are known and silent."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_town(PEOPLE) as town:
            space = make_workspace(Path(folder), town.sandbox.base_url, town.sandbox.token)
            await remember(space, range(FIRST_USER, FIRST_USER + PEOPLE), length)
            await remember(space, range(10**6, 10**6 + others), 0)
            async with running(gateway_command(space), space / "log") as bot:
                await town.first_poll()
                await town.visits(1)
                cpu, written = bot.cpu, bot.written
                await town.visits(EACH)
                messages = PEOPLE * EACH
                return Run((bot.cpu - cpu) / messages, (bot.written - written) / messages)


def _plots(runs: dict[int, list[Run]]) -> dict[str, str]:
    across = "messages of history"
    cpu = {length: [1e6 * run.cpu for run in all_] for length, all_ in runs.items()}
    written = {length: [run.written / 1e3 for run in all_] for length, all_ in runs.items()}
    return {
        "history-cpu": curves("CPU time a message", across, "µs", {"a message": cpu}),
        "history-bytes": curves("Bytes written a message", across, "kB", {"a message": written}),
    }


def _table(runs: dict[int, list[Run]]) -> str:
    lines = [
        "### A message after a long conversation",
        "",
        "The model is given the newest 50 messages, which is the default.",
        "",
        "| messages of history | CPU a message | bytes written a message |",
        "|---|---|---|",
    ]
    for length, all_ in runs.items():
        cpu = spread([1e6 * run.cpu for run in all_], " µs", 0)
        lines.append(f"| {length:,} | {cpu} | {spread([run.written for run in all_], '', 0)} |")
    return "\n".join(lines)
