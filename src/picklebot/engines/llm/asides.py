"""What a speaker says while their turn runs, as pydantic-ai sees it: messages that go with the next request."""

from __future__ import annotations

from typing import Any, Final

from pydantic_ai import ModelRequestNode, RunContext
from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.messages import ModelMessage, ModelRequest, UserPromptPart

from picklebot.model.history import HistoryMessage
from picklebot.ports.engine import Interjections

_ROW: Final = "picklebot_row"


class Asides(AbstractCapability[None]):
    """Asks for what has come right before each request, and remembers which message says it."""

    def __init__(self, more: Interjections | None) -> None:
        self._more = more
        self._rows: list[HistoryMessage] = []

    async def before_node_run(self, ctx: RunContext[None], *, node: Any) -> Any:
        """Let what has come go with the request that follows."""
        asks = isinstance(node, ModelRequestNode)
        if self._more is not None and asks:
            for row in await self._more.come():
                said = UserPromptPart(row.payload or row.text, timestamp=row.at)
                # The number stays here: providers are sent the parts alone.
                ctx.enqueue(ModelRequest([said], timestamp=row.at, metadata={_ROW: len(self._rows)}))
                self._rows.append(row)
        return node

    def row_of(self, message: ModelMessage) -> HistoryMessage | None:
        """The speaker's row that this message of the run says; None for any other."""
        if not isinstance(message, ModelRequest) or not message.metadata or _ROW not in message.metadata:
            return None
        return self._rows[int(message.metadata[_ROW])]
