"""How often something may be done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`amount` every `seconds` in the long run, and `burst` at once after a pause."""

    amount: int
    seconds: float
    burst: int
