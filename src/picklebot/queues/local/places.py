"""The places of the queue, counted: how many jobs each lane, each speaker and the whole may still take.

A place is reserved on the database's writer thread, inside the transaction that keeps the job, and freed
on the loop. Hence the lock; nothing is done under it but counting.
"""

from __future__ import annotations

from collections import Counter
from threading import Lock


class Places:
    """A bound for the jobs that wait in a lane, one for those of a speaker, one for all, waiting or running."""

    def __init__(self, lane_limit: int, total_limit: int) -> None:
        self._lane_limit = lane_limit
        # A tenth of all is more than a person needs, and leaves room for nine others like them.
        self._speaker_limit = max(lane_limit, total_limit // 10)
        self._total_limit = total_limit
        # Adapters rest a little before the end, so that what they hold already still finds its place.
        self._resting_point = max(1, total_limit - total_limit // 10)
        self._lock = Lock()
        self._lanes: Counter[str] = Counter()
        self._speakers: Counter[str] = Counter()
        self._total = 0

    @property
    def crowded(self) -> bool:
        """Whether adapters should take no more in for now."""
        return self._total >= self._resting_point

    def reserve(self, session_id: str, speaker: str) -> bool:
        """Take a place in this lane; False when the lane, the speaker's share or the whole is full."""
        with self._lock:
            if (
                self._total >= self._total_limit
                or self._lanes[session_id] >= self._lane_limit
                or self._speakers[speaker] >= self._speaker_limit
            ):
                return False
            self._take(session_id, speaker)
            return True

    def take_back(self, session_id: str, speaker: str) -> None:
        """Take a place for a job that was accepted before, whatever the bounds say."""
        with self._lock:
            self._take(session_id, speaker)

    def begin(self, session_id: str, speaker: str) -> None:
        """The lane's next job runs: it waits no more, and still has its place in the whole."""
        with self._lock:
            self._leave(session_id, speaker)

    def wait_again(self, session_id: str, speaker: str) -> None:
        """A job that had begun waits again; it has its place in the whole already."""
        with self._lock:
            self._lanes[session_id] += 1
            self._speakers[speaker] += 1

    def end(self) -> None:
        """A job that ran has ended."""
        with self._lock:
            self._total -= 1

    def give_back(self, session_id: str, speaker: str) -> None:
        """A place is not needed after all."""
        with self._lock:
            self._leave(session_id, speaker)
            self._total -= 1

    def _take(self, session_id: str, speaker: str) -> None:
        self._lanes[session_id] += 1
        self._speakers[speaker] += 1
        self._total += 1

    def _leave(self, session_id: str, speaker: str) -> None:
        for counter, name in ((self._lanes, session_id), (self._speakers, speaker)):
            counter[name] -= 1
            if not counter[name]:
                del counter[name]
