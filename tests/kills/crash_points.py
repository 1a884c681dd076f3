"""Named moments at which a gateway kills itself, set from outside: no line of the gateway knows of them.

A commit is named by what it writes (`insert inbox`, and where that is not enough by a column or by its new value:
`update inbox job`, `update inbox reason=withdrawn`), a send by the platform's own name for it (`SendMessage`). Each
has two sides. "before" a send, nobody has seen it; "after" it, the platform has done it and the gateway never hears.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

SIDES = ("before", "after")
COMMITS = (
    "insert inbox",
    "update inbox",
    "insert history",
    "insert bindings",
    "insert outbox",
    "update outbox",
    "insert posted",
    "update posted",
)
TELEGRAM_CALLS = ("GetUpdates", "SendMessage", "EditMessageText")
DISCORD_CALLS = (
    "POST /channels/{channel_id}/messages",
    "PATCH /channels/{channel_id}/messages/{message_id}",
)
POINTS = tuple(f"{side} {name}" for name in (*COMMITS, *TELEGRAM_CALLS, *DISCORD_CALLS) for side in SIDES)
"""Every named crash point."""

_SETS = re.compile(r"(\w+)\s*=\s*(?:'(\w{1,30})')?")
_WRITES = re.compile(r"\s*(?:(INSERT) INTO|(UPDATE)|(DELETE) FROM)\s+(\w+)", re.IGNORECASE)


@dataclass(slots=True)
class Fuse:
    """Kills this process the `nth` time that it comes past a point; says so in `witness` first."""

    point: str
    nth: int
    witness: str

    def passing(self, *names: str, side: str) -> None:
        """Tell that the process is at one side of these."""
        if self.point not in (f"{side} {name}" for name in names):
            return
        self.nth -= 1
        if self.nth == 0:
            with open(self.witness, "a", encoding="utf-8") as file:  # noqa: PTH123 - the last thing it does
                file.write(f"{self.point}\n")
            os.kill(os.getpid(), signal.SIGKILL)


def light(fuse: Fuse) -> None:
    """Watch every commit and every send of this process."""
    _watch_commits(fuse)
    _watch_telegram(fuse)
    _watch_discord(fuse)


def _watch_commits(fuse: Fuse) -> None:
    from sqlalchemy import Engine, event
    from sqlalchemy.engine.default import DefaultDialect

    written = threading.local()
    commit = DefaultDialect.do_commit

    def note(statement: str) -> None:
        if found := _WRITES.match(statement):
            verb = (found[1] or found[2] or found[3]).lower()
            written.names = {*getattr(written, "names", ()), *_names(f"{verb} {found[4]}", statement)}

    def do_commit(self: DefaultDialect, dbapi_connection: Any) -> None:
        names, written.names = getattr(written, "names", set[str]()), set[str]()
        fuse.passing(*names, side="before")
        commit(self, dbapi_connection)
        fuse.passing(*names, side="after")

    event.listen(Engine, "connect", lambda connection, _record: connection.set_trace_callback(note))
    DefaultDialect.do_commit = do_commit


def _names(name: str, statement: str) -> Iterator[str]:
    yield name
    if name.startswith("update"):
        for column, value in _SETS.findall(statement.partition(" WHERE ")[0]):
            yield f"{name} {column}"
            yield f"{name} {column}={value}"


def _watch_telegram(fuse: Fuse) -> None:
    from aiogram import Bot

    async def call(
        go: Callable[..., Awaitable[Any]], bot: Bot, method: Any, *args: Any, **kwargs: Any
    ) -> Any:
        name = type(method).__name__
        fuse.passing(name, side="before")
        result = await go(bot, method, *args, **kwargs)
        fuse.passing(name, side="after")
        return result

    _wrap(Bot, "__call__", call)


def _watch_discord(fuse: Fuse) -> None:
    from discord.http import HTTPClient

    async def call(
        go: Callable[..., Awaitable[Any]], http: HTTPClient, route: Any, *args: Any, **kwargs: Any
    ) -> Any:
        name = f"{route.method} {route.path}"
        fuse.passing(name, side="before")
        result = await go(http, route, *args, **kwargs)
        fuse.passing(name, side="after")
        return result

    _wrap(HTTPClient, "request", call)


def _wrap(owner: type, name: str, call: Callable[..., Awaitable[Any]]) -> None:
    original = getattr(owner, name)

    async def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        return await call(original, self, *args, **kwargs)

    setattr(owner, name, wrapped)
