"""Answers that are long to scroll through: all of them as messages, and once more as a file."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from picklebot.ports.results import OpenFile

MOST_PARTS: Final = 5
"""So many messages are read in a chat; a longer answer comes as a file, too."""


def too_long(parts: Sequence[object]) -> bool:
    """Whether an answer takes more messages than a person wants to scroll through."""
    return len(parts) > MOST_PARTS


def as_file(text: str) -> OpenFile:
    """The whole answer as Markdown, as the model wrote it; what cannot be encoded is replaced."""
    data = text.encode("utf-8", "replace")
    return OpenFile("answer.md", "text/markdown", len(data), BytesIO(data))
