"""Speaking first, without anybody who listens."""

from __future__ import annotations

from datetime import datetime

from picklebot.model.message import Address
from picklebot.ports.posting import Posted


class RecordingPoster:
    """Implements `ports.posting.Poster`; `troubles` are raised by the next posts."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, str | None, str | None]] = []
        self.troubles: list[Exception] = []

    async def post(
        self,
        text: str,
        *,
        to: str | None = None,
        session_id: str | None = None,
        post_id: str | None = None,
        written_at: datetime | None = None,  # noqa: ARG002 - nothing grows stale here
    ) -> Posted:
        """See Poster."""
        if self.troubles:
            raise self.troubles.pop(0)
        self.posts.append((text, to, session_id))
        return Posted(post_id or f"p{len(self.posts)}", Address("memory", "bot", "1"), session_id or "")
