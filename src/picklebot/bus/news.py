"""The operators' chat: what they should know comes to them, and never as a flood."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import anyio
import structlog

from picklebot import clock
from picklebot.bell import Bell
from picklebot.errors import PicklebotError
from picklebot.model import words
from picklebot.ports.news import NewsKind
from picklebot.ports.posting import Poster
from picklebot.ports.storage import Database, NoticeLog

log = structlog.get_logger()

EVERY: Final = 600.0
"""Seconds between two messages of one kind."""


@dataclass(frozen=True, slots=True)
class _Untold:
    text: str
    count: int = 1


class OperatorNews:
    """Implements `ports.news.News`. Without a `chat` (PLATFORM:CHAT_ID) the log alone knows.

    When each kind was told last is kept, so a process that starts again and again tells no more than one that runs.
    What became of a message to the operators is no news, or a dead chat would feed on itself.
    """

    def __init__(
        self,
        poster: Poster,
        database: Database,
        notices: NoticeLog,
        chat: str | None,
        *,
        every: float = EVERY,
    ) -> None:
        self._poster = poster
        self._database = database
        self._notices = notices
        self._chat = chat
        self._every = every
        self._untold: dict[NewsKind, _Untold] = {}
        self._quiet_until: dict[NewsKind, float] = {}
        self._bell = Bell()

    def tell(self, kind: NewsKind, text: str) -> None:
        """See News."""
        if self._chat is None:
            return
        earlier = self._untold.get(kind)
        self._untold[kind] = _Untold(text, earlier.count + 1 if earlier else 1)
        self._bell.ring()

    async def run(self) -> None:
        """Post what is untold until cancelled."""
        while True:
            for kind in self._due():
                await self._post(kind)
            with anyio.move_on_after(self._wait()):
                await self._bell.wait()

    def _due(self) -> list[NewsKind]:
        now = anyio.current_time()
        return [kind for kind in self._untold if self._quiet_until.get(kind, 0.0) <= now]

    def _wait(self) -> float | None:
        """Seconds until something is due, None while there is nothing to tell."""
        if not self._untold:
            return None
        soonest = min(self._quiet_until.get(kind, 0.0) for kind in self._untold)
        return max(0.0, soonest - anyio.current_time())

    async def _post(self, kind: NewsKind) -> None:
        untold = self._untold.pop(kind)
        try:
            due = await self._is_due(kind)
            self._quiet_until[kind] = anyio.current_time() + self._every
            if due:
                await self._poster.post(words.news(untold.text, untold.count), to=self._chat)
            else:
                self._put_back(kind, untold)
        except PicklebotError as error:
            log.warning("operators could not be told", kind=kind, error=str(error))

    async def _is_due(self, kind: NewsKind) -> bool:
        """Whether none of this kind was told lately, by this process or one before it."""
        subject, now = f"operators:{kind}", clock.now()
        return await self._database.persist(
            lambda tx: self._notices.due(tx, subject, now, self._every), synced=False
        )

    def _put_back(self, kind: NewsKind, untold: _Untold) -> None:
        newer = self._untold.get(kind)
        count = untold.count + (newer.count if newer else 0)
        self._untold[kind] = replace(newer or untold, count=count)
