"""One turn with one model, from the first request to the last word."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import NoneType
from typing import Any

import anyio
from pydantic_ai import Agent, AgentRunResultEvent
from pydantic_ai.agent import AgentRunEvents, AgentRunResult
from pydantic_ai.messages import (
    AgentStreamEvent,
    BinaryContent,
    EnqueuedMessagesEvent,
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    ModelMessage,
    ModelResponse,
    UserContent,
)
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import UsageLimits

from picklebot.agents.file_tools import file_tools
from picklebot.agents.quoting import quoted_talk
from picklebot.agents.tools import Tool, offered_tools
from picklebot.engines.llm import transcript
from picklebot.engines.llm.asides import Asides
from picklebot.engines.llm.endpoint import Endpoint
from picklebot.engines.llm.faults import FAULTS, cut_off, explain, timed_out
from picklebot.engines.llm.narration import Narration
from picklebot.engines.llm.toolbox import Toolbox
from picklebot.engines.llm.workbench import Workbench
from picklebot.model.agent import ModelChoice
from picklebot.model.events import Final, ReplyEvent, Usage
from picklebot.model.patience import Patience
from picklebot.ports.engine import Turn

_Text = str | None
_Event = AgentStreamEvent | AgentRunResultEvent[_Text]

# None stands for an empty answer: that is the model's word too, not a reason to ask again.
_AGENT: Agent[None, _Text] = Agent(output_type=[str, NoneType], name="picklebot")


@dataclass(frozen=True, slots=True)
class Conversation:
    """A model that is ready to be asked, how long it may be silent, and the tools there are."""

    model: Model
    endpoint: Endpoint
    patience: Patience
    tools: Sequence[Tool]
    bench: Workbench

    async def run(self, turn: Turn) -> AsyncGenerator[ReplyEvent]:
        """Ask, run the tools that the model wants, tell what happens. Raises EngineError.

        Closing the iterator, or cancelling, closes the connection.
        """
        of_session = file_tools(turn.files) if turn.files is not None else ()
        tools = offered_tools((*self.tools, *of_session), turn.agent.tools, turn.policy.tools)
        narration = Narration(tools)
        asides = Asides(turn.more)
        last: _Event | None = None
        try:
            async with self._ask(turn, tools, asides) as events:
                while not isinstance(last, AgentRunResultEvent):
                    last = await self._next(events, self._wait(last, narration))
                    told = _told(last, events, narration, turn, asides)
                    if told is not None:
                        yield told
        except FAULTS as error:
            raise explain(error, self.endpoint) from None

    def _ask(
        self, turn: Turn, tools: Sequence[Tool], asides: Asides
    ) -> AbstractAsyncContextManager[AgentRunEvents[_Text]]:
        return _AGENT.run_stream_events(
            _question(turn, sees=self.model.profile.get("supports_image_input", True)),
            model=self.model,
            instructions=turn.prompt,
            message_history=transcript.read(turn.history.messages, turn.history.summary),
            model_settings=_settings(turn.agent.model),
            usage_limits=UsageLimits(request_limit=turn.agent.step_limit),
            toolsets=[Toolbox(tools, turn.steps, self.bench, timeout=self.patience.tool)],
            capabilities=[asides] if turn.more else None,
        )

    def _wait(self, last: _Event | None, narration: Narration) -> float:
        if narration.tool_runs:
            return math.inf  # The toolbox watches its tools.
        asked_anew = last is None or isinstance(last, FunctionToolResultEvent | EnqueuedMessagesEvent)
        return self.patience.first_token if asked_anew else self.patience.silence

    async def _next(self, events: AgentRunEvents[_Text], wait: float) -> _Event:
        with anyio.move_on_after(wait):
            return await anext(events)
        raise timed_out(wait)


def _told(
    event: _Event, events: AgentRunEvents[_Text], narration: Narration, turn: Turn, asides: Asides
) -> ReplyEvent | None:
    if isinstance(event, AgentRunResultEvent):
        _check_whole(event.result.new_messages())
        return _final(event.result, narration, turn, asides)
    if isinstance(event, FunctionToolCallEvent):
        _check_whole(events.new_messages())  # Half a call must not run.
    return narration.tell(event)


def _check_whole(messages: Sequence[ModelMessage]) -> None:
    answer = messages[-1]
    if isinstance(answer, ModelResponse) and answer.finish_reason is None:
        raise cut_off("the stream ended without a finish reason")


def _final(result: AgentRunResult[Any], narration: Narration, turn: Turn, asides: Asides) -> Final:
    used = result.usage
    usage = Usage(used.requests, used.input_tokens, used.output_tokens, turn.agent.model.name)
    return Final(narration.text, transcript.write(result.new_messages(), turn, asides.row_of), usage)


def _question(turn: Turn, *, sees: bool) -> str | Sequence[UserContent]:
    """The words, and the pictures for a model that sees; of those another is told by the words."""
    pictures = [BinaryContent(each.data, media_type=each.mime) for each in turn.pictures if sees]
    talk = [quoted_talk(turn.talk)] if turn.talk else []
    return [*talk, turn.question, *pictures] if talk or pictures else turn.question


def _settings(choice: ModelChoice) -> ModelSettings:
    # The agent's own prompt is the whole system prompt, unless a message imitates the library's frames.
    settings = ModelSettings(max_retries=0, framing_announcement="when_needed")
    if choice.temperature is not None:
        settings["temperature"] = choice.temperature
    if choice.max_tokens is not None:
        settings["max_tokens"] = choice.max_tokens
    return settings
