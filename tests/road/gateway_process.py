"""The real gateway as a process of its own, as an operator runs it."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
from anyio.abc import Process

START_SECONDS = 120
STOP_SECONDS = 40
EVENT_SECONDS = 60


class GatewayProcess:
    """One `picklebot run`. `log` is the file of all that ran in this workspace."""

    def __init__(self, process: Process, workspace: Path, log: Path, log_start: int) -> None:
        self._process = process
        self.workspace = workspace
        self.log = log
        self._log_start = log_start

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def url(self) -> str:
        """Where its page and API answer."""
        return self._lock()["url"]

    async def health(self) -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"{self.url}/healthz")).json()

    async def wait_until_up(self, *platforms: str) -> None:
        """Return once it serves and these platforms are up; raises with its log when it ends before."""
        with anyio.fail_after(START_SECONDS):
            while not await self._is_up(platforms):
                if self.returncode is not None:
                    raise AssertionError(f"the gateway ended with {self.returncode}:\n{self.log.read_text()}")
                await anyio.sleep(0.05)

    async def wait_for_health(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first health that is as wanted."""
        with anyio.fail_after(EVENT_SECONDS):
            while True:
                health = await self.health()
                if wanted(health):
                    return health
                await anyio.sleep(0.05)

    async def wait_for_log(self, text: str) -> None:
        """Return once it has said so."""
        with anyio.fail_after(EVENT_SECONDS):
            while True:
                if text in self.said():
                    return
                await anyio.sleep(0.05)

    def said(self) -> str:
        """Everything that this process said; the file keeps what those before it did."""
        return self.log.read_bytes()[self._log_start :].decode()

    async def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """SIGTERM, and its exit code."""
        self.signal(signal.SIGTERM)
        return await self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    async def wait(self) -> int:
        """Its exit code, once it ended by itself."""
        with anyio.fail_after(STOP_SECONDS):
            return await self._process.wait()

    def _lock(self) -> dict[str, Any]:
        return json.loads((self.workspace / "data/.lock").read_text())

    async def _is_up(self, platforms: tuple[str, ...]) -> bool:
        try:
            if not platforms and self._lock()["ready"]:
                return True
            found = (await self.health())["platforms"]
        except (OSError, httpx.HTTPError, ValueError, TypeError, KeyError):
            return False
        return all(found.get(name, {}).get("state") == "up" for name in platforms)


@asynccontextmanager
async def run_gateway(
    workspace: Path,
    *platforms: str,
    environ: Mapping[str, str] | None = None,
    output: int | None = None,
) -> AsyncGenerator[GatewayProcess]:
    """Start `picklebot run` and wait until it is up; on the way out it is killed if it still runs.

    It writes to gateway.log, or to `output`, which somebody brings there.
    """
    log = workspace / "gateway.log"
    with log.open("ab") as file:
        log_start = file.tell()
        process = await anyio.open_process(
            [sys.executable, "-m", "picklebot", "run", "--workspace", str(workspace)],
            stdin=None,
            stdout=file if output is None else output,
            stderr=file if output is None else output,
            env={**os.environ, "LOG_FORMAT": "json", **(environ or {})},
        )
    gateway = GatewayProcess(process, workspace, log, log_start)
    try:
        await gateway.wait_until_up(*platforms)
        yield gateway
    finally:
        if gateway.returncode is None:
            with anyio.CancelScope(shield=True):
                await gateway.kill()
