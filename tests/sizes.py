"""How large the fault tests are: as promised with PICKLEBOT_SOAK=1, else small enough for every run."""

from __future__ import annotations

import os

FULL = os.environ.get("PICKLEBOT_SOAK") == "1"


def sized(full: int, short: int | None = None) -> int:
    """The size of a test here: the whole, or `short`, else a hundredth of it and at least 100."""
    if FULL:
        return full
    return max(100, full // 100) if short is None else short
