"""The agents of a workspace: a folder each, read again when its AGENT.md was edited."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final, Self

import structlog

from picklebot.agents.definition import AGENT_ID, parse_agent
from picklebot.errors import ConfigError, NotFoundError
from picklebot.forms.secret import SecretSources
from picklebot.logs import hide
from picklebot.model.agent import AgentDefinition, ModelChoice

log = structlog.get_logger()

EMBEDDED: Final = "pickle"
"""The agent of a workspace that has no agents folder at all."""

FILE: Final = "AGENT.md"

Mark = tuple[int, int]


@dataclass(slots=True)
class _Entry:
    """One agent as it was last read; `mark` is the state of its file at that time, read well or not."""

    agent: AgentDefinition
    path: Path
    mark: Mark | None


class AgentCatalog:
    """Implements the port `Agents` on a folder.

    A broken edit keeps the last good definition and is logged once. An agent whose file vanishes stays until
    the next start, and a new folder is found when it is first asked for.
    """

    def __init__(self, folder: Path, default_model: ModelChoice, secrets: SecretSources) -> None:
        self._folder = folder
        self._default_model = default_model
        self._sources = secrets
        self._entries: dict[str, _Entry] = {}
        self._broken: dict[str, Mark] = {}

    @classmethod
    def load(cls, folder: Path, default_model: ModelChoice, secrets: SecretSources) -> Self:
        """Read all agents. Without the folder there is the embedded agent alone.

        Raises ConfigError for the first AGENT.md that is wrong, and for a folder without agents.
        """
        catalog = cls(folder, default_model, secrets)
        if not folder.exists():
            catalog._embed()
            return catalog
        for agent_id in catalog._folders():
            catalog._read(agent_id)
        if not catalog._entries:
            raise ConfigError(f"{folder} holds no agent; write {folder / EMBEDDED / FILE}")
        return catalog

    def get(self, agent_id: str) -> AgentDefinition:
        """The agent as it stands now. Raises NotFoundError, which lists the agents found."""
        if agent_id in self._entries or AGENT_ID.fullmatch(agent_id):
            self._refresh(agent_id)
        if (entry := self._entries.get(agent_id)) is None:
            raise NotFoundError(f"there is no agent {agent_id!r}; there are: {', '.join(self.ids())}")
        return entry.agent

    def ids(self) -> tuple[str, ...]:
        """Every agent's id, sorted."""
        for agent_id in self._folders():
            if agent_id not in self._entries:
                self._refresh(agent_id)
        return tuple(sorted(self._entries))

    def require(self, agent_id: str, *, key: str = "default_agent") -> AgentDefinition:
        """The agent that a setting names. Raises ConfigError, which lists the agents found."""
        try:
            return self.get(agent_id)
        except NotFoundError:
            found = ", ".join(self.ids())
        if not self._folder.exists():
            raise ConfigError(
                f"{key}: there is no agent {agent_id!r}; without a folder {self._folder} there is only {found}, "
                f"so write {self._folder / agent_id / FILE}"
            )
        raise ConfigError(f"{key}: there is no agent {agent_id!r}; the agents found are: {found}")

    def _path(self, agent_id: str) -> Path:
        return self._folder / agent_id / FILE

    def _embed(self) -> None:
        text = resources.files("picklebot.agents").joinpath(f"{EMBEDDED}.md").read_text(encoding="utf-8")
        self._entries[EMBEDDED] = _Entry(
            self._parse(EMBEDDED, text, "the embedded agent"), self._path(EMBEDDED), None
        )

    def _parse(self, agent_id: str, text: str, source: str) -> AgentDefinition:
        agent = parse_agent(
            agent_id, text, source=source, default_model=self._default_model, secrets=self._sources
        )
        if agent.model.api_key:
            hide(agent.model.api_key)
        return agent

    def _folders(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted(
            path.parent.name
            for path in self._folder.glob(f"*/{FILE}")
            if not path.parent.name.startswith(".")
        )

    def _refresh(self, agent_id: str) -> None:
        """Read the agent again if its file changed since it was last looked at."""
        entry = self._entries.get(agent_id)
        mark = _mark(entry.path if entry else self._path(agent_id))
        if mark is None or mark == self._broken.get(agent_id) or (entry and mark == entry.mark):
            return
        try:
            self._read(agent_id)
        except ConfigError as error:
            self._broken[agent_id] = mark
            log.error(
                "an agent's file is wrong; its last good definition stays", agent=agent_id, error=str(error)
            )

    def _read(self, agent_id: str) -> None:
        path = self._path(agent_id)
        source = f"{self._folder.name}/{agent_id}/{FILE}"
        if not AGENT_ID.fullmatch(agent_id):
            raise ConfigError("an agent's folder is named with letters, digits, - and _", source=source)
        mark = _mark(path)
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise ConfigError("the text is not UTF-8; save the file as UTF-8", source=source) from None
        except OSError as error:
            raise ConfigError(f"the file cannot be read: {error.strerror}", source=source) from error
        self._entries[agent_id] = _Entry(self._parse(agent_id, text, source), path, mark)
        self._broken.pop(agent_id, None)


def _mark(path: Path) -> Mark | None:
    """What tells that a file changed, or None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
