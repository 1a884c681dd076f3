"""Our tools as pydantic-ai sees them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.tools import Tool as ModelTool
from pydantic_ai.toolsets import FunctionToolset, ToolsetTool, WrapperToolset

from picklebot.agents.tools import Tool, ToolError


class Toolbox(WrapperToolset[None]):
    """A turn's tools. A ToolError, or more than `timeout` seconds, is a result that the model reads."""

    def __init__(self, tools: Iterable[Tool], *, timeout: float) -> None:
        super().__init__(FunctionToolset([_model_tool(tool) for tool in tools], timeout=timeout))

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[None], tool: ToolsetTool[None]
    ) -> Any:
        """Run the tool `name`."""
        try:
            return await super().call_tool(name, tool_args, ctx, tool)
        except ToolError as error:
            raise ToolFailed(str(error)) from None


def _model_tool(tool: Tool) -> ModelTool[None]:
    return ModelTool(tool.function, takes_ctx=False, name=tool.name, description=tool.description)
