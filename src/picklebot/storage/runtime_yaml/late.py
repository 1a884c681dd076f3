"""Saves that went into the old file: an editor had opened it before we put the new one in its place."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
import structlog
from anyio.to_thread import run_sync

from picklebot.storage.runtime_yaml.file import Conflict, Replaced, RuntimeYamlFile

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Watched:
    replaced: Replaced
    until: float
    seen: bytes | None = None


@dataclass(slots=True)
class LateSaves:
    """Looks at each replaced file for `seconds`; what was saved there is put where it was meant to be."""

    file: RuntimeYamlFile
    seconds: float
    _watched: list[_Watched] = field(default_factory=list[_Watched])

    @property
    def watching(self) -> bool:
        """Whether there is still something to look at."""
        return bool(self._watched)

    def add(self, replaced: Replaced) -> None:
        """Keep an eye on what was replaced just now."""
        if replaced.old is not None:
            self._watched.append(_Watched(replaced, anyio.current_time() + self.seconds))

    async def collect(self, known: bytes | None) -> None:
        """Look once. A finished late save replaces the file, if that is still `known`, as if saved there."""
        for watched in list(self._watched):
            content = await run_sync(watched.replaced.recheck)
            if content and content == watched.seen:
                await self._deliver(content, known)
            elif content != watched.seen:
                watched.seen = content
                continue
            elif anyio.current_time() < watched.until:
                continue
            await run_sync(watched.replaced.release)
            self._watched.remove(watched)

    async def close(self) -> None:
        """Let go of the files nobody wrote to; the others are found by the next start."""
        for watched in self._watched:
            if await run_sync(watched.replaced.recheck) is None:
                await run_sync(watched.replaced.release)
        self._watched.clear()

    async def _deliver(self, content: bytes, known: bytes | None) -> None:
        outcome = await run_sync(self.file.replace, known, content)
        if isinstance(outcome, Conflict):
            await run_sync(self.file.backup, content)
            _log.warning("a late save met a newer one and was kept as a backup", file=str(self.file.path))
        else:
            await run_sync(outcome.release)
