"""What an adapter has to know after a restart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol


class AdapterMemory(Protocol):
    """Values by name, and names by topic, of one platform; what they mean is its adapter's affair.

    Small and few: a topic is read as a whole. Every method may raise StorageError; then nothing was changed.
    """

    async def recall(self, topic: str) -> Mapping[str, str]:
        """Every name of a topic with its value."""
        ...

    async def keep(self, topic: str, values: Mapping[str, str]) -> None:
        """Set these names, in one commit that is durable on return. Others stay as they are."""
        ...

    async def forget(self, topic: str, names: Iterable[str]) -> None:
        """Take these names away, also those that are not there."""
        ...
