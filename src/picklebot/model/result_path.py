"""Names of files that agents write. A model gives them, so they are judged before anything else is done. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

DEEPEST: Final = 6
"""Folders and the file itself, at most."""
LONGEST: Final = 480
"""Bytes of a whole path."""
LONGEST_NAME: Final = 200
"""Bytes of each part of it; a folder holds names of 255, and a file has a longer one while it is written."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Some scripts, and emoji, are written with these. All else that cannot be seen could hide what a name is."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_SIGNS: Final = frozenset('\\:*?"<>|')
_DEVICE: Final = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d|com[¹²³]|lpt[¹²³])(\..*)?", re.IGNORECASE
)


def result_path(text: str) -> str:
    """The path that `text` names, in the one form in which it is kept: relative, of safe parts between slashes.

    Raises ValueError, with what is wrong with it, for a text that names none.
    """
    path = unicodedata.normalize("NFC", text)
    if path.startswith("/"):
        raise ValueError("it must be relative")
    if len(path.encode("utf-8", "surrogatepass")) > LONGEST:
        raise ValueError("it is too long")
    parts = path.split("/")
    if len(parts) > DEEPEST:
        raise ValueError("it has too many folders")
    for part in parts:
        _check(part)
    return path


def is_result_path(text: str) -> bool:
    """Whether `text` is such a path, in that very form."""
    try:
        return result_path(text) == text
    except ValueError:
        return False


def name_of(path: str) -> str:
    """The file's own name."""
    return path.rpartition("/")[2]


def _check(part: str) -> None:
    if not part or part.startswith("."):
        raise ValueError("no part of it may be empty or begin with a dot")
    if part != part.strip() or part.endswith("."):
        raise ValueError("no part of it may begin or end with a space, or end with a dot")
    if len(part.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        raise ValueError("a part of it is too long")
    if any(
        sign in _SIGNS or (unicodedata.category(sign) in _UNSEEN and sign not in _JOINERS) for sign in part
    ):
        raise ValueError("it has a character that no name may have")
    if _DEVICE.fullmatch(part):
        raise ValueError("it is the name of a device")
