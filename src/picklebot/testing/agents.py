"""A catalog of agents that a test writes by hand."""

from __future__ import annotations

from collections.abc import Sequence

from picklebot.errors import NotFoundError
from picklebot.model.agent import AgentDefinition


class FixedAgents:
    """Implements `ports.agents.Agents`."""

    def __init__(self, *agents: AgentDefinition) -> None:
        self._agents = {agent.id: agent for agent in agents}

    def get(self, agent_id: str) -> AgentDefinition:
        if agent_id not in self._agents:
            raise NotFoundError(f"there is no agent {agent_id!r}; there are: {', '.join(self.ids())}")
        return self._agents[agent_id]

    def ids(self) -> Sequence[str]:
        return sorted(self._agents)
