"""Everything that happens in the sandbox, in order, for whoever listens or waits."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Happening:
    """One event. `for_bot` events are Discord dispatches; the others are for the people who watch."""

    name: str
    data: Json
    for_bot: bool = True


class Feed:
    """One writer, many listeners; a waiter looks again after each event and never polls."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Happening], None]] = []
        self._rung = anyio.Event()

    def publish(self, name: str, data: Json, *, for_bot: bool = True) -> None:
        """Tell everybody, in the order they began to listen."""
        happening = Happening(name, data, for_bot)
        for listener in tuple(self._listeners):
            listener(happening)
        self._rung.set()
        self._rung = anyio.Event()

    @contextmanager
    def listening(self, listener: Callable[[Happening], None]) -> Generator[None]:
        """Call the listener for each event from now on; it must not block."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    async def until(self, check: Callable[[], T | None], timeout: float, hope: str) -> T:
        """The first answer of `check` that is not None. Raises TimeoutError that names what was hoped for."""
        try:
            with anyio.fail_after(timeout):
                while (found := check()) is None:
                    await self._rung.wait()
        except TimeoutError:
            raise TimeoutError(f"nothing came within {timeout:g} s: {hope}") from None
        return found
