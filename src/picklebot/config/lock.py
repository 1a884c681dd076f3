"""One owner per workspace, by a lock that the kernel takes back when its owner dies."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final, Self, cast

from picklebot.config.workspace import Workspace
from picklebot.errors import StorageError, WorkspaceBusyError

_PROBES: Final = 5
_PROBE_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Owner:
    """Who serves a workspace. Once it is `ready`, `url` is where it answers; None where it has no door."""

    pid: int | None
    url: str | None = None
    ready: bool = False


class WorkspaceLock:
    """The lock on `data/.lock`. The file stays; only the lock on it means anything."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._file: int | None = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock. Raises WorkspaceBusyError, which names the owner, and StorageError."""
        try:
            self._workspace.data.mkdir(exist_ok=True)
            file = os.open(self._workspace.lock, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise _unusable(self._workspace, error) from error
        if not _lock_soon(file):
            held_by = _read(file)
            os.close(file)
            raise WorkspaceBusyError(str(self._workspace.root), held_by.pid)
        self._file = file
        self._tell(Owner(os.getpid()))

    def publish(self, url: str | None) -> None:
        """Tell other processes that the gateway is ready, and where it answers if it has a door."""
        self._tell(Owner(os.getpid(), url, ready=True))

    def _tell(self, owner: Owner) -> None:
        assert self._file is not None, "acquire the lock first"
        content = json.dumps(asdict(owner)).encode()
        os.pwrite(self._file, content, 0)
        os.ftruncate(self._file, len(content))

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None


def owner(workspace: Workspace) -> Owner | None:
    """Who holds the workspace now, or None. Whatever a dead owner left in the file is not believed."""
    try:
        file = os.open(workspace.lock, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(workspace, error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(file)
    finally:
        os.close(file)
    return None


def _lock_soon(file: int) -> bool:
    """Take the lock; a few tries, since `owner` holds it for an instant when it looks."""
    for probe in range(_PROBES):
        if probe:
            time.sleep(_PROBE_SECONDS)
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    return False


def _read(file: int) -> Owner:
    """What the owner wrote. A longer text that is just being replaced leaves a tail, which is not read."""
    text = os.pread(file, 4096, 0).decode("utf-8", "replace")
    try:
        found, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        found = None
    fields = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    return Owner(fields.get("pid"), fields.get("url"), fields.get("ready") is True)


def _unusable(workspace: Workspace, error: OSError) -> StorageError:
    return StorageError(
        f"{workspace.data} cannot be used ({error.strerror}); it must be a folder that picklebot may write to"
    )
