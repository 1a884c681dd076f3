"""One listener for each bot on a host, by a lock that the kernel takes back when its owner dies.

Two processes with one token split a bot's messages between them (Telegram) or answer each of them twice
(Discord).
"""

from __future__ import annotations

import fcntl
import os
import stat
from hashlib import blake2b
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger()

_OURS_ALONE: Final = 0o700
_ROOT: Final = Path("/tmp")  # noqa: S108 - where it leads is checked before it is used


class Claim:
    """The right to listen for one bot. `secret` names the bot; only its hash is ever written.

    It holds among the processes of one user. Where no lock can be had (a read-only system), everybody has the
    right, and a line in the log says so.
    """

    def __init__(self, platform: str, *secret: str, folder: Path | None = None) -> None:
        self._folder = folder or _folder_of_user()
        name = blake2b("\0".join((platform, *secret)).encode(), digest_size=12).hexdigest()
        self._path = self._folder / f"{platform}-{name}.lock"
        self._file: int | None = None

    def take(self) -> bool:
        """Take the right unless another has it; whether it is ours now. Does not wait."""
        if self._file is not None:
            return True
        try:
            file = self._open()
        except OSError as error:
            log.warning("nothing keeps a second process from listening too", error=str(error))
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        self._file = file
        return True

    def owner(self) -> int | None:
        """The process that wrote its number last, for people; it may have ended since."""
        try:
            return int(self._path.read_text("ascii"))
        except (OSError, ValueError):
            return None

    def release(self) -> None:
        """Give the right back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        """The lock's file, in a folder that no other user has prepared for us."""
        self._folder.mkdir(mode=_OURS_ALONE, parents=True, exist_ok=True)
        found = self._folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise PermissionError(f"{self._folder} belongs to somebody else")
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def _folder_of_user() -> Path:
    """The same for every process of this user, whatever its environment: from a login, a service or cron."""
    return _ROOT / f"picklebot-{os.geteuid()}"
