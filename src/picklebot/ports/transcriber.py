"""Whoever listens to recordings."""

from __future__ import annotations

from typing import Protocol


class Transcriber(Protocol):
    """Puts speech into words."""

    async def transcribe(self, data: bytes, name: str) -> str:
        """What is said in a recording of that file name. Raises EngineError."""
        ...
