"""Answers that are long to scroll through: all of them as messages, and once more as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MOST_PARTS: Final = 5
"""So many messages are read in a chat; a longer answer comes as a file, too."""


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """An answer as a file: Markdown, as the model wrote it."""

    data: bytes
    name: str = "answer.md"
    media_type: str = "text/markdown"


def too_long(parts: Sequence[object]) -> bool:
    """Whether an answer takes more messages than a person wants to scroll through."""
    return len(parts) > MOST_PARTS


def as_file(text: str) -> AnswerFile:
    """The whole answer; what cannot be encoded is replaced."""
    return AnswerFile(text.encode("utf-8", "replace"))
