"""A warm process that has imported the libraries but opened nothing, and forks a gateway whenever one is asked for.

Importing them takes seconds of CPU; a fork takes milliseconds, and what it then runs is the real `picklebot run`.
More modules to import may be named as arguments. JSON lines on stdin: {"workspace", "log", "witness", "point", "nth"}
begins a life, {} ends it with kill -9. Lines on stdout: {"warm"} once, then {"begun"} with the process id and
{"ended"} with the exit code as subprocess has it. The process lives as long as its stdin, and its child no longer
than itself.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import sys
from typing import Any, NoReturn

from tests.kills.crash_points import Fuse, light

WARM = (
    "aiogram",
    "alembic.command",
    "discord",
    "picklebot.app",
    "picklebot.cli.main",
    "picklebot.cli.run",
    "picklebot.platforms.discord.adapter",
    "picklebot.platforms.telegram.adapter",
    "picklebot.platforms.telegram.frontend",
    "sqlalchemy.dialects.sqlite",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
PR_SET_PDEATHSIG = 1
ORDERS = os.fdopen(0, "rb", buffering=0, closefd=False)
"""Unbuffered, as select must see what is still unread."""


def main() -> None:
    """Serve until stdin ends."""
    for name in (*WARM, *sys.argv[1:]):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    say(warm=os.getpid())
    while order := listen():
        child = begin(order)
        say(begun=child)
        stay(child)


def listen() -> dict[str, Any] | None:
    """The next order that begins a life; None at the end."""
    while line := ORDERS.readline():
        if order := json.loads(line):
            return order
    return None


def stay(child: int) -> None:
    """Wait for the child's end, bringing it about when told to."""
    ended = os.pidfd_open(child)
    try:
        while ended not in (ready := select.select([ended, ORDERS], [], [])[0]):
            if ORDERS in ready:
                ORDERS.readline()  # {}, or the end of whoever wanted the child
                os.kill(child, signal.SIGKILL)
                break
    finally:
        os.close(ended)
    _, status = os.waitpid(child, 0)
    say(ended=os.waitstatus_to_exitcode(status))


def say(**answer: Any) -> None:
    """Answer in one line."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def begin(order: dict[str, Any]) -> int:
    """Fork a gateway and return its process id."""
    child = os.fork()
    if child == 0:
        live(order)
    return child


def live(order: dict[str, Any]) -> NoReturn:
    """Be `picklebot run` in a workspace, with a fuse where one is wanted."""
    code = 70
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        redirect(order["log"])
        if order["point"]:
            light(Fuse(order["point"], order["nth"], order["witness"]))
        sys.argv = ["picklebot", "run", "--workspace", order["workspace"]]
        from picklebot.cli.main import main as picklebot

        picklebot()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        os._exit(code)


def redirect(log: str) -> None:
    """Take nothing from, and give nothing to, the line that the orders come on."""
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for ours, standard in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(ours, standard)


if __name__ == "__main__":
    main()
