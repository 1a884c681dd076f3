"""A folder of definitions: a folder each, named by its id, with one file that a person edits at any time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from picklebot.errors import ConfigError

DEFINITION_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What a definition's folder may be called."""

Mark = tuple[int, int]


class Definitions:
    """`<folder>/<id>/<file>`; `kind` is what they define, in words ("an agent")."""

    def __init__(self, folder: Path, file: str, *, kind: str) -> None:
        self.folder = folder
        self._file = file
        self._kind = kind

    def ids(self) -> list[str]:
        """The folders that hold such a file, sorted; they may be called anything."""
        if not self.folder.is_dir():
            return []
        return sorted(
            path.parent.name
            for path in self.folder.glob(f"*/{self._file}")
            if not path.parent.name.startswith(".")
        )

    def path(self, definition_id: str) -> Path:
        """Where this one's file is, or would be."""
        return self.folder / definition_id / self._file

    def source(self, definition_id: str) -> str:
        """The same as errors name it."""
        return f"{self.folder.name}/{definition_id}/{self._file}"

    def mark(self, definition_id: str) -> Mark | None:
        """What tells that a file changed, or None where there is none."""
        try:
            stat = self.path(definition_id).stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size

    def read(self, definition_id: str) -> str:
        """The file's text. Raises ConfigError for a folder that is no id, and for what is no text."""
        source = self.source(definition_id)
        if not DEFINITION_ID.fullmatch(definition_id):
            raise ConfigError(f"{self._kind}'s folder is named with letters, digits, - and _", source=source)
        try:
            return self.path(definition_id).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise ConfigError("the text is not UTF-8; save the file as UTF-8", source=source) from None
        except OSError as error:
            raise ConfigError(f"the file cannot be read: {error.strerror}", source=source) from error
