"""One run of an engine, in a task of its own: whatever holds it up, it holds up nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import anyio
import structlog

from picklebot.bell import Bell
from picklebot.errors import EngineError
from picklebot.model import words
from picklebot.model.events import Failed, ReplyEvent, TextDelta
from picklebot.model.events import Final as FinalEvent
from picklebot.ports.engine import Engine, Turn

log = structlog.get_logger()

PARTING: Final = 1.0
"""Seconds that a cancelled engine has for its end, before it is left behind."""


CLOSE_SECONDS: Final = 3.0
"""How long an engine that was stopped may take to let go of its model; no stop waits longer for it."""


class EngineRun:
    """Asks an engine once.

    An engine, or a tool inside it, may be deaf to cancellation (a call that blocks a thread). Whoever waits for
    the result does not wait for that: what is left of the run ends whenever it can, and nothing of it is shown.
    """

    def __init__(self, engine: Engine, turn: Turn, show: Callable[[ReplyEvent], None]) -> None:
        self._engine = engine
        self._turn = turn
        self._show = show
        self._said: list[str] = []
        self._outcome: FinalEvent | Failed | Exception | None = None
        self._scope = anyio.CancelScope()
        self._settled = False
        self._settling = Bell()

    @property
    def text(self) -> str:
        """What was said so far."""
        return "".join(self._said)

    async def run(self) -> None:
        """Run the engine to its very end. Ordinary errors are raised by `result`, not here."""
        try:
            with self._scope:
                await self._listen()
        except Exception as error:  # noqa: BLE001 - handed to the one who waits for the result
            self._settle(error)
        finally:
            self._end()

    async def result(self) -> FinalEvent | Failed:
        """Wait for the result, or raise what the engine raised. Cancelling this ends the run."""
        try:
            await self._wait()
        except anyio.get_cancelled_exc_class():
            await self._part()
            raise
        match self._outcome:
            case FinalEvent() | Failed():
                return self._outcome
            case Exception():
                raise self._outcome
            case None:
                raise EngineError("no_end", words.WENT_WRONG, detail="no Final event")

    async def _listen(self) -> None:
        events = self._engine.run(self._turn)
        try:
            async for event in events:
                if self._settled:
                    return
                if isinstance(event, FinalEvent | Failed):
                    # Now, not after the closing: that may be held up by what the engine has gone on from.
                    self._settle(event)
                    return
                if isinstance(event, TextDelta):
                    self._said.append(event.text)
                self._show(event)
        finally:
            if (close := getattr(events, "aclose", None)) is not None:
                with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                    await close()

    def _settle(self, outcome: FinalEvent | Failed | Exception) -> None:
        if self._settled:
            log.debug(
                "an engine went on after its end", turn=self._turn.job.id, outcome=type(outcome).__name__
            )
            return
        self._outcome = outcome
        self._end()

    def _end(self) -> None:
        self._settled = True
        self._settling.ring()

    async def _wait(self) -> None:
        if not self._settled:
            await self._settling.wait()

    async def _part(self) -> None:
        """End the run; when it does not listen, leave it behind."""
        self._scope.cancel()
        with anyio.move_on_after(PARTING, shield=True):
            await self._wait()
        if not self._settled:
            self._end()
            log.warning(
                "a model or tool does not end when told to; it is left behind", turn=self._turn.job.id
            )
