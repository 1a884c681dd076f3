"""Writing files so that a crash leaves all of one or nothing."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE


def digest(content: bytes) -> str:
    """A short name for these very bytes."""
    return hashlib.sha256(content).hexdigest()[:24]


def write_file(path: Path, content: bytes, *, like: os.stat_result | None = None) -> None:
    """Write a new file durably, with the mode and owner of `like`. On any error the file is not there."""
    path.unlink(missing_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        if like is not None:
            _dress(fd, like)
        write_all(fd, content)
        os.fsync(fd)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)


def write_all(fd: int, content: bytes) -> None:
    """Write every byte from the beginning of the file."""
    done = 0
    view = memoryview(content)
    while done < len(content):
        done += os.pwrite(fd, view[done:], done)


def can_own(file: os.stat_result) -> bool:
    """Whether a new file could be given this file's owner and group."""
    if os.geteuid() == 0:
        return True
    return file.st_uid == os.geteuid() and file.st_gid in {os.getegid(), *os.getgroups()}


def sync_folder(folder: Path) -> None:
    """Make the names in the folder durable, where the file system has that."""
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            os.fsync(fd)
    finally:
        os.close(fd)


def _dress(fd: int, like: os.stat_result) -> None:
    mine = os.fstat(fd)
    if (mine.st_uid, mine.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(fd, like.st_uid, like.st_gid)
    os.fchmod(fd, S_IMODE(like.st_mode))
