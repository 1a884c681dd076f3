"""Tools act once, over all runs of a turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot import clock
from picklebot.agents.steps import UNKNOWN, Replay, TurnSteps
from picklebot.model.session import ToolKind
from picklebot.ports.steps import Outcome, Step, StepState, ToolCall
from picklebot.storage.database import Database
from picklebot.storage.steps import SqlSteps

WORDS = st.sampled_from("abc")
STEPS = st.lists(
    st.builds(Step, st.sampled_from(["x", "y"]), WORDS, st.sampled_from(StepState), st.just("r"))
)
ROUNDS = st.lists(st.lists(st.tuples(st.sampled_from(["x", "y"]), WORDS), max_size=4), max_size=6)


def call(arguments: str = "a", *, tool: str = "x", turn: int = 1, repeatable: bool = False) -> ToolCall:
    kind = ToolKind.LOOK if repeatable else ToolKind.ACT
    return ToolCall("c1", tool, kind, arguments, turn, repeatable)


def step(arguments: str, state: StepState = StepState.DONE, tool: str = "x") -> Step:
    return Step(tool, arguments, state, "" if state is StepState.STARTED else f"did {arguments}")


def test_an_equal_call_is_given_what_the_earlier_one_came_to() -> None:
    replay = Replay([step("a"), step("b", StepState.FAILED), step("c", StepState.STARTED)])
    assert replay.answer(call("c")) == Outcome(UNKNOWN, ok=False)
    assert replay.answer(call("a")) == Outcome("did a")
    assert replay.answer(call("b")) == Outcome("did b", ok=False)
    assert replay.answer(call("a", turn=2)) is None


def test_equal_calls_are_answered_in_order_each_once() -> None:
    replay = Replay([Step("x", "a", StepState.DONE, "first"), Step("x", "a", StepState.STARTED)])
    assert replay.answer(call("a")) == Outcome("first")
    assert replay.answer(call("a")) == Outcome(UNKNOWN, ok=False)
    assert replay.answer(call("a")) is None


def test_a_call_in_other_words_is_told_first_and_runs_when_it_is_made_again() -> None:
    replay = Replay([step("a"), step("b", StepState.STARTED)])
    for words in ("c", "d"):
        told = replay.answer(call(words, turn=1))
        assert told is not None
        assert not told.ok
        assert "- a: did a" in told.text
        assert f"- b: {UNKNOWN}" in told.text
    assert replay.answer(call("c", turn=2)) is None
    assert replay.answer(call("a", turn=2)) == Outcome("did a")


def test_another_tool_is_not_held_back() -> None:
    assert Replay([step("a")]).answer(call("a", tool="y")) is None


@given(STEPS, ROUNDS)
def test_nothing_is_repeated_before_the_model_knows_of_it(
    earlier: list[Step], rounds: list[list[tuple[str, str]]]
) -> None:
    replay, left = Replay(earlier), Counter((it.tool, it.arguments) for it in earlier)
    told: set[str] = set()
    for number, calls in enumerate(rounds, 1):
        heard: set[str] = set()
        for tool, arguments in calls:
            others = any(there for (name, _), there in left.items() if name == tool)
            outcome = replay.answer(call(arguments, tool=tool, turn=number))
            if left[tool, arguments]:
                left[tool, arguments] -= 1
                assert outcome is not None
            elif others and tool not in told:
                assert outcome is not None
                heard.add(tool)
            else:
                assert outcome is None
        told |= heard


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(f"sqlite:///{tmp_path / 'steps.db'}") as database:
        yield database


class Runs:
    """Counts how often it was run."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> Outcome:
        self.count += 1
        return Outcome("done")


@pytest.mark.requirement("P6")
async def test_a_call_that_ended_is_not_run_by_the_next_run_of_its_turn(database: Database) -> None:
    runs = Runs()
    for _ in range(3):
        assert await TurnSteps(database, SqlSteps(), "t1").once(call(), runs) == Outcome("done")
    assert runs.count == 1
    assert await TurnSteps(database, SqlSteps(), "t2").once(call(), runs) == Outcome("done")
    assert runs.count == 2


@pytest.mark.requirement("P6")
async def test_a_call_that_was_cut_off_is_unknown_to_the_next_run(database: Database) -> None:
    async def hang() -> Outcome:
        scope.cancel()
        await anyio.sleep_forever()
        raise AssertionError

    with anyio.CancelScope() as scope:
        await TurnSteps(database, SqlSteps(), "t1").once(call(), hang)
    runs = Runs()
    assert await TurnSteps(database, SqlSteps(), "t1").once(call(), runs) == Outcome(UNKNOWN, ok=False)
    assert runs.count == 0


async def test_a_call_is_kept_before_it_begins(database: Database) -> None:
    async def look() -> Outcome:
        kept = await database.read(lambda tx: SqlSteps().acts(tx, "t1"))
        assert kept == [Step("x", "a", StepState.STARTED)]
        return Outcome("seen")

    assert await TurnSteps(database, SqlSteps(), "t1").once(call(), look) == Outcome("seen")


async def test_one_run_may_do_the_same_thing_twice(database: Database) -> None:
    steps, runs = TurnSteps(database, SqlSteps(), "t1"), Runs()
    await steps.once(call(), runs)
    await steps.once(call(), runs)
    assert runs.count == 2


async def test_what_may_be_repeated_is_run_anew_in_each_run(database: Database) -> None:
    runs = Runs()
    for _ in range(2):
        await TurnSteps(database, SqlSteps(), "t1").once(call(repeatable=True), runs)
    assert runs.count == 2


@pytest.mark.requirement("P6")
async def test_what_was_done_since_a_message_was_taken_in_is_not_done_again_in_its_own_turn(
    database: Database,
) -> None:
    runs = Runs()
    await TurnSteps(database, SqlSteps(), "t1").once(call("before"), runs)
    taken = ("t1", clock.now())
    await TurnSteps(database, SqlSteps(), "t1").once(call("since"), runs)
    own = TurnSteps(database, SqlSteps(), "t2", taken)
    assert await own.once(call("since"), runs) == Outcome("done")
    assert runs.count == 2
    await own.once(call("before"), runs)
    assert runs.count == 3
