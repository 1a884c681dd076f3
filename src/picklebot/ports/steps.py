"""What a turn does to the world, kept so that a crash does not do it twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from picklebot.model.session import ToolKind
from picklebot.ports.storage import Transaction


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool, as the model made it.

    `arguments` is JSON with sorted keys, so equal calls have equal texts. `round` counts the model's answers in
    this run of the turn: calls of one round were made without knowing each other's results. A `repeatable` call
    may be run again at any time without harm.
    """

    id: str
    tool: str
    kind: ToolKind
    arguments: str
    round: int
    repeatable: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to, in words that the model reads; not `ok` when it has no result."""

    text: str
    ok: bool = True


class StepState(StrEnum):
    """A step that is `started` and never ended was cut off: nobody knows how far it came."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """A call that was begun in this or an earlier run of a turn; `result` is empty until it ended."""

    tool: str
    arguments: str
    state: StepState
    result: str = ""


class Steps(Protocol):
    """The steps of one turn, over all of its runs."""

    async def once(self, call: ToolCall, run: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Run the call and give its outcome; or give the outcome to go on with instead of running it again.

        It is durably kept before `run` begins and when it has ended. What `run` raises passes through, and leaves
        the step started. Raises StorageError when it cannot be kept; then it was not run, or its end is unknown.
        """
        ...


class StepStore(Protocol):
    """The steps of all turns."""

    def begin(self, tx: Transaction, turn: str, call: ToolCall) -> int:
        """Keep that this call of the turn begins; the number names it."""
        ...

    def end(self, tx: Transaction, number: int, outcome: Outcome) -> None:
        """Keep what the step came to."""
        ...

    def acts(self, tx: Transaction, turn: str, since: datetime | None = None) -> Sequence[Step]:
        """The turn's steps that are not repeatable, in the order of their beginnings, all or those begun `since`."""
        ...
