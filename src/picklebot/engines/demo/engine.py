"""The demo model as an engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import anyio

from picklebot import clock
from picklebot.engines.demo.sentence import pieces, sentence, summary
from picklebot.model import events
from picklebot.model.attachments import with_lines
from picklebot.model.events import ReplyEvent, TextDelta
from picklebot.model.history import HistoryMessage, Role
from picklebot.ports.engine import Turn

_MOST_PIECES: Final = 16


class DemoEngine:
    """Answers deterministically from the turn alone.

    `pause` is the time between two pieces of an answer, in seconds, so that a person sees it stream; there are
    at most 16 pieces, however long the text is.
    """

    def __init__(self, pause: float = 0.03) -> None:
        self._pause = pause

    async def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
        """Stream the demo sentence, or the demo summary where that is wanted."""
        if (wish := turn.job.sums_up) is not None:
            text = summary(wish, turn.history)
        else:
            text = sentence(with_lines(turn.job.text, turn.job.attachments), turn.history)
        for piece in pieces(text, _MOST_PIECES):
            yield TextDelta(piece)
            await anyio.sleep(self._pause)
        row = HistoryMessage(Role.ASSISTANT, text, at=clock.now(), agent=turn.agent.id, turn=turn.job.id)
        yield events.Final(text, (row,))
