"""The folder that a gateway lives in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from picklebot.errors import ConfigError
from picklebot.model.session import is_session_id


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where everything of one gateway is. `root` is absolute and exists."""

    root: Path

    @classmethod
    def find(cls, option: str | Path | None, environ: Mapping[str, str]) -> Workspace:
        """The workspace of `--workspace`, else of PICKLEBOT_WORKSPACE, else the current folder.

        Raises ConfigError when it is no folder.
        """
        root = Path(option or environ.get("PICKLEBOT_WORKSPACE") or ".").expanduser().absolute()
        if not root.is_dir():
            raise ConfigError(
                f"the workspace {root} is not a folder; make it, or name another with --workspace"
            )
        return cls(root)

    @property
    def config(self) -> Path:
        """The operator's own file."""
        return self.root / "config.yaml"

    @property
    def runtime(self) -> Path:
        """What the service writes and the operator may edit at any time."""
        return self.root / "config.runtime.yaml"

    @property
    def agents(self) -> Path:
        """A folder for each agent."""
        return self.root / "agents"

    @property
    def crons(self) -> Path:
        """A folder for each schedule."""
        return self.root / "crons"

    @property
    def data(self) -> Path:
        """What belongs to the service alone."""
        return self.root / "data"

    @property
    def database_url(self) -> str:
        """The database while `database_url` is not set."""
        return f"sqlite:///{self.data / 'picklebot.db'}"

    @property
    def lock(self) -> Path:
        """Held by the process that owns this workspace."""
        return self.data / ".lock"

    @property
    def media(self) -> Path:
        """What people sent and what was fetched for it; kept for a while only."""
        return self.data / "media"

    def results(self, session_id: str) -> Path:
        """The folder of a session's files. Raises ValueError for an id that could leave it."""
        if not is_session_id(session_id):
            raise ValueError(f"{session_id!r} is not a session id")
        return self.data / "results" / session_id
