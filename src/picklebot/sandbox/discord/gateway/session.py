"""One gateway session: numbered dispatches, of which the newest can be replayed. Pure but for its connection."""

import json
from collections import deque

from picklebot.sandbox.discord.feed import Json
from picklebot.sandbox.discord.gateway.connection import Connection

REPLAY_KEPT = 1000


class Session:
    """What IDENTIFY began. Dispatches are numbered also while no connection is there to take them."""

    def __init__(self, session_id: str, intents: int, connection: Connection) -> None:
        self.id = session_id
        self.intents = intents
        self.connection: Connection | None = connection
        self._seq = 0
        self._sent: deque[tuple[int, str]] = deque(maxlen=REPLAY_KEPT)

    def push(self, event: str, data: Json) -> None:
        """Number a dispatch, keep it for replay, and send it when somebody is there."""
        self._seq += 1
        frame = json.dumps({"op": 0, "t": event, "s": self._seq, "d": data}, separators=(",", ":"))
        self._sent.append((self._seq, frame))
        if self.connection is not None:
            self.connection.send(frame)

    def missed(self, seq: int) -> list[str] | None:
        """The frames after `seq`; None when that cannot be said any more, and the session must begin anew."""
        oldest = self._seq - len(self._sent)
        if not oldest <= seq <= self._seq:
            return None
        return [frame for number, frame in self._sent if number > seq]
