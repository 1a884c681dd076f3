"""Answers that are too long for a chat: their beginning as messages, the whole as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

MOST_PARTS: Final = 5
"""So many messages are read in a chat; of a longer answer the first stand there, and a file holds it all."""

SHOWN_PARTS: Final = 2

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """An answer as a file: Markdown, as the model wrote it."""

    data: bytes
    name: str = "answer.md"
    media_type: str = "text/markdown"


def too_long(parts: Sequence[object]) -> bool:
    """Whether an answer takes more messages than a person wants to scroll through."""
    return len(parts) > MOST_PARTS


def shown_of(parts: Sequence[Part]) -> Sequence[Part]:
    """The messages that are shown when the whole goes as a file: all of them unless they are too many."""
    return parts[:SHOWN_PARTS] if too_long(parts) else parts


def as_file(text: str) -> AnswerFile:
    """The whole answer; what cannot be encoded is replaced."""
    return AnswerFile(text.encode("utf-8", "replace"))
