"""The file itself, which an operator may save at any moment, also between our look and our write.

Everything here blocks and belongs into a worker thread. A write never loses what somebody else saved: the
new file and the old one swap names in one step, and what came out is compared with what was expected. A file
that had changed goes back to its place and is reported, so that the caller merges again.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from picklebot.storage.runtime_yaml.durable import can_own, digest, sync_folder, write_file
from picklebot.storage.runtime_yaml.exchange import CANNOT_EXCHANGE, exchange
from picklebot.storage.runtime_yaml.journal import repair, write_in_place

MAX_BYTES: Final = 64 * 1024 * 1024

_log = structlog.get_logger(__name__)
_PINNED: Final = frozenset({errno.EBUSY, errno.EXDEV})
_SETTLED_NS: Final = 2_000_000_000
_SWAPS: Final = 8


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file changes, without reading it."""

    inode: int
    size: int
    modified_ns: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Sight:
    """A file as it was found. `settled` says that its stamp is old enough to tell any later change."""

    content: bytes
    stamp: Stamp
    settled: bool


@dataclass(frozen=True, slots=True)
class Replaced:
    """The new content is in its place. The old file stays under the hidden name `old` for a while,
    because an editor that opened it before may still be writing into it."""

    old: Path | None
    digest: str

    def recheck(self) -> bytes | None:
        """What was written into the old file since, None when nothing was."""
        if self.old is None:
            return None
        try:
            content = self.old.read_bytes()
        except FileNotFoundError:
            return None
        return None if digest(content) == self.digest else content

    def release(self) -> None:
        """Let go of the old file."""
        if self.old is not None:
            self.old.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody saved the file after we looked; it stays as they left it."""


class RuntimeYamlFile:
    """One path, followed through symbolic links."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self.max_bytes = max_bytes

    @property
    def target(self) -> Path:
        """Where the links lead now."""
        return Path(os.path.realpath(self.path))

    def stamp(self) -> Stamp | None:
        """The file's stamp, None where there is no file. Raises OSError."""
        try:
            return _stamp(self.path.stat())
        except FileNotFoundError:
            return None

    def look(self) -> Sight | None:
        """Read the file, at most one byte more than allowed; None where there is none. Raises OSError."""
        if repair(self.target, _journal_name(self.target)):
            _log.warning("a torn write of the runtime file was finished", file=str(self.path))
        try:
            # A named pipe must not block the thread for ever.
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "this is not a regular file", str(self.path))
            # Also one that is dated in the future: the clock was set back, and will not be so late for long.
            settled = abs(time.time_ns() - status.st_ctime_ns) > _SETTLED_NS
            with os.fdopen(fd, "rb", closefd=False) as file:
                return Sight(file.read(self.max_bytes + 1), _stamp(status), settled)
        finally:
            os.close(fd)

    def replace(self, expected: bytes | None, new: bytes) -> Replaced | Conflict:
        """Put `new` where `expected` is (None: where no file is), or report that something else was there.

        A reader sees the old file or the new one. Mode and owner stay. Raises OSError, for a read-only folder
        or a full disk, with the old file intact.
        """
        target = self.target
        if expected is None:
            return self._create(target, new)
        sight = self.look()
        if sight is None or sight.content != expected:
            return Conflict()
        status = target.stat()
        if not can_own(status):
            return self._write_in_place(target, expected, new)
        swap = _swap_name(target, expected, new)
        try:
            write_file(_part_name(target), new, like=status)
            _part_name(target).rename(swap)
            return self._swap(swap, target, expected, new)
        except OSError as error:
            if error.errno in _PINNED:
                return self._write_in_place(target, expected, new)
            raise

    def backup(self, content: bytes) -> None:
        """Keep `content` beside the file, as `<name>.bak`."""
        target = self.target
        part = _part_name(target)
        write_file(part, content)
        part.replace(_backup_name(target))
        sync_folder(target.parent)

    def tidy(self) -> None:
        """Clear up what a crash left, and put back an operator's save that it caught in our hands."""
        target = self.target
        if not target.parent.is_dir():
            return
        _part_name(target).unlink(missing_ok=True)
        for swap in sorted(target.parent.glob(f".{target.name}.*.swap")):
            self._recover(swap, target)

    def _create(self, target: Path, new: bytes) -> Replaced | Conflict:
        part = _part_name(target)
        write_file(part, new)
        try:
            os.link(part, target)  # unlike a rename, this refuses to cover a file that has just come
        except FileExistsError:
            return Conflict()
        finally:
            part.unlink(missing_ok=True)
        sync_folder(target.parent)
        return Replaced(None, digest(new))

    def _swap(self, swap: Path, target: Path, expected: bytes, new: bytes) -> Replaced | Conflict:
        try:
            exchange(swap, target)
        except OSError as error:
            if error.errno in CANNOT_EXCHANGE:
                return self._rename(swap, target, expected)
            swap.unlink()
            raise
        found = swap.read_bytes()
        if found != expected:
            _put_back(swap, target, new, found)
            return Conflict()
        sync_folder(target.parent)
        return Replaced(swap, digest(expected))

    def _rename(self, swap: Path, target: Path, expected: bytes) -> Replaced | Conflict:
        """Replace without a swap: what is written into the old file in the last instant stays in sight."""
        old = swap.with_name(swap.name.replace(".swap", "-.swap"))
        try:
            os.link(target, old)
            if old.read_bytes() != expected:
                old.unlink()
                swap.unlink()
                return Conflict()
            swap.replace(target)
        except OSError:
            old.unlink(missing_ok=True)
            swap.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)
        return Replaced(old, digest(expected))

    def _write_in_place(self, target: Path, expected: bytes, new: bytes) -> Replaced | Conflict:
        found = write_in_place(target, expected, new, _journal_name(target))
        return Replaced(None, digest(new)) if found == expected else Conflict()

    def _recover(self, swap: Path, target: Path) -> None:
        known = _SWAP_NAME.search(swap.name)
        content = swap.read_bytes()
        if known is None or digest(content) in known.group("expected", "new"):
            swap.unlink()
        elif not target.exists() or digest(target.read_bytes()) == known["new"]:
            swap.replace(target)
            _log.warning("a save that a crash had caught was put back", file=str(self.path))
        else:
            swap.replace(_backup_name(target))
            _log.warning("a save that a crash had caught was kept", file=str(_backup_name(target)))
        sync_folder(target.parent)


_SWAP_NAME: Final = re.compile(r"\.(?P<expected>[0-9a-f]{24})-(?P<new>[0-9a-f]{24})-?\.swap$")


def _swap_name(target: Path, expected: bytes, new: bytes) -> Path:
    """A hidden name that tells, after a crash, whether the content under it is an operator's."""
    pair = f"{digest(expected)}-{digest(new)}"
    return target.with_name(f".{target.name}.{time.time_ns()}.{pair}.swap")


def _part_name(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _journal_name(target: Path) -> Path:
    return target.with_name(f".{target.name}.journal")


def _backup_name(target: Path) -> Path:
    return target.with_name(f"{target.name}.bak")


def _put_back(swap: Path, target: Path, put: bytes, came: bytes) -> None:
    """Swap again until what comes out is what we put in: then the newest save is in its place."""
    for _ in range(_SWAPS):
        exchange(swap, target)
        out = swap.read_bytes()
        if out == put:
            break
        put, came = came, out
    swap.unlink()
    sync_folder(target.parent)


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
