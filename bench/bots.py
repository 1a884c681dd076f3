"""The bots that are measured, each a process of its own, and what the system says of them."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL

import anyio
from anyio.abc import Process

HERE = Path(__file__).parent
STOP_SECONDS = 5
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")

CONFIG = """\
limits: {{queue: 10000}}
messagebus:
  web: {{enabled: false}}
  telegram:
    bot_token: {token}
    api_base_url: {base_url}
    allowed_user_ids: ["*"]
    rate: off
    ring: {ring}
"""

MODEL = """\
llm: {{model: "openai-chat:parrot", api_key: free, base_url: "{base_url}"}}
"""


@dataclass(frozen=True, slots=True)
class Bot:
    """A running bot. Times are CPU seconds of all its threads since its start, sizes bytes."""

    pid: int

    @property
    def cpu(self) -> float:
        """User and system time; the system counts it in hundredths of a second."""
        return _cpu(Path(f"/proc/{self.pid}/stat"))

    @property
    def threads(self) -> dict[int, float]:
        """The same of each thread by its id; the event loop's is the process's own."""
        return {int(it.name): _cpu(it / "stat") for it in Path(f"/proc/{self.pid}/task").iterdir()}

    @property
    def memory(self) -> int:
        """What is resident."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE

    @property
    def written(self) -> int:
        """What it handed to write calls: database, its log and files, but not sockets."""
        lines = Path(f"/proc/{self.pid}/io").read_text().splitlines()
        return int(dict(line.split(": ") for line in lines)["wchar"])


def echo_command(base_url: str, token: str) -> list[str]:
    """How the bare bot is started."""
    return [sys.executable, str(HERE / "echo.py"), base_url, token]


def gateway_command(workspace: Path, profile: Path | None = None) -> list[str]:
    """How picklebot with the free model is started."""
    return [sys.executable, str(HERE / "gateway.py"), str(workspace), *([str(profile)] if profile else [])]


def make_workspace(
    folder: Path, base_url: str, token: str, *, ring: str = "answer", model_url: str = ""
) -> Path:
    """A folder with a config.yaml for Telegram alone, and for the model at `model_url` if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    config = CONFIG.format(token=token, base_url=base_url, ring=ring)
    model = MODEL.format(base_url=model_url) if model_url else ""
    (folder / "config.yaml").write_text(config + model)
    return folder


@asynccontextmanager
async def running(
    command: Sequence[str], log: Path | None = None, env: Mapping[str, str] | None = None
) -> AsyncGenerator[Bot]:
    """Run a bot; on the way out it is asked to stop, and killed when it does not."""
    with (log or Path(os.devnull)).open("ab") as output:
        process = await anyio.open_process(command, stdin=DEVNULL, stdout=output, stderr=output, env=env)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_watch, process, log)
            yield Bot(process.pid)
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True), suppress(ProcessLookupError):
            with anyio.move_on_after(STOP_SECONDS):
                process.terminate()
                await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _watch(process: Process, log: Path | None) -> None:
    """Give up at once when the bot ends by itself."""
    code = await process.wait()
    raise RuntimeError(f"a bot ended with {code}:\n{_tail(log)}")


def _tail(log: Path | None) -> str:
    return log.read_text()[-2_000:] if log else ""


def _cpu(stat: Path) -> float:
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
