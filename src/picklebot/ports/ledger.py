"""The ledger of bindings, as its view in a file needs it: numbered revisions that stay readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

BindingKey: TypeAlias = tuple[str, str]
"""Platform and session key, as operators see them under `messagebus.<platform>.sessions`."""

Bindings: TypeAlias = Mapping[BindingKey, str]
"""Session ids by key."""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """Every binding as of one revision. Revision 0 is the empty ledger."""

    revision: int
    bindings: Bindings


@dataclass(frozen=True, slots=True)
class BindingEdit:
    """What an operator did to one key: bound it to `session_id`, or ended it (None)."""

    platform: str
    key: str
    session_id: str | None


@dataclass(frozen=True, slots=True)
class BindingChange:
    """What one key was bound to before and after; None is unbound."""

    platform: str
    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class LedgerChanges:
    """The newest revision, and how its bindings differ from an earlier one's: one change a key."""

    revision: int
    changes: Sequence[BindingChange]


class BindingLedger(Protocol):
    """Bindings with their history. Every method may raise StorageError; then nothing was changed."""

    async def state(self) -> LedgerState:
        """The newest revision and exactly its bindings."""
        ...

    async def bindings_at(self, revision: int) -> Bindings:
        """The bindings as they were at that revision, which is at most the newest."""
        ...

    async def changes_since(self, revision: int) -> LedgerChanges:
        """What changed after that revision, at a cost that does not grow with the ledger."""
        ...

    async def apply_operator_edits(self, edits: Sequence[BindingEdit], *, restored: bool) -> int:
        """Apply all edits in one commit and return the new revision.

        `restored` marks ids of a map that outlived its database: their speakers are told that earlier history
        was not found. Without it an unknown id is an operator's introduction. An edit that changes nothing
        makes no revision.
        """
        ...

    async def last_written_revision(self) -> int | None:
        """The revision last noted as written to the file, None before the first."""
        ...

    async def note_written(self, revision: int) -> None:
        """The file now shows this revision."""
        ...

    async def wait_changed(self, since: int) -> int:
        """Wait until the newest revision is above `since` and return it. Returns at once when it already is."""
        ...
