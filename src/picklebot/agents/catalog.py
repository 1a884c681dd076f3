"""The agents of a workspace: a folder each, read again within a second after its AGENT.md was edited."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import anyio
import structlog

from picklebot.agents.definition import parse_agent
from picklebot.errors import ConfigError, NotFoundError
from picklebot.forms.definitions import DEFINITION_ID, Definitions, Mark
from picklebot.forms.secret import SecretSources
from picklebot.logs import hide
from picklebot.model.agent import AgentDefinition, ModelChoice

log = structlog.get_logger()

EMBEDDED: Final = "pickle"
"""The agent of a workspace that has no agents folder at all."""

FILE: Final = "AGENT.md"

LOOK_SECONDS: Final = 1.0


class AgentCatalog:
    """Implements the port `Agents` on a folder.

    A broken edit keeps the last good definition, and an agent whose file vanishes stays until the next start; either
    is logged once and stands in `troubles` until it is mended. A new folder is found when it is first asked for.
    """

    def __init__(self, folder: Path, default_model: ModelChoice, secrets: SecretSources) -> None:
        self._folder = folder
        self._files = Definitions(folder, FILE, kind="an agent")
        self._default_model = default_model
        self._sources = secrets
        self._agents: dict[str, AgentDefinition] = {}
        self._seen: dict[str, Mark | None] = {}
        self._troubles: dict[str, str] = {}

    @classmethod
    def load(cls, folder: Path, default_model: ModelChoice, secrets: SecretSources) -> Self:
        """Read all agents. Without the folder there is the embedded agent alone.

        Raises ConfigError for the first AGENT.md that is wrong, and for a folder without agents.
        """
        catalog = cls(folder, default_model, secrets)
        if not folder.exists():
            catalog._embed()
            return catalog
        for agent_id in catalog._files.ids():
            catalog._read(agent_id)
        if not catalog._agents:
            raise ConfigError(f"{folder} holds no agent; write {folder / EMBEDDED / FILE}")
        return catalog

    def get(self, agent_id: str) -> AgentDefinition:
        """The agent as it was last looked at. Raises NotFoundError, which lists the agents found."""
        if (agent := self._agents.get(agent_id)) is not None:
            return agent  # as it was last looked at: a message costs no look at the disk
        if DEFINITION_ID.fullmatch(agent_id):
            self._refresh(agent_id)
        if (agent := self._agents.get(agent_id)) is None:
            raise NotFoundError(f"there is no agent {agent_id!r}; there are: {', '.join(self.ids())}")
        return agent

    def ids(self) -> tuple[str, ...]:
        """Every agent's id, sorted."""
        for agent_id in self._files.ids():
            if agent_id not in self._agents:
                self._refresh(agent_id)
        return tuple(sorted(self._agents))

    @property
    def troubles(self) -> Mapping[str, str]:
        """What is wrong with agents' files, a line for each such agent: the place, and no value from the file."""
        return MappingProxyType(self._troubles)

    async def watch(self) -> None:
        """Look at the files every second until cancelled: so soon an edit is used, and a broken one is known."""
        while True:
            self.look()
            await anyio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Look at the files now, and read what changed."""
        for agent_id in {*self._seen, *self._files.ids()}:
            self._refresh(agent_id)

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

    def _embed(self) -> None:
        text = resources.files("picklebot.agents").joinpath(f"{EMBEDDED}.md").read_text(encoding="utf-8")
        self._agents[EMBEDDED] = self._parse(EMBEDDED, text, "the embedded agent")

    def _parse(self, agent_id: str, text: str, source: str) -> AgentDefinition:
        agent = parse_agent(
            agent_id, text, source=source, default_model=self._default_model, secrets=self._sources
        )
        if agent.model.api_key:
            hide(agent.model.api_key)
        return agent

    def _refresh(self, agent_id: str) -> None:
        """Read the agent again if its file changed since it was last looked at."""
        mark = self._files.mark(agent_id)
        if mark == self._seen.get(agent_id):
            return
        if mark is None:
            self._miss(agent_id)
            return
        try:
            self._read(agent_id)
        except ConfigError as error:
            self._troubles[agent_id] = f"{error.place} is wrong"
            log.error(
                "an agent's file is wrong; its last good definition stays", agent=agent_id, error=str(error)
            )

    def _miss(self, agent_id: str) -> None:
        self._seen[agent_id] = None
        self._troubles.pop(agent_id, None)
        if agent_id in self._agents:
            self._troubles[agent_id] = f"{self._files.source(agent_id)} is gone"
            log.warning(
                "an agent's file is gone; its last definition stays until the next start", agent=agent_id
            )

    def _read(self, agent_id: str) -> None:
        self._seen[agent_id] = self._files.mark(agent_id)
        text = self._files.read(agent_id)
        self._agents[agent_id] = self._parse(agent_id, text, self._files.source(agent_id))
        self._troubles.pop(agent_id, None)
