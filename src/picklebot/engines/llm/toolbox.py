"""Our tools as pydantic-ai sees them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from pydantic_ai import RunContext
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.tools import Tool as ModelTool
from pydantic_ai.toolsets import FunctionToolset, ToolsetTool, WrapperToolset

from picklebot.agents.tools import Tool, ToolError
from picklebot.engines.llm.workbench import Workbench
from picklebot.ports.steps import Outcome, Steps, ToolCall

TOO_SLOW: Final = "The tool did not come to an end within {seconds:g} seconds, so it was stopped."
MAY_HAVE_ACTED: Final = " Whether it has done its work is unknown."


class Toolbox(WrapperToolset[None]):
    """A turn's tools. Each call is a step of the turn; an outcome that is not ok is a result that the model reads.

    A tool that takes longer than `timeout` seconds is given up, whether it listens or not.
    """

    def __init__(self, tools: Iterable[Tool], steps: Steps, bench: Workbench, *, timeout: float) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._steps = steps
        self._bench = bench
        self._timeout = timeout
        super().__init__(FunctionToolset([_model_tool(tool) for tool in self._tools.values()]))

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[None], tool: ToolsetTool[None]
    ) -> Any:
        """Run the tool `name`, unless an earlier run of the turn has."""

        async def run() -> Outcome:
            return await self._run(ours, super(Toolbox, self).call_tool(name, tool_args, ctx, tool))

        ours = self._tools[name]
        call = ToolCall(
            id=ctx.tool_call_id or "",
            tool=name,
            kind=ours.kind,
            arguments=json.dumps(tool_args, sort_keys=True, ensure_ascii=False, default=str),
            round=ctx.run_step,
            repeatable=ours.repeatable,
        )
        outcome = await self._steps.once(call, run)
        if not outcome.ok:
            raise ToolFailed(outcome.text)
        return outcome.text

    async def _run(self, tool: Tool, work: Any) -> Outcome:
        try:
            return Outcome(str(await self._bench.run(work, self._timeout)))
        except ToolError as error:
            return Outcome(str(error), ok=False)
        except TimeoutError:
            late = TOO_SLOW.format(seconds=self._timeout)
            return Outcome(late if tool.repeatable else late + MAY_HAVE_ACTED, ok=False)


def _model_tool(tool: Tool) -> ModelTool[None]:
    return ModelTool(tool.function, takes_ctx=False, name=tool.name, description=tool.description)
