"""Where delivery stands in each chat: what is shown there now, what waits, and until when it pauses.

Nothing awaits here. Only chats with something under way are remembered, and of what is finished only that there
is something: the outbox has it.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from picklebot.bell import Bell
from picklebot.model.parcel import Parcel

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0


def _lines() -> defaultdict[str, deque[str]]:
    return defaultdict(deque)


@dataclass(slots=True, eq=False)
class Chat:
    """One chat. Times are in seconds, of a clock that never goes back.

    `lines` are the replies that are being written, by session, `live` the sessions whose first of them is
    being shown. `behind` says that finished parcels wait in the outbox, `held` that some of them wait for a
    reply in line, `served` that they are being delivered, `queued` that they soon will be.
    """

    name: str
    lines: defaultdict[str, deque[str]] = field(default_factory=_lines)
    live: set[str] = field(default_factory=set[str])
    behind: bool = False
    held: bool = False
    served: bool = False
    queued: bool = False
    pause: float = 0.0
    paused_until: float | None = None
    changed: Bell = field(default_factory=Bell)

    def may_show(self, parcel: Parcel) -> bool:
        """Whether this reply is the next to be shown: nothing older of its session is to come."""
        if self.behind or self.served or self.paused_until is not None:
            return False
        return self.lines[parcel.session_id][0] == parcel.id and parcel.session_id not in self.live

    def in_line(self) -> set[str]:
        """The replies that are being written, or shown as they are."""
        return {parcel_id for line in self.lines.values() for parcel_id in line}

    def leave(self, parcel: Parcel) -> None:
        """This reply is not in line any more. What it held up may go."""
        line = self.lines[parcel.session_id]
        line.remove(parcel.id)
        if not line:
            del self.lines[parcel.session_id]
        self.behind, self.held = self.behind or self.held, False

    @property
    def due(self) -> bool:
        """Whether somebody may begin to deliver what is finished."""
        return self.behind and not self.served and self.paused_until is None

    @property
    def busy(self) -> bool:
        """Whether something is under way that does not wait for the end of a pause."""
        return bool(self.lines) or self.served or (self.behind and self.paused_until is None)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to remember."""
        under_way = self.lines or self.served or self.queued or self.behind or self.held
        return not under_way and self.paused_until is None


class Chats:
    """Every chat that something is under way in, and whose turn it is."""

    def __init__(self) -> None:
        self._chats: dict[str, Chat] = {}
        self._ready: deque[Chat] = deque()
        self._pauses: list[tuple[float, str]] = []

    @property
    def busy(self) -> bool:
        """Whether something is under way anywhere."""
        return any(chat.busy for chat in self._chats.values())

    @property
    def stirring(self) -> bool:
        """Whether a chat waits for its turn, or for the end of a pause."""
        return bool(self._ready or self._pauses)

    def __len__(self) -> int:
        return len(self._chats)

    def find(self, name: str) -> Chat:
        """The chat of this name."""
        chat = self._chats.get(name)
        if chat is None:
            chat = self._chats[name] = Chat(name)
        return chat

    def pausing(self, name: str) -> bool:
        """Whether this chat is left alone for now."""
        chat = self._chats.get(name)
        return chat is not None and chat.paused_until is not None

    def fall_behind(self, names: Iterable[str]) -> None:
        """Finished parcels for these chats wait in the outbox."""
        for name in names:
            chat = self.find(name)
            chat.behind = True
            self.tell(chat)

    def tell(self, chat: Chat) -> None:
        """Something has changed: whoever waits looks again, and the chat is served when it is due."""
        chat.changed.ring()
        if chat.idle:
            self._chats.pop(chat.name, None)
        elif chat.due and not chat.queued:
            chat.queued = True
            self._ready.append(chat)

    def pause(self, chat: Chat, now: float, seconds: float) -> float:
        """Leave this chat alone for `seconds` or longer, the more often it fails; gives how long."""
        chat.pause = min(max(FIRST_PAUSE, chat.pause * 2), LONGEST_PAUSE)
        pause = max(seconds, chat.pause)
        chat.behind, chat.paused_until = True, now + pause
        heapq.heappush(self._pauses, (chat.paused_until, chat.name))
        return pause

    def resume(self, now: float) -> float | None:
        """End the pauses that are over; gives the seconds to the end of the next one, None without any."""
        while self._pauses and self._pauses[0][0] <= now:
            chat = self._chats.get(heapq.heappop(self._pauses)[1])
            if chat is not None and chat.paused_until is not None and chat.paused_until <= now:
                chat.paused_until = None
                self.tell(chat)
        return self._pauses[0][0] - now if self._pauses else None

    def next_to_serve(self) -> Chat | None:
        """Take the chat that has waited longest for the delivery of what it is owed."""
        while self._ready:
            chat = self._ready.popleft()
            chat.queued = False
            if chat.due:
                chat.served, chat.behind = True, False
                return chat
        return None
