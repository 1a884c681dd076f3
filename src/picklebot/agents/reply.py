"""The reply to one job, as its chat sees it while the turn runs."""

from __future__ import annotations

from picklebot.model.events import ReplyEvent, ToolStarted
from picklebot.model.job import Job
from picklebot.replies.delivery import Delivery
from picklebot.replies.owing import parcel_of


class Reply:
    """Shown from the first moment on; `begin_again` makes what was shown so far void.

    `tools` are the tools that ran, in words.
    """

    def __init__(self, delivery: Delivery, job: Job) -> None:
        self._delivery = delivery
        self.parcel = parcel_of(job)
        self.tools: list[str] = []
        self._stream = delivery.open(self.parcel)

    def push(self, event: ReplyEvent) -> None:
        """Show an event; a result is the last."""
        if isinstance(event, ToolStarted):
            self.tools.append(event.label)
        self._stream.push(event)

    def begin_again(self) -> None:
        """Another try: the chat goes on to see that an answer is being written, in the same message."""
        self._stream.abandon()
        self._stream = self._delivery.open(self.parcel)

    def abandon(self) -> None:
        """There will be no result for now. After a result this does nothing."""
        self._stream.abandon()
