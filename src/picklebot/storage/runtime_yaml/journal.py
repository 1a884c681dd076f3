"""Writing into a file that cannot be replaced, such as one that is bind-mounted into a container.

The old and the new content go to a journal beside it first, so that a write which a crash has torn is
finished at the next start.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from picklebot.storage.runtime_yaml.durable import sync_folder, write_all, write_file


def write_in_place(target: Path, expected: bytes, new: bytes, journal: Path) -> bytes:
    """Turn `expected` into `new` and return what was found: anything but `expected` was left as it is.

    Raises OSError, with the old content in the file; where even that fails, the journal stays for `repair`.
    """
    write_file(journal, _pack(expected, new))
    sync_folder(journal.parent)
    found = _overwrite(target, expected, new, journal)
    journal.unlink()
    return found


def repair(target: Path, journal: Path) -> bool:
    """Finish a write that was torn. True when there was one. Raises OSError, and then the journal stays."""
    try:
        packed = journal.read_bytes()
    except FileNotFoundError:
        return False
    pair = _unpack(packed)
    torn = pair is not None and target.exists() and is_torn(target.read_bytes(), *pair)
    if pair is not None and torn:
        with target.open("r+b") as file:
            _fill(file.fileno(), pair[1])
    journal.unlink()
    return torn


def is_torn(found: bytes, expected: bytes, new: bytes) -> bool:
    """Whether `found` is the beginning of `new` laid over `expected`, and neither of the two."""
    if found in (expected, new):
        return False
    laid = _common(found, new)
    return found[laid:] == expected[laid:]


def _overwrite(target: Path, expected: bytes, new: bytes, journal: Path) -> bytes:
    with target.open("r+b") as file:
        found = file.read()
        if found != expected:
            return found
        try:
            _fill(file.fileno(), new)
        except OSError:
            with suppress(OSError):
                _fill(file.fileno(), expected)
                journal.unlink()
            raise
        return found


def _common(one: bytes, other: bytes) -> int:
    """How many bytes two contents begin with together."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _fill(fd: int, content: bytes) -> None:
    write_all(fd, content)
    os.ftruncate(fd, len(content))
    os.fsync(fd)


def _pack(expected: bytes, new: bytes) -> bytes:
    body = expected + new
    return f"{len(expected)} {len(new)} {hashlib.sha256(body).hexdigest()}\n".encode() + body


def _unpack(packed: bytes) -> tuple[bytes, bytes] | None:
    """The two contents, or None for a journal that was itself cut off: then the file was not touched."""
    head, _, body = packed.partition(b"\n")
    try:
        old, new, checksum = head.decode("ascii").split(" ")
        split, size = int(old), int(old) + int(new)
    except ValueError:
        return None
    if len(body) != size or hashlib.sha256(body).hexdigest() != checksum:
        return None
    return body[:split], body[split:]
