"""Who waits to be let in, and what of it is still to be written into the operators' file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import anyio

from picklebot.model.pairing import Pending
from picklebot.ports.storage import Transaction


class PairingStore(Protocol):
    """The strangers that have a code."""

    def pending(self, tx: Transaction, now: datetime) -> Sequence[Pending]:
        """Those whose code is still good, the longest waiting first."""
        ...

    def put(self, tx: Transaction, pending: Pending) -> None:
        """Let somebody wait with this code instead of any other."""
        ...

    def remove(self, tx: Transaction, platform: str, user_id: str) -> None:
        """They wait no longer."""
        ...


@dataclass(frozen=True, slots=True)
class ListEdit:
    """An id comes into the list at this path of config.runtime.yaml, or goes (`present` is false)."""

    path: tuple[str, ...]
    item: str
    present: bool


class ListEdits(Protocol):
    """Edits that the operators' file lacks. They are kept, so a crash in between loses none."""

    @property
    def changed(self) -> anyio.Event:
        """Set when the next edits are committed; later ones have an event of their own."""
        ...

    def add(self, tx: Transaction, edits: Sequence[ListEdit]) -> None:
        """Owe these edits to the file."""
        ...

    def owed(self, tx: Transaction) -> Sequence[tuple[int, ListEdit]]:
        """What is owed, in order, each with its number."""
        ...

    def written(self, tx: Transaction, last: int) -> None:
        """Everything up to this number is in the file."""
        ...
