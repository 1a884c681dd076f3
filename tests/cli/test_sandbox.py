"""`picklebot sandbox` as a process."""

import re
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from socket import create_server
from subprocess import PIPE

import anyio
import httpx
import pytest
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

COMMAND = [sys.executable, "-m", "picklebot", "sandbox"]
FREE = ["--telegram-port", "0", "--discord-port", "0", "--port", "0"]
DEADLINE = 30

pytestmark = pytest.mark.slow


@asynccontextmanager
async def sandbox(*options: str) -> AsyncGenerator[Process]:
    with anyio.fail_after(DEADLINE):
        async with await anyio.open_process([*COMMAND, *options], stdout=PIPE, stderr=PIPE) as process:
            yield process


async def finish(*options: str) -> tuple[int, str, str]:
    with anyio.fail_after(DEADLINE):
        done = await anyio.run_process([*COMMAND, *options], check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


async def read_until(process: Process, end: str) -> str:
    assert process.stdout is not None
    return (await BufferedByteReceiveStream(process.stdout).receive_until(end.encode(), 65536)).decode()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_it_serves_until_a_signal_ends_it_in_order(sign: signal.Signals) -> None:
    async with sandbox(*FREE) as process:
        said = await read_until(process, "picklebot run\n")
        url = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert url is not None
        async with httpx.AsyncClient(trust_env=False) as http:
            worlds = (await http.get(f"{url[0]}worlds.json")).json()
            state = (await http.get(f"{worlds['telegram']}/sandbox/telegram/state")).json()
        assert worlds["config"] in said
        assert state["base_url"] == worlds["telegram"]
        process.send_signal(sign)
        assert await process.wait() == 0


async def test_a_busy_port_is_one_line() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said, told = await finish(*FREE[:-1], str(port))
    assert (code, said) == (1, "")
    assert told == (
        f"picklebot: port {port} cannot be used (it is in use); "
        "stop what uses it or choose another with --port\n"
    )


async def test_config_prints_the_lines_and_nothing_else() -> None:
    code, said, told = await finish("--config", "--telegram-port", "9001", "--discord-port", "9002")
    assert (code, told) == (0, "")
    assert said.startswith("messagebus:\n  telegram:\n")
    assert "http://127.0.0.1:9001\n" in said
    assert "ws://127.0.0.1:9002/gateway\n" in said


@pytest.mark.parametrize(
    "options",
    [["--config", "--telegram-port", "0"], ["--host", "0.0.0.0"], ["--port", "65536"], ["--port", "x"]],
    ids=" ".join,
)
async def test_what_cannot_mean_anything_is_refused(options: list[str]) -> None:
    code, said, told = await finish(*options)
    assert (code, said) == (2, "")
    assert told.startswith("picklebot: ")
    assert told.count("\n") == 1
