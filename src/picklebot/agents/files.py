"""The files of a session, as one turn writes and reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import anyio
from anyio.to_thread import run_sync

from picklebot.errors import ResultError
from picklebot.model.enclosure import Enclosure
from picklebot.model.result_path import result_path
from picklebot.ports.results import OpenFile, ResultFile, ResultStore

MOST_READ: Final = 20_000_000
"""Bytes of a file that a tool is given."""
_SHOWN: Final = 60


class WrittenFiles:
    """Implements `ports.results.TurnFiles` for one try of a turn.

    What an earlier try wrote goes into no chat, as little as its words do.
    """

    def __init__(self, store: ResultStore, session_id: str) -> None:
        self._store = store
        self._session_id = session_id
        self._written: dict[str, int] = {}
        self._one_by_one = anyio.Lock()

    @property
    def written(self) -> tuple[Enclosure, ...]:
        """See TurnFiles."""
        return tuple(Enclosure(path, size) for path, size in self._written.items())

    async def write(self, path: str, data: bytes) -> str:
        """See TurnFiles. One after the other, so that no two take the last room."""
        checked = _checked(path)
        async with self._one_by_one:
            await self._store.write(self._session_id, checked, data)
        self._written[checked] = len(data)
        return checked

    async def files(self) -> Sequence[ResultFile]:
        """See TurnFiles."""
        return await self._store.files(self._session_id)

    async def read(self, path: str) -> bytes:
        """See TurnFiles."""
        checked = _checked(path)
        file = await self._store.open(self._session_id, checked)
        if file is None:
            raise ResultError(f'There is no file "{_short(checked)}"; list_files shows those there are.')
        return await run_sync(_content, file)


def _content(file: OpenFile) -> bytes:
    with file.content:
        if file.size > MOST_READ:
            raise ResultError("The file is too large to be read here.")
        try:
            return file.content.read(MOST_READ)
        except OSError:
            raise ResultError("The file cannot be read.") from None


def _checked(path: str) -> str:
    try:
        return result_path(path)
    except ValueError as error:
        raise ResultError(
            f'"{_short(path)}" cannot name a file: {error}. Use a path such as notes/plan.md.'
        ) from None


def _short(path: str) -> str:
    """What a model gave, in one line that says nothing else."""
    line = "".join(sign if sign.isprintable() else "\ufffd" for sign in path[: _SHOWN + 1])
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
