"""What operators would be told, written down."""

from __future__ import annotations

from picklebot.ports.news import NewsKind


class RecordingNews:
    """Implements `ports.news.News`."""

    def __init__(self) -> None:
        self.told: list[tuple[NewsKind, str]] = []

    def tell(self, kind: NewsKind, text: str) -> None:
        """See News."""
        self.told.append((kind, text))
