"""A BindingLedger in memory, for tests."""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from picklebot.ports.ledger import BindingChange, BindingEdit, Bindings, LedgerChanges, LedgerState


class MemoryLedger:
    """Keeps every edit, so that any revision can be told again. `restored` collects edits marked as such."""

    def __init__(self) -> None:
        self.restored: list[BindingEdit] = []
        self._edits: list[BindingEdit] = []
        self._bindings: dict[tuple[str, str], str] = {}
        self._written: int | None = None
        self._changed = anyio.Event()

    @property
    def revision(self) -> int:
        """The newest revision."""
        return len(self._edits)

    @property
    def bindings(self) -> Bindings:
        """The bindings of the newest revision."""
        return dict(self._bindings)

    def put(self, platform: str, key: str, session_id: str | None) -> None:
        """Bind the key as the service does, or end its binding with None."""
        if self._bindings.get((platform, key)) == session_id:
            return
        edit = BindingEdit(platform, key, session_id)
        self._edits.append(edit)
        _apply(self._bindings, edit)
        self._changed.set()
        self._changed = anyio.Event()

    async def state(self) -> LedgerState:
        return LedgerState(self.revision, self.bindings)

    async def bindings_at(self, revision: int) -> Bindings:
        bindings: dict[tuple[str, str], str] = {}
        for edit in self._edits[:revision]:
            _apply(bindings, edit)
        return bindings

    async def changes_since(self, revision: int) -> LedgerChanges:
        then, now = await self.bindings_at(revision), self._bindings
        keys = dict.fromkeys((edit.platform, edit.key) for edit in self._edits[revision:])
        return LedgerChanges(
            self.revision,
            [
                BindingChange(*key, then.get(key), now.get(key))
                for key in keys
                if then.get(key) != now.get(key)
            ],
        )

    async def apply_operator_edits(self, edits: Sequence[BindingEdit], *, restored: bool) -> int:
        for edit in edits:
            self.put(edit.platform, edit.key, edit.session_id)
        if restored:
            self.restored.extend(edits)
        return self.revision

    async def last_written_revision(self) -> int | None:
        return self._written

    async def note_written(self, revision: int) -> None:
        self._written = revision

    async def wait_changed(self, since: int) -> int:
        while self.revision <= since:
            await self._changed.wait()
        return self.revision


def _apply(bindings: dict[tuple[str, str], str], edit: BindingEdit) -> None:
    if edit.session_id is None:
        bindings.pop((edit.platform, edit.key), None)
    else:
        bindings[edit.platform, edit.key] = edit.session_id
