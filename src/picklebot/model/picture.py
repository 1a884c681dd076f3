"""A picture that a model may look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

_BEGINNINGS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """Its bytes, and what they are."""

    data: bytes = field(repr=False)
    mime: str


def picture_of(data: bytes) -> Picture | None:
    """These bytes as a picture of a kind that models know, going by what they are and not by what they are called."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Picture(data, "image/webp")
    return next((Picture(data, mime) for start, mime in _BEGINNINGS if data.startswith(start)), None)
