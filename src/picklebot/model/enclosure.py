"""A file that goes with an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of the answer's session, by its path there, and its `size` in bytes when the answer was complete.

    `begun` says that it was on its way to the chat before, `interrupted` how often nobody knows how that ended, and
    `arrived` that the chat has it, or was told why not.
    """

    path: str
    size: int
    begun: bool = False
    interrupted: int = 0
    arrived: bool = False
