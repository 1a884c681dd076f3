"""What a job's chat is owed."""

from __future__ import annotations

from picklebot import clock
from picklebot.model.job import Job
from picklebot.model.parcel import Parcel
from picklebot.model.schedule import SCHEDULE


def parcel_of(job: Job) -> Parcel:
    """The reply to this job; its id is the job's, so a repeated turn edits what is posted already."""
    return Parcel(
        job.id,
        job.session_id,
        job.address,
        clock.now(),
        # A schedule does not wait, and is not told how late its answer is.
        asked_at=None if job.address.platform == SCHEDULE else job.sent_at,
        asker=job.sender.user_id,
    )
