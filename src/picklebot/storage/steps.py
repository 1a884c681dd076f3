"""What turns did with their tools."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from picklebot import clock
from picklebot.ports.steps import Outcome, Step, StepState, ToolCall
from picklebot.ports.storage import Transaction
from picklebot.storage.tables import turn_steps

_BEGIN = insert(turn_steps).returning(turn_steps.c.number)
_END = (
    update(turn_steps)
    .where(turn_steps.c.number == bindparam("of_number"))
    .values(state=bindparam("new_state"), result=bindparam("new_result"), ended_at=bindparam("now"))
)
_ACTS = (
    select(turn_steps.c.tool, turn_steps.c.arguments, turn_steps.c.state, turn_steps.c.result)
    .where(turn_steps.c.turn == bindparam("of_turn"), turn_steps.c.repeatable == 0)
    .order_by(turn_steps.c.number)
)
_ACTS_SINCE = _ACTS.where(turn_steps.c.started_at >= bindparam("begun_since"))


class SqlSteps:
    """Implements `ports.steps.StepStore`."""

    def begin(self, tx: Transaction, turn: str, call: ToolCall) -> int:
        row = {
            "turn": turn,
            "call_id": call.id,
            "tool": call.tool,
            "kind": call.kind,
            "repeatable": int(call.repeatable),
            "arguments": call.arguments,
            "state": StepState.STARTED,
            "result": "",
            "started_at": clock.now(),
        }
        return tx.connection.execute(_BEGIN, row).scalar_one()

    def end(self, tx: Transaction, number: int, outcome: Outcome) -> None:
        state = StepState.DONE if outcome.ok else StepState.FAILED
        values = {"of_number": number, "new_state": state, "new_result": outcome.text}
        tx.connection.execute(_END, values | {"now": clock.now()})

    def acts(self, tx: Transaction, turn: str, since: datetime | None = None) -> Sequence[Step]:
        wanted = {"of_turn": turn} if since is None else {"of_turn": turn, "begun_since": since}
        found = tx.connection.execute(_ACTS if since is None else _ACTS_SINCE, wanted)
        return [Step(row.tool, row.arguments, StepState(row.state), row.result) for row in found]
