"""`picklebot sandbox`: Telegram and Discord on this machine, and a page to play their people on."""

from __future__ import annotations

import signal
from typing import Annotated, Literal

import anyio
from anyio.abc import TaskStatus
from cyclopts import Parameter
from cyclopts.validators import Number

from picklebot.errors import UsageError
from picklebot.logs import configure
from picklebot.sandbox.connection import config_lines
from picklebot.sandbox.playground import Playground, open_playground

Port = Annotated[int, Parameter(validator=Number(gte=0, lte=65535))]
Loopback = Literal["127.0.0.1", "::1"]


async def sandbox(
    *,
    telegram_port: Port = 8081,
    discord_port: Port = 8082,
    port: Port = 8090,
    host: Loopback = "127.0.0.1",
    config: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Play Telegram and Discord on this machine, until SIGTERM or Ctrl-C.

    A gateway in another terminal connects to it with the lines that are printed; a page plays the people.

    Parameters
    ----------
    telegram_port
        Where the Bot API is. 0 takes a free one.
    discord_port
        Where Discord's REST and gateway are. 0 takes a free one.
    port
        Where the page is. 0 takes a free one.
    host
        The loopback address to listen on.
    config
        Print the lines for config.yaml and nothing else.
    """
    configure("warning")
    if config:
        _say(_lines_ahead(host, telegram_port, discord_port))
        return
    async with anyio.create_task_group() as tasks:
        stopping = anyio.Event()
        await tasks.start(_listen_for_signals, stopping)
        async with open_playground(
            host=host, telegram_port=telegram_port, discord_port=discord_port, port=port
        ) as playground:
            _welcome(playground)
            await stopping.wait()
        tasks.cancel_scope.cancel()


def _lines_ahead(host: str, telegram_port: int, discord_port: int) -> str:
    if not (telegram_port and discord_port):
        raise UsageError("--config cannot know a free port; name --telegram-port and --discord-port")
    return config_lines(host, telegram_port, discord_port)


async def _listen_for_signals(
    stopping: anyio.Event, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            stopping.set()


def _welcome(playground: Playground) -> None:
    _say(
        f"\n  The sandbox is open: {playground.page_url}\n\n"
        "  A gateway comes in with these lines in its config.yaml:\n\n"
        f"{playground.config}\n"
        "  Start it in another terminal: picklebot run\n\n"
    )


def _say(text: str) -> None:
    print(text, end="", flush=True)
