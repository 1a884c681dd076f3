"""What turns did with their tools."""

from __future__ import annotations

from datetime import timedelta

from picklebot import clock
from picklebot.model.session import ToolKind
from picklebot.ports.steps import Outcome, Step, StepState, StepStore, ToolCall
from picklebot.storage.database import Database
from picklebot.storage.steps import SqlSteps

steps: StepStore = SqlSteps()


def make_call(arguments: str = "{}", *, repeatable: bool = False) -> ToolCall:
    return ToolCall("c1", "append", ToolKind.ACT, arguments, 1, repeatable)


async def begin(database: Database, turn: str, call: ToolCall) -> int:
    return await database.write(lambda tx: steps.begin(tx, turn, call))


async def test_acts_are_told_in_order_with_what_they_came_to(database: Database) -> None:
    first = await begin(database, "t1", make_call('{"n":1}'))
    second = await begin(database, "t1", make_call('{"n":2}'))
    await begin(database, "t1", make_call('{"n":3}'))
    await database.write(lambda tx: steps.end(tx, second, Outcome("no such file", ok=False)))
    await database.write(lambda tx: steps.end(tx, first, Outcome("done\0")))
    assert await database.read(lambda tx: steps.acts(tx, "t1")) == [
        Step("append", '{"n":1}', StepState.DONE, "done\ufffd"),
        Step("append", '{"n":2}', StepState.FAILED, "no such file"),
        Step("append", '{"n":3}', StepState.STARTED),
    ]


async def test_acts_are_those_of_the_turn_that_must_not_be_repeated(database: Database) -> None:
    await begin(database, "t1", make_call(repeatable=True))
    await begin(database, "t2", make_call())
    assert await database.read(lambda tx: steps.acts(tx, "t1")) == []


async def test_acts_may_be_told_from_a_time_on(database: Database) -> None:
    await begin(database, "t1", make_call('{"n":1}'))
    between = clock.now()
    await begin(database, "t1", make_call('{"n":2}'))
    later = await database.read(lambda tx: steps.acts(tx, "t1", between))
    assert [step.arguments for step in later if step.arguments != '{"n":1}'] == ['{"n":2}']
    assert await database.read(lambda tx: steps.acts(tx, "t1", clock.now() + timedelta(seconds=9))) == []
