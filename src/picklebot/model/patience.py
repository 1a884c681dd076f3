"""How long a model may be silent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """All in seconds: until the first word of each answer, between two words, and for one run of a tool."""

    first_token: float = 60.0
    silence: float = 60.0
    tool: float = 120.0
