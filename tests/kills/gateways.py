"""Gateway processes to be killed: freshly started ones, and ones that are forked from a warm process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

ROOT = Path(__file__).parents[2]
WARM_UP_SECONDS = 240
LONGEST_ANSWER = 4_096


class Life(Protocol):
    """One gateway process."""

    async def ended(self) -> int:
        """Wait for its end, and give its exit code: -9 when it was killed."""
        ...

    async def kill(self) -> None:
        """kill -9; returns when it is gone."""
        ...


class FreshLife:
    """`python -m picklebot run`."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def begin(cls, workspace: Path) -> FreshLife:
        """Start it; it is not up yet."""
        with (workspace / "gateway.log").open("ab") as log:
            command = [sys.executable, "-m", "picklebot", "run", "--workspace", str(workspace)]
            return cls(await anyio.open_process(command, stdin=None, stdout=log, stderr=log, env=_environ()))

    async def ended(self) -> int:
        """See Life."""
        return await self._process.wait()

    async def kill(self) -> None:
        """See Life."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


class WarmLife:
    """A fork of the warm process; one at a time."""

    def __init__(self, nest: Nest) -> None:
        self._nest = nest
        self._code: int | None = None

    async def ended(self) -> int:
        """See Life."""
        if self._code is None:
            self._code = int((await self._nest.hear())["ended"])
        return self._code

    async def kill(self) -> None:
        """See Life."""
        if self._code is None:
            await self._nest.tell({})
            await self.ended()


class Nest:
    """Forks lives from a warm process. `witness` is the file in which they note the points they died at."""

    def __init__(self, process: Process, witness: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders = process.stdin
        self._answers = BufferedByteReceiveStream(process.stdout)
        self._witness = witness

    async def begin(self, workspace: Path, *, point: str = "", nth: int = 1) -> WarmLife:
        """Fork a gateway, which dies when it comes past `point` for the nth time."""
        order = {
            "workspace": str(workspace),
            "log": str(workspace / "gateway.log"),
            "witness": str(self._witness),
            "point": point,
            "nth": nth,
        }
        await self.tell(order)
        await self.hear()
        return WarmLife(self)

    def witnessed(self) -> list[str]:
        """The points at which lives have died so far."""
        return self._witness.read_text("utf-8").splitlines() if self._witness.exists() else []

    async def tell(self, order: dict[str, Any]) -> None:
        """Give an order."""
        await self._orders.send(json.dumps(order).encode() + b"\n")

    async def hear(self) -> dict[str, Any]:
        """Wait for the next answer. May be cancelled without losing one."""
        return json.loads(await self._answers.receive_until(b"\n", LONGEST_ANSWER))


@asynccontextmanager
async def open_nest(witness: Path, *modules: str) -> AsyncGenerator[Nest]:
    """Warm a process up, with `modules` beside what every gateway imports; on the way out it ends, child and all."""
    command = [sys.executable, "-m", "tests.kills.fork_server", *modules]
    process = await anyio.open_process(command, stderr=None, cwd=ROOT, env=_environ())
    async with process:
        nest = Nest(process, witness)
        try:
            with anyio.fail_after(WARM_UP_SECONDS):
                await nest.hear()
            yield nest
        finally:
            process.kill()


def _environ() -> dict[str, str]:
    return {**os.environ, "LOG_FORMAT": "json"}
