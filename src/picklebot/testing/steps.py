"""The steps of a turn, without a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from picklebot.agents.steps import Replay
from picklebot.ports.steps import Outcome, Step, StepState, ToolCall


class MemorySteps:
    """Implements `ports.steps.Steps`; `earlier` are those of an earlier run, `steps` those that this one ran."""

    def __init__(self, earlier: Sequence[Step] = ()) -> None:
        self.steps: list[Step] = []
        self._replay = Replay(earlier)

    async def once(self, call: ToolCall, run: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """See Steps."""
        known = None if call.repeatable else self._replay.answer(call)
        if known is not None:
            return known
        outcome = await run()
        state = StepState.DONE if outcome.ok else StepState.FAILED
        self.steps.append(Step(call.tool, call.arguments, state, outcome.text))
        return outcome
