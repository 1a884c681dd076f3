"""Files that agents write, below `data/results`: a folder for each session.

A path is walked down folder by folder, and none of its steps may be a link: whatever somebody put there, nothing
outside of the session's folder is read or written.
"""

from __future__ import annotations

import errno
import mimetypes
import os
import shutil
import stat
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import structlog
from anyio.to_thread import run_sync

from picklebot import clock
from picklebot.errors import ResultError
from picklebot.model.attachments import size as in_words
from picklebot.model.ids import new_id
from picklebot.model.result_path import is_result_path, name_of
from picklebot.ports.results import OpenFile, ResultFile
from picklebot.storage.runtime_yaml.durable import sync_folder

log = structlog.get_logger()

MOST_LISTED: Final = 10_000
"""Files of one folder that are looked at, whoever put so many there."""

_PART: Final = ".part"
_STALE: Final = 3_600.0
"""Seconds after which a file that was never finished belongs to a process that is gone."""
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EISDIR})


@dataclass(frozen=True, slots=True)
class ResultLimits:
    """Bytes of one file, bytes of all files of a session, and how many they may be."""

    file: int = 20_000_000
    session: int = 500_000_000
    files: int = 1_000


class ResultsFolder:
    """Implements `ports.results.ResultStore`.

    `folder_of` gives a session's folder, and raises ValueError for what is no session's id.
    """

    def __init__(self, folder_of: Callable[[str], Path], limits: ResultLimits | None = None) -> None:
        self._folder_of = folder_of
        self._limits = limits or ResultLimits()

    async def write(self, session_id: str, path: str, data: bytes) -> None:
        if not is_result_path(path):
            raise ValueError(f"{path!r} names no file")
        await run_sync(self._write, self._folder_of(session_id), path, data)

    async def files(self, session_id: str) -> Sequence[ResultFile]:
        return await run_sync(_files, self._folder_of(session_id))

    async def open(self, session_id: str, path: str) -> OpenFile | None:
        return await run_sync(_open, self._folder_of(session_id), path) if is_result_path(path) else None

    async def remove(self, session_id: str) -> None:
        await run_sync(remove_folder, self._folder_of(session_id))

    def _write(self, folder: Path, path: str, data: bytes) -> None:
        self._check_room(folder, path, len(data))
        try:
            _make(folder)
            with _descended(folder, path, make=True) as place:
                _replace(place, name_of(path), data)
        except OSError as error:
            log.warning("a file could not be written", session=folder.name, reason=str(error))
            raise ResultError(_explained(error)) from None

    def _check_room(self, folder: Path, path: str, size: int) -> None:
        most = self._limits
        if size > most.file:
            raise ResultError(f"A file may have {in_words(most.file)}; this one has {in_words(size)}.")
        others = [file.size for file in _files(folder) if file.path != path]
        if len(others) >= most.files:
            raise ResultError(f"There are {len(others)} files already, and there is no room for more.")
        if sum(others) + size > most.session:
            raise ResultError(f"All files together may have {in_words(most.session)}; this one is too much.")


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        for place in (folder.parent, folder.parent.parent):
            sync_folder(place)


@contextmanager
def _descended(folder: Path, path: str, *, make: bool = False) -> Generator[int]:
    """The open folder that the last part of `path` stands in. Raises OSError, for a step that is a link, too."""
    place = os.open(folder, _FOLDER)
    try:
        for name in path.split("/")[:-1]:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=place)
                    os.fsync(place)
            below = os.open(name, _FOLDER, dir_fd=place)
            os.close(place)
            place = below
        yield place
    finally:
        os.close(place)


def _replace(place: int, name: str, data: bytes) -> None:
    """Put a whole file there, or leave what is there."""
    part = f".{new_id()}{_PART}"
    file = os.open(part, _NEW, 0o666, dir_fd=place)
    try:
        with open(file, "wb") as writing:  # noqa: PTH123 - it is open already
            writing.write(data)
            writing.flush()
            os.fsync(file)
        os.replace(part, name, src_dir_fd=place, dst_dir_fd=place)
        os.fsync(place)
    except BaseException:
        with suppress(OSError):
            os.unlink(part, dir_fd=place)
        raise


def _explained(error: OSError) -> str:
    if error.errno in _FULL:
        return "The disk is full, so nothing was written."
    if error.errno in _NOT_THERE or error.errno == errno.EEXIST:
        return "A part of that path is a folder or a link already, so nothing was written."
    return "The file could not be written; whoever runs this bot finds the reason in the log."


def _open(folder: Path, path: str) -> OpenFile | None:
    try:
        with _descended(folder, path) as place:
            file = os.open(name_of(path), _READ, dir_fd=place)
    except OSError as error:
        if error.errno not in _NOT_THERE:
            log.warning("a file could not be read", session=folder.name, reason=str(error))
        return None
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        os.close(file)
        return None
    content = open(file, "rb")  # noqa: SIM115, PTH123 - whoever asked for it closes it
    return OpenFile(name_of(path), _media_type(path), status.st_size, content)


def _files(folder: Path) -> list[ResultFile]:
    """Every file that could be asked for. What a process that died had not finished goes on the way."""
    found = (_described(folder, path) for path in islice(_walk(folder), MOST_LISTED))
    return sorted((file for file in found if file is not None), key=lambda file: file.path)


def _walk(folder: Path) -> Iterator[Path]:
    if folder.is_symlink():
        return
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in names)


def _described(folder: Path, path: Path) -> ResultFile | None:
    name = path.relative_to(folder).as_posix()
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return None
        if (
            name_of(name).startswith(".")
            and name.endswith(_PART)
            and status.st_mtime < clock.now().timestamp() - _STALE
        ):
            path.unlink()
    except FileNotFoundError:
        return None
    if not is_result_path(name):
        return None
    modified = datetime.fromtimestamp(status.st_mtime, UTC)
    return ResultFile(name, status.st_size, modified, _media_type(name))


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that is in it; of a link, the link. Raises OSError when something stays."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _media_type(path: str) -> str:
    kind, encoding = mimetypes.guess_type(path, strict=True)
    return kind if kind and encoding is None else "application/octet-stream"
