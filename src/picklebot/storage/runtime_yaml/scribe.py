"""Composes what the file holds next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from anyio.to_thread import run_sync

from picklebot.ports.ledger import BindingLedger, LedgerState
from picklebot.storage.runtime_yaml.outline import Outline, amend, outline
from picklebot.storage.runtime_yaml.splice import blank, encode, rewrite
from picklebot.yamltext import Document, YamlError, read


@dataclass(frozen=True, slots=True)
class Page:
    """A whole content with exactly the bindings of `revision`, and where they stand in it."""

    content: bytes
    revision: int
    places: Outline | None


class Scribe:
    """Knows the page it wrote last by heart, so that a new speaker costs a line and not a reading."""

    def __init__(self, path: Path, ledger: BindingLedger, *, max_bytes: int) -> None:
        self._path = path
        self._ledger = ledger
        self._max_bytes = max_bytes
        self._last: Page | None = None

    async def compose(self, known: bytes | None) -> Page:
        """The page that follows on `known`, the file's content (None: there is no file).

        Raises StorageError, and YamlError where the bindings cannot be brought into that content.
        """
        page = await self._amended(known) or await self._spliced(known)
        if len(page.content) > self._max_bytes:
            message = f"the file would be larger than the limit of {self._max_bytes:,} bytes"
            raise YamlError(message, source=str(self._path))
        return page

    def wrote(self, page: Page) -> None:
        """This page is in the file now."""
        self._last = page

    async def _amended(self, known: bytes | None) -> Page | None:
        last = self._last
        if last is None or last.places is None or last.content is not known:
            return None
        since = await self._ledger.changes_since(last.revision)
        amended = await run_sync(amend, last.content, last.places, since.changes, since.revision)
        return None if amended is None else Page(amended[0], since.revision, amended[1])

    async def _spliced(self, known: bytes | None) -> Page:
        state = await self._ledger.state()
        return await run_sync(self._splice, known, state)

    def _splice(self, known: bytes | None, state: LedgerState) -> Page:
        before = blank() if known is None else self._read(known)
        after = rewrite(before, state.bindings, state.revision)
        return Page(encode(after), state.revision, outline(after))

    def _read(self, content: bytes) -> Document:
        return read(content, source=str(self._path), max_bytes=self._max_bytes)
