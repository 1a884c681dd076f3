"""An engine that a test plays."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from picklebot.model.events import Final, ReplyEvent
from picklebot.model.history import HistoryMessage, Role
from picklebot.ports.engine import Turn


class ScriptedEngine:
    """Implements `ports.engine.Engine`: `say` makes the answer; `turns` are those it was given."""

    def __init__(self, say: Callable[[Turn], Awaitable[str]]) -> None:
        self._say = say
        self.turns: list[Turn] = []

    async def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
        self.turns.append(turn)
        text = await self._say(turn)
        yield Final(text, (HistoryMessage(Role.ASSISTANT, text, turn.job.accepted_at),))
