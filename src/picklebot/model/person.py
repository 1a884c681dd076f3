"""Who somebody is: one account on one platform. A person may have several, joined by `/link`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """An account on one platform."""

    platform: str
    user_id: str
