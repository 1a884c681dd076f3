"""What a message costs beside a bare aiogram echo bot (Q1), and how long an answer takes (Q3)."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.bots import Bot, echo_command, gateway_command, make_workspace, running
from bench.figures import Report, Row, percentile, spread
from bench.hotspots import by_package
from bench.town import Town, open_town

PEOPLE = 32
WARM_UP = 200
MESSAGES = 1_000
STROLL = 250
PER_SECOND = 50.0

Command = Callable[[Town, Path], list[str]]


@dataclass(frozen=True, slots=True)
class Run:
    """One bot, once. CPU seconds a message, messages a second of clock, and how long answers took, in seconds."""

    cpu: float
    rate: float
    p50: float
    p99: float
    strolling_cpu: float
    loop_cpu: float
    calls: str


def echo(town: Town, folder: Path) -> list[str]:  # noqa: ARG001
    """The bare bot."""
    return echo_command(town.sandbox.base_url, town.sandbox.token)


def picklebot(ring: str, profile: Path | None = None) -> Command:
    """picklebot with full durability."""

    def command(town: Town, folder: Path) -> list[str]:
        space = make_workspace(folder, town.sandbox.base_url, town.sandbox.token, ring=ring)
        return gateway_command(space, profile)

    return command


CONTENDERS: dict[str, Command] = {
    "bare aiogram": echo,
    "picklebot, ring: answer": picklebot("answer"),
    "picklebot, ring: placeholder": picklebot("placeholder"),
}


async def measure(command: Command) -> Run:
    """Start a bot on a Telegram of its own, and talk to it."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            open_town(PEOPLE) as town,
            running(command(town, Path(folder)), Path(folder, "log")) as bot,
        ):
            await town.first_poll()
            await town.chatter(WARM_UP)
            return await _talk(town, bot)


async def _talk(town: Town, bot: Bot) -> Run:
    town.calls.methods.clear()
    threads, began = bot.threads, bot.cpu
    seconds = await town.chatter(MESSAGES)
    cpu, after = bot.cpu - began, bot.threads
    calls = {name: count / MESSAGES for name, count in town.calls.methods.items()}
    began = bot.cpu
    waits = await town.stroll(STROLL, PER_SECOND)
    return Run(
        cpu / MESSAGES,
        MESSAGES / seconds,
        percentile(waits, 0.50),
        percentile(waits, 0.99),
        (bot.cpu - began) / STROLL,
        (after[bot.pid] - threads[bot.pid]) / MESSAGES,
        ", ".join(f"{count:.2f} {name}" for name, count in sorted(calls.items())),
    )


async def report(rounds: int) -> Report:
    """Measure all of them in turn, so that whatever else the machine does meets all alike."""
    runs: dict[str, list[Run]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, command in CONTENDERS.items():
            runs[name].append(await measure(command))
            print(name, runs[name][-1], flush=True)
    bare = runs.pop("bare aiogram")
    found = Report()
    for name, ours in runs.items():
        found.rows += [*_cost_rows(name, ours, bare), *_wait_rows(name, ours, bare)]
    found.notes += [_table({"bare aiogram": bare, **runs}), await _profile()]
    return found


def _cost_rows(name: str, ours: Sequence[Run], bare: Sequence[Run]) -> list[Row]:
    cpu = [theirs.cpu / mine.cpu for mine, theirs in zip(ours, bare, strict=True)]
    rate = [mine.rate / theirs.rate for mine, theirs in zip(ours, bare, strict=True)]
    told = (
        f"{spread(cpu, ' times')} messages a CPU second; {spread(rate, ' times')} messages a second of clock"
    )
    return [
        Row(
            "Q1",
            f"at least 1.5 times the messages of bare aiogram ({name})",
            told,
            median(cpu) >= 1.5 and median(rate) >= 1.5,
        )
    ]


def _wait_rows(name: str, ours: Sequence[Run], bare: Sequence[Run]) -> list[Row]:
    p50 = [mine.p50 / theirs.p50 for mine, theirs in zip(ours, bare, strict=True)]
    p99 = [1e3 * (mine.p99 - theirs.p99) for mine, theirs in zip(ours, bare, strict=True)]
    about = f"at {PER_SECOND:.0f} messages a second ({name})"
    return [
        Row("Q3", f"p50 at most 1.5 times bare aiogram {about}", spread(p50, " times"), median(p50) <= 1.5),
        Row(
            "Q3",
            f"p99 at most 10 ms above bare aiogram {about}",
            spread(p99, " ms", 1),
            median(p99) <= 10,
        ),
    ]


def _table(runs: dict[str, list[Run]]) -> str:
    lines = [
        "### A message, side by side",
        "",
        (
            "| bot | CPU a message, busy | of it on the event loop | messages a second "
            "| CPU at 50 a second | p50 | p99 | calls a message |"
        ),
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, all_ in runs.items():
        cells = [
            spread([1e6 * run.cpu for run in all_], " µs", 0),
            spread([1e6 * run.loop_cpu for run in all_], " µs", 0),
            spread([run.rate for run in all_], "", 0),
            spread([1e6 * run.strolling_cpu for run in all_], " µs", 0),
            spread([1e3 * run.p50 for run in all_], " ms", 1),
            spread([1e3 * run.p99 for run in all_], " ms", 1),
            all_[-1].calls,
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


async def _profile() -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "profile")
        async with (
            open_town(PEOPLE) as town,
            running(picklebot("placeholder", path)(town, Path(folder)), Path(folder, "log")) as bot,
        ):
            await town.first_poll()
            await town.chatter(WARM_UP)
            os.kill(bot.pid, signal.SIGUSR1)
            await town.chatter(MESSAGES)
        return by_package(path)
