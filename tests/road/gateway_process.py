"""The real gateway as a process of its own, as an operator runs it."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
from anyio.abc import Process

START_SECONDS = 60


class GatewayProcess:
    """One `picklebot run`. `log` is the file with everything it said."""

    def __init__(self, process: Process, workspace: Path, log: Path) -> None:
        self._process = process
        self.workspace = workspace
        self.log = log

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    @property
    def url(self) -> str:
        """Where its page and API answer."""
        return json.loads((self.workspace / "data/.lock").read_text())["url"]

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

    async def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """SIGTERM, and its exit code."""
        self.terminate()
        with anyio.fail_after(40):
            return await self.wait()

    def terminate(self) -> None:
        """SIGTERM."""
        self._process.send_signal(signal.SIGTERM)

    async def wait(self) -> int:
        """Its exit code, once it has ended."""
        return await self._process.wait()

    async def _is_up(self, platforms: tuple[str, ...]) -> bool:
        try:
            found = (await self.health())["platforms"]
        except (OSError, httpx.HTTPError, ValueError, TypeError, KeyError):
            return False
        return all(found.get(name, {}).get("state") == "up" for name in platforms)


@asynccontextmanager
async def run_gateway(
    workspace: Path, *platforms: str, environ: Mapping[str, str] | None = None
) -> AsyncGenerator[GatewayProcess]:
    """Start `picklebot run` and wait until it is up; on the way out it is killed if it still runs."""
    log = workspace / "gateway.log"
    with log.open("ab") as output:
        process = await anyio.open_process(
            [sys.executable, "-m", "picklebot", "run", "--workspace", str(workspace)],
            stdin=None,
            stdout=output,
            stderr=output,
            env={**os.environ, "LOG_FORMAT": "json", **(environ or {})},
        )
    gateway = GatewayProcess(process, workspace, log)
    try:
        await gateway.wait_until_up(*platforms)
        yield gateway
    finally:
        if gateway.returncode is None:
            with anyio.CancelScope(shield=True):
                await gateway.kill()
