"""Tools through pydantic-ai: each call is a step of its turn, and none can hold it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from threading import Event
from typing import Any

import anyio
import pytest
from anyio import to_thread
from llmock.scenarios import Reply, ToolCall
from tests.engines.turns import answer, final, make_turn

from picklebot.agents.steps import UNKNOWN
from picklebot.agents.tools import Tool, ToolError
from picklebot.engines.llm.engine import LlmEngine
from picklebot.engines.llm.workbench import Workbench
from picklebot.model.events import ToolFinished, ToolStarted
from picklebot.model.patience import Patience
from picklebot.model.session import ToolKind
from picklebot.ports.engine import Turn
from picklebot.ports.steps import Step, StepState
from picklebot.testing.steps import MemorySteps

MODEL = "openai-chat:any"


def tool(function: Callable[..., Awaitable[str]], kind: ToolKind = ToolKind.ACT) -> Tool:
    return Tool("act", kind, "acting", "Act.", function)


def turn(steps: MemorySteps | None = None) -> Turn:
    return make_turn("go", model=MODEL, tools=("act",), steps=steps)


def seen(llm: Any) -> str:
    """The last tool result that the model was given."""
    return llm.last_request.body["messages"][-1]["content"]


async def test_an_acting_tool_is_a_step(llm: Any) -> None:
    async def act(b: int, a: str = "x") -> str:
        return f"did {a}{b}"

    llm.call_tool("act", {"b": 1, "a": "ü"}).reply("Done.")
    steps, engine = MemorySteps(), LlmEngine(tools=[tool(act)])
    assert final(await answer(engine, turn(steps))).text == "Done."
    assert steps.steps == [Step("act", '{"a": "ü", "b": 1}', StepState.DONE, "did ü1")]
    assert seen(llm) == "did ü1"
    await engine.aclose()


async def test_an_error_of_a_tool_is_what_the_step_came_to(llm: Any) -> None:
    async def act() -> str:
        raise ToolError("There is no such file.")

    llm.call_tool("act").reply("Sorry.")
    steps, engine = MemorySteps(), LlmEngine(tools=[tool(act)])
    events = await answer(engine, turn(steps))
    assert [event.ok for event in events if isinstance(event, ToolFinished)] == [False]
    assert steps.steps == [Step("act", "{}", StepState.FAILED, "There is no such file.")]
    await engine.aclose()


@pytest.mark.requirement("P6")
async def test_the_model_is_told_that_an_interrupted_act_is_unknown(llm: Any) -> None:
    async def act() -> str:
        raise AssertionError("it must not run again")

    llm.call_tool("act").reply("I am not sure that it worked.")
    engine = LlmEngine(tools=[tool(act)])
    earlier = MemorySteps([Step("act", "{}", StepState.STARTED)])
    events = await answer(engine, turn(earlier))
    assert final(events).text == "I am not sure that it worked."
    assert UNKNOWN in seen(llm)
    assert [event.ok for event in events if isinstance(event, ToolFinished)] == [False]
    await engine.aclose()


class Deaf:
    """Tools that do not stop when they are told to."""

    def __init__(self) -> None:
        self.release = Event()
        self.begun = anyio.Event()

    async def block_a_thread(self) -> str:
        self.begun.set()
        await to_thread.run_sync(self.release.wait)
        return "at last"

    async def swallow(self) -> str:
        self.begun.set()
        while not self.release.is_set():
            try:
                await anyio.sleep(0.01)
            except anyio.get_cancelled_exc_class():
                continue
        return "at last"


@pytest.mark.requirement("P13")
@pytest.mark.parametrize("way", ["block_a_thread", "swallow"])
@pytest.mark.parametrize("kind", [ToolKind.LOOK, ToolKind.ACT])
async def test_a_deaf_tool_is_given_up_at_its_deadline(llm: Any, way: str, kind: ToolKind) -> None:
    deaf = Deaf()
    llm.call_tool("act").reply("It did not work.")
    engine = LlmEngine(Patience(tool=0.1), tools=[tool(getattr(deaf, way), kind)])
    try:
        with anyio.fail_after(5):
            assert final(await answer(engine, turn())).text == "It did not work."
        assert "did not come to an end within 0.1 seconds" in seen(llm)
        assert ("unknown" in seen(llm)) is (kind is ToolKind.ACT)
    finally:
        deaf.release.set()
    await engine.aclose()


@pytest.mark.requirement("P13")
@pytest.mark.parametrize("way", ["block_a_thread", "swallow"])
async def test_a_turn_that_is_ended_does_not_wait_for_a_deaf_tool(llm: Any, way: str) -> None:
    deaf = Deaf()
    llm.call_tool("act")
    engine = LlmEngine(tools=[tool(getattr(deaf, way))])
    try:
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(answer, engine, turn())
                await deaf.begun.wait()
                tasks.cancel_scope.cancel()
            await engine.aclose()
    finally:
        deaf.release.set()


async def test_what_a_tool_did_wrong_is_raised(llm: Any) -> None:
    async def act() -> str:
        raise LookupError("a bug")

    llm.call_tool("act")
    steps, engine = MemorySteps(), LlmEngine(tools=[tool(act)])
    with pytest.raises(LookupError, match="a bug"):
        await answer(engine, turn(steps))
    assert steps.steps == []
    await engine.aclose()


async def test_a_workbench_ends_what_runs_on_it() -> None:
    bench, ended = Workbench(), anyio.Event()

    async def work() -> None:
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    begun = anyio.Event()
    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(bench.run, work(), 60)
            await begun.wait()
            tasks.cancel_scope.cancel()
        await bench.aclose()
        await ended.wait()


async def test_tools_run_side_by_side(llm: Any) -> None:
    both = [anyio.Event(), anyio.Event()]

    async def act(number: int) -> str:
        both[number].set()
        await both[1 - number].wait()
        return "met"

    calls = tuple(ToolCall("act", {"number": number}) for number in (0, 1))
    llm.add(Reply(tool_calls=calls)).reply("They met.")
    engine = LlmEngine(tools=[tool(act)])
    with anyio.fail_after(5):
        events = await answer(engine, turn())
    assert len([event for event in events if isinstance(event, ToolStarted)]) == 2
    assert final(events).text == "They met."
    await engine.aclose()
