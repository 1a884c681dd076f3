"""Files that came with messages, below `data/media`; retention takes the old ones away."""

from __future__ import annotations

from pathlib import Path

from anyio.to_thread import run_sync

from picklebot.model.session import is_session_id
from picklebot.storage.results import remove_folder


class MediaFolder:
    """Implements `ports.media.MediaStore`: a folder for each session. Names are safe, as their makers promise."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def read(self, session_id: str, name: str) -> bytes | None:
        """See MediaStore."""
        return await run_sync(_read, self._path(session_id, name))

    async def keep(self, session_id: str, name: str, data: bytes) -> None:
        """See MediaStore. A reader sees the whole file or none."""
        await run_sync(_keep, self._path(session_id, name), data)

    async def remove(self, session_id: str) -> None:
        """Remove what came with a session's messages. Raises OSError when something stays."""
        await run_sync(remove_folder, self._path(session_id, "any").parent)

    def _path(self, session_id: str, name: str) -> Path:
        if not is_session_id(session_id) or name != Path(name).name or name in ("", ".", ".."):
            raise ValueError(f"{session_id!r} and {name!r} name no file")
        return self._root / session_id / name


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
