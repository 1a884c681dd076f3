"""What happens inside a run, told in reply events."""

from __future__ import annotations

from pydantic_ai.messages import (
    AgentStreamEvent,
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolReturnPart,
)

from picklebot.agents.tools import Tool
from picklebot.model.events import ReplyEvent, TextDelta, ToolFinished, ToolStarted


class Narration:
    """Tells one turn. `text` is all that was said so far: what the deltas, joined, are."""

    def __init__(self, tools: tuple[Tool, ...]) -> None:
        self._labels = {tool.name: tool.label for tool in tools}
        self._said: list[str] = []
        self._running: set[str] = set()
        self._new_paragraph = False

    @property
    def text(self) -> str:
        """The text of the whole turn, also what was said before a tool ran."""
        return "".join(self._said)

    @property
    def tool_runs(self) -> bool:
        """Whether the model waits for a tool, not we for the model."""
        return bool(self._running)

    def tell(self, event: AgentStreamEvent) -> ReplyEvent | None:
        """The reply event that `event` is, if it is one that people see."""
        match event:
            case PartStartEvent(part=TextPart(content=text)):
                return self._say(text)
            case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                return self._say(text)
            case FunctionToolCallEvent(part=call):
                self._running.add(call.tool_call_id)
                label = self._labels.get(call.tool_name, call.tool_name)
                return ToolStarted(call.tool_call_id, call.tool_name, label)
            case FunctionToolResultEvent(part=result):
                return self._finish(result)
            case _:
                return None

    def _say(self, text: str) -> TextDelta | None:
        if not text:
            return None
        if self._new_paragraph and self._said:
            text = f"\n\n{text}"
        self._new_paragraph = False
        self._said.append(text)
        return TextDelta(text)

    def _finish(self, result: ToolReturnPart) -> ToolFinished:
        self._running.discard(result.tool_call_id)
        self._new_paragraph = True
        return ToolFinished(result.tool_call_id, result.tool_name, ok=result.outcome == "success")
