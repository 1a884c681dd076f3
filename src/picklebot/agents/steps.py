"""Tools act once: what a turn did before it was interrupted is not done again when the turn runs again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

import anyio
import structlog

from picklebot.ports.steps import Outcome, Step, StepState, StepStore, ToolCall
from picklebot.ports.storage import Database, Transaction

log = structlog.get_logger()

UNKNOWN: Final = (
    "Outcome unknown: this call was begun before an interruption, and may or may not have taken effect. "
    "It was not run again. Find out before you repeat it, or say openly that it is uncertain."
)
_TOLD: Final = (
    "Not run yet, because this turn was interrupted and begun again, and before that you called this tool already:\n"
    "{calls}\n"
    "If one of these is what you want, go on with its outcome. If not, make this call again."
)


class Replay:
    """Judges the calls of a turn that runs again by what its earlier runs did. Pure.

    An equal call is given the earlier one's outcome, each of them once and in order. A model may also put the
    same thing in other words, so the first round that calls such a tool otherwise is told what was done; only
    then does such a call run. So no repeat is made unknowingly.
    """

    def __init__(self, earlier: Sequence[Step]) -> None:
        self._left = list(earlier)
        self._told_in: dict[str, int] = {}

    def answer(self, call: ToolCall) -> Outcome | None:
        """The outcome to give without running `call`, None when it is to be run."""
        same = [step for step in self._left if step.tool == call.tool]
        for step in same:
            if step.arguments == call.arguments:
                self._left.remove(step)
                return _outcome(step)
        if not same or call.round > self._told_in.setdefault(call.tool, call.round):
            return None
        calls = "\n".join(f"- {step.arguments}: {_outcome(step).text}" for step in same)
        return Outcome(_TOLD.format(calls=calls), ok=False)


class TurnSteps:
    """Implements `ports.steps.Steps` for one run of one turn.

    `taken` is the turn that its message was once taken into, and when: what that did since then counts as done.
    """

    def __init__(
        self,
        database: Database,
        store: StepStore,
        turn: str,
        taken: tuple[str, datetime | None] | None = None,
    ) -> None:
        self._database = database
        self._store = store
        self._turn = turn
        self._taken = taken
        self._replay: Replay | None = None
        self._loading = anyio.Lock()

    async def once(self, call: ToolCall, run: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """See Steps."""
        if not call.repeatable and (known := (await self._earlier()).answer(call)) is not None:
            log.info("a tool was not run again", turn=self._turn, tool=call.tool, call=call.id)
            return known
        number = await self._database.write(lambda tx: self._store.begin(tx, self._turn, call))
        outcome = await run()
        await self._database.write(lambda tx: self._store.end(tx, number, outcome))
        return outcome

    async def _earlier(self) -> Replay:
        """What earlier runs did, as it stood before the first act of this one."""
        async with self._loading:
            if self._replay is None:
                self._replay = Replay(await self._database.read(self._done))
            return self._replay

    def _done(self, tx: Transaction) -> Sequence[Step]:
        own = self._store.acts(tx, self._turn)
        return [*self._store.acts(tx, *self._taken), *own] if self._taken else own


def _outcome(step: Step) -> Outcome:
    match step.state:
        case StepState.STARTED:
            return Outcome(UNKNOWN, ok=False)
        case StepState.DONE:
            return Outcome(step.result)
        case StepState.FAILED:
            return Outcome(step.result, ok=False)
