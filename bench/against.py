"""What a message costs projects of the same kind (Q2), all with the same free model over HTTP."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from statistics import median

from anyio.to_thread import run_sync
from bench.bots import Bot, echo_command, gateway_command, make_workspace, running
from bench.figures import Report, Row, spread
from bench.model import open_model
from bench.peers import PEERS, Peer, environment
from bench.town import Town, open_town
from bench.venvs import NotInstalledError

PEOPLE = 32
WARM_UP = 64
MESSAGES = 256
BARE = "bare aiogram, no model"
OURS = "picklebot"
STUBBED = "picklebot, the model in its process"

Start = Callable[[Path, Town, str], AbstractAsyncContextManager[Bot]]


def bare(folder: Path, town: Town, _: str) -> AbstractAsyncContextManager[Bot]:
    """The bare bot."""
    return running(echo_command(town.sandbox.base_url, town.sandbox.token), folder / "log")


def ours(folder: Path, town: Town, model_url: str) -> AbstractAsyncContextManager[Bot]:
    """picklebot as its users have it."""
    space = make_workspace(folder, town.sandbox.base_url, town.sandbox.token, model_url=model_url)
    return running([sys.executable, "-m", "picklebot", "run", "--workspace", str(space)], folder / "log")


def stubbed(folder: Path, town: Town, _: str) -> AbstractAsyncContextManager[Bot]:
    """picklebot as the other figures have it."""
    space = make_workspace(folder, town.sandbox.base_url, town.sandbox.token)
    return running(gateway_command(space), folder / "log")


def theirs(peer: Peer, python: Path) -> Start:
    """A peer that is installed."""

    def start(folder: Path, town: Town, model_url: str) -> AbstractAsyncContextManager[Bot]:
        command = peer.command(python, folder, town, model_url)
        return running(command, folder / "log", environment(folder))

    return start


async def report(rounds: int) -> Report:
    """Measure all of them in turn. A peer that cannot be had or does not answer is said to be so."""
    starts: dict[str, Start] = {BARE: bare, STUBBED: stubbed, OURS: ours}
    missing: dict[str, str] = {}
    for peer in PEERS:
        print(f"installing {peer.name}, if it is not there", flush=True)
        try:
            starts[peer.name] = theirs(peer, await run_sync(peer.install))
        except NotInstalledError as error:
            missing[peer.name] = f"not installed: {error}"
    runs = await _rounds(starts, missing, rounds)
    return Report([row for peer in PEERS for row in _rows(peer, runs, missing)], [_table(runs)])


async def _rounds(
    starts: Mapping[str, Start], missing: dict[str, str], rounds: int
) -> dict[str, list[float]]:
    runs: dict[str, list[float]] = {name: [] for name in starts}
    for _ in range(rounds):
        for name in [it for it in starts if it not in missing]:
            try:
                runs[name].append(await measure(starts[name]))
            except Exception as error:
                if name in (BARE, STUBBED, OURS):
                    raise
                missing[name] = f"did not answer: {_innermost(error)!r}"
                del runs[name]
            else:
                print(f"{name}: {1e6 * runs[name][-1]:,.0f} µs of CPU a message", flush=True)
    return runs


async def measure(start: Start) -> float:
    """CPU seconds a message."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with (
            open_model() as model_url,
            open_town(PEOPLE) as town,
            start(Path(folder), town, model_url) as bot,
        ):
            await town.first_poll()
            await town.chatter(WARM_UP)
            began = bot.cpu
            await town.chatter(MESSAGES)
            return (bot.cpu - began) / MESSAGES


def _innermost(error: BaseException) -> BaseException:
    return _innermost(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def _rows(peer: Peer, runs: Mapping[str, Sequence[float]], missing: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []
    for name in (OURS, STUBBED):
        promised = f"CPU a message at most 1/{peer.share} of {peer.name} ({name})"
        if peer.name in missing:
            rows.append(Row("Q2", promised, missing[peer.name], None))
            continue
        times = [other / mine for other, mine in zip(runs[peer.name], runs[name], strict=True)]
        rows.append(Row("Q2", promised, f"1/{spread(times, digits=1)}", median(times) >= peer.share))
    return rows


def _table(runs: Mapping[str, Sequence[float]]) -> str:
    lines = [
        "### A message beside projects of the same kind",
        "",
        f"As a user of each has it, by its defaults: {PEOPLE} people, {MESSAGES} messages after {WARM_UP} others,",
        "the model over HTTP, the same for all, at once. pickle-bot is given the package mcp, without which the",
        "newest litellm, which it asks for, answers nothing.",
        "",
        "| bot | CPU a message | times bare aiogram |",
        "|---|---|---|",
    ]
    for name, found in runs.items():
        times = [mine / echo for mine, echo in zip(found, runs[BARE], strict=True)]
        lines.append(
            f"| {name} | {spread([1e6 * it for it in found], ' µs', 0)} | {spread(times, digits=1)} |"
        )
    return "\n".join(lines)
