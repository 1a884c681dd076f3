"""What happened, in order, and how to wait for it without sleeping."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anyio

MOST_EVENTS = 10_000
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: a number that only grows, Unix time in seconds, a kind and its JSON fields."""

    number: int
    at: float
    kind: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the bot: what it asked and what came of it.

    `error` is the description of a refusal, `fault` the injected fault that met the call. Files in `params`
    stand as `name (n bytes)`.
    """

    number: int
    method: str
    params: dict[str, str]
    at: float
    result: Any = None
    error: str | None = None
    fault: str | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the sandbox did what was asked, whatever the client got to know of it."""
        return self.error is None and self.fault != "drop"


@dataclass(slots=True)
class Journal:
    """The newest 10,000 events and the newest 10,000 calls, with a signal for those who wait."""

    events: deque[Event] = field(default_factory=lambda: deque[Event](maxlen=MOST_EVENTS))
    calls: deque[Call] = field(default_factory=lambda: deque[Call](maxlen=MOST_EVENTS))
    _number: int = 0
    _changed: anyio.Event = field(default_factory=anyio.Event)

    def record(self, kind: str, **fields: Any) -> int:
        """Write an event down, wake who waits, and give its number."""
        self._number += 1
        self.events.append(Event(self._number, time.time(), kind, fields))
        self._changed.set()
        self._changed = anyio.Event()
        return self._number

    def record_call(self, method: str, params: dict[str, str], **outcome: Any) -> None:
        """Write a finished call down; its number is that of its event."""
        number = self._number + 1
        self.calls.append(Call(number=number, method=method, params=params, at=time.time(), **outcome))
        self.record("call", method=method, params=params, **outcome)

    def after(self, number: int) -> list[Event]:
        """Give the events that are kept and newer than `number`, oldest first."""
        return [event for event in self.events if event.number > number]

    async def changed(self) -> None:
        """Wait for the next event."""
        await self._changed.wait()

    async def until(self, find: Callable[[], Found | None], timeout: float) -> Found:
        """Wait until `find` gives something. Raises TimeoutError after `timeout` seconds."""
        with anyio.fail_after(timeout):
            while (found := find()) is None:
                await self._changed.wait()
        return found
