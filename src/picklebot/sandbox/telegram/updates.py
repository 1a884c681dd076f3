"""The updates that wait for the bot: kept until a greater offset confirms them."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import anyio

from picklebot.sandbox.telegram.refusal import BotApiError, conflict

Update: TypeAlias = dict[str, Any]
MOST_PENDING = 10_000
LONGEST_POLL = 50
FUTURE_SLACK = 10
UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that come only when `allowed_updates` names them."""


def _other_poller() -> BotApiError:
    return conflict("terminated by other getUpdates request; make sure that only one bot instance is running")


@dataclass(slots=True)
class UpdateQueue:
    """One bot's updates, oldest first; beyond 10,000 the oldest go, as they do at Telegram after a day."""

    pending: deque[Update] = field(default_factory=lambda: deque[Update](maxlen=MOST_PENDING))
    allowed: frozenset[str] | None = None
    next_id: int = 700_000_001
    _poll: int = 0
    _ended: BotApiError = field(default_factory=_other_poller)
    _changed: anyio.Event = field(default_factory=anyio.Event)

    def add(self, kind: str, payload: dict[str, Any]) -> None:
        """Put an update in line, unless the bot did not ask for its kind."""
        if kind in self.allowed if self.allowed else kind not in UNASKED:
            self.add_raw({kind: payload})

    def add_raw(self, update: Update) -> int:
        """Put any JSON object in line, with the next update id whatever it carries, and give that id."""
        number = self.next_id
        self.next_id += 1
        self.pending.append(update | {"update_id": number})
        self._wake()
        return number

    def add_again(self, update: Update) -> None:
        """Put an update that was confirmed in line once more, in the place that its id gives it."""
        if update not in self.pending:
            waiting = sorted([*self.pending, update], key=lambda it: it["update_id"])
            self.pending = deque(waiting, maxlen=MOST_PENDING)
            self._wake()

    def confirm(self, offset: int) -> None:
        """Forget what lies before `offset`; a negative one keeps that many of the newest.

        An offset far beyond the last id confirms nothing: ids begin anew at random after a quiet week.
        """
        before = len(self.pending)
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
        elif offset <= self.next_id + FUTURE_SLACK:
            while self.pending and self.pending[0]["update_id"] < offset:
                self.pending.popleft()
        if len(self.pending) < before:
            self._wake()

    async def confirmed(self) -> None:
        """Wait until nothing is in line."""
        while self.pending:
            await self._changed.wait()

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Update]:
        """Confirm up to `offset`, then give up to `limit` updates, waiting `timeout` seconds for the first one.

        Raises BotApiError (409) when a newer poll, or a webhook, takes over meanwhile.
        """
        self.end_poll(_other_poller())
        mine = self._poll
        self.confirm(offset)
        with anyio.move_on_after(timeout):
            while not self.pending:
                await self._changed.wait()
                if self._poll != mine:
                    raise self._ended
        return list(self.pending)[:limit]

    def end_poll(self, reason: BotApiError) -> None:
        """End the poll that waits, if one does, with `reason`."""
        self._poll += 1
        self._ended = reason
        self._wake()

    async def changed(self) -> None:
        """Wait until the line changes, or polls are ended."""
        await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
