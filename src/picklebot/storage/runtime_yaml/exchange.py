"""Swapping two names in one step, where the system can."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

CANNOT_EXCHANGE: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP})

_AT_FDCWD: Final = -100
_RENAME_EXCHANGE: Final = 2


def _find() -> Callable[..., int] | None:
    try:
        call: Any = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):  # not Linux, or an older C library
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    call.restype = ctypes.c_int
    return cast("Callable[..., int]", call)


_renameat2: Final = _find()


def exchange(one: Path, other: Path) -> None:
    """Swap what the two names stand for; nobody ever sees one of them missing. Raises OSError,
    one of CANNOT_EXCHANGE where the system or this file system has no such call."""
    if _renameat2 is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if _renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(one), None, str(other))
