"""The engine on real models, as others see it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from picklebot.agents.tools import CLOCK, Tool
from picklebot.engines.llm.endpoint import Endpoint, endpoint_of
from picklebot.engines.llm.workbench import Workbench
from picklebot.model.events import ReplyEvent
from picklebot.model.patience import Patience
from picklebot.ports.engine import Turn

if TYPE_CHECKING:
    from picklebot.engines.llm.clients import Clients
    from picklebot.engines.llm.conversation import Conversation


class LlmEngine:
    """Answers with the model that the turn's agent chose; keys and addresses may come from the environment.

    Importing this module is cheap. The model libraries are loaded on the first turn, in a thread, so that nobody
    else waits for them.
    """

    def __init__(self, patience: Patience | None = None, tools: Iterable[Tool] = (CLOCK,)) -> None:
        """`tools` are those that there are; what a turn may use of them, its agent and its policy say."""
        self._patience = patience or Patience()
        self._tools = tuple(tools)
        self._bench = Workbench()
        self._clients: Clients | None = None
        self._loading = anyio.Lock()

    async def run(self, turn: Turn) -> AsyncGenerator[ReplyEvent]:
        """Stream the model's answer. Raises EngineError; `code` is one of those in `faults` and `endpoint`."""
        endpoint = endpoint_of(turn.agent.model, os.environ)
        conversation = await self._conversation(endpoint)
        async with aclosing(conversation.run(turn)) as events:
            async for event in events:
                yield event

    async def aclose(self) -> None:
        """End what tools still run, and close the connections to all providers."""
        await self._bench.aclose()
        if self._clients is not None:
            await self._clients.aclose()

    async def _conversation(self, endpoint: Endpoint) -> Conversation:
        async with self._loading:
            if self._clients is None:
                self._clients = await to_thread.run_sync(self._load, abandon_on_cancel=True)
            if endpoint not in self._clients:
                await to_thread.run_sync(self._clients.open, endpoint, abandon_on_cancel=True)
            return self._clients[endpoint]

    def _load(self) -> Clients:
        from picklebot.engines.llm.clients import Clients  # noqa: PLC0415

        return Clients(self._patience, self._tools, self._bench)
