"""What an adapter remembers, without a database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping


class DictMemory:
    """Implements `ports.memory.AdapterMemory`. `troubles` are raised by the next calls that change it."""

    def __init__(self) -> None:
        self.topics: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self.troubles: list[Exception] = []

    async def recall(self, topic: str) -> Mapping[str, str]:
        """See AdapterMemory."""
        return dict(self.topics[topic])

    async def keep(self, topic: str, values: Mapping[str, str]) -> None:
        """See AdapterMemory."""
        self._stumble()
        self.topics[topic].update(values)

    async def forget(self, topic: str, names: Iterable[str]) -> None:
        """See AdapterMemory."""
        self._stumble()
        for name in names:
            self.topics[topic].pop(name, None)

    def _stumble(self) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
