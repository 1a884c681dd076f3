"""What somebody belongs to on a server, in words that messages and settings share."""

from __future__ import annotations

from typing import Final

GUILD: Final = "guild"
ROLE: Final = "role"


def membership(kind: str, id_: str) -> str:
    """One thing to belong to, such as `guild:1`."""
    return f"{kind}:{id_}"
