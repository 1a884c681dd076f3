"""Two bots that answer each other would never end; people do not write to us so steadily."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from picklebot.model.message import InboundMessage
from picklebot.model.parcel import chat_of

log = structlog.get_logger()

MOST: Final = 20
WITHIN: Final = 300.0
"""So many messages of one bot in one chat, in so many seconds, are a loop."""
MOST_KNOWN: Final = 1_000

Pair = tuple[str, str]


class Loops:
    """Counts what other bots say to us. Silence ends a loop: it lasts until the other one has paused, too."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._said: dict[Pair, deque[float]] = {}
        self._silent: set[Pair] = set()

    def holds(self, message: InboundMessage) -> bool:
        """Whether this message of another bot is one too many; each that is asked about counts."""
        pair, now = (chat_of(message.address), message.sender.user_id), self._now()
        said = self._said.pop(pair, deque[float](maxlen=MOST + 1))
        self._said[pair] = said
        self._forget()
        said.append(now)
        looping = len(said) > MOST and now - said[0] < WITHIN
        if looping and pair not in self._silent:
            self._silent.add(pair)
            log.warning("two bots answer each other; this one falls silent", chat=pair[0], other=pair[1])
        elif not looping:
            self._silent.discard(pair)
        return looping

    def _forget(self) -> None:
        """Those that were silent longest go, beyond what is kept."""
        while len(self._said) > MOST_KNOWN:
            pair = next(iter(self._said))
            del self._said[pair]
            self._silent.discard(pair)
