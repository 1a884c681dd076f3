"""A job's place in the queue, which is all that has to be in memory while the job waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from picklebot.model.job import Job


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who waits where. `job` is None while there are so many that it is left in the database."""

    id: str
    session_id: str
    speaker: str
    accepted_at: datetime
    job: Job | None = None

    @classmethod
    def of(cls, job: Job, *, keep: bool = True) -> Ticket:
        """The ticket of a job; `keep` it within."""
        return cls(job.id, job.session_id, speaker_of(job), job.accepted_at, job if keep else None)


def speaker_of(job: Job) -> str:
    """Whose turn a job uses up: one person on one platform, in whatever chats and sessions they speak."""
    return f"{job.address.platform}:{job.sender.user_id}"
