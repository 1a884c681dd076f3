"""The agents that exist, as their authors wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from picklebot.model.agent import AgentDefinition


class Agents(Protocol):
    """A catalog that follows its folder: an edited definition is used within a second."""

    def get(self, agent_id: str) -> AgentDefinition:
        """The agent. Raises NotFoundError, which lists the agents found."""
        ...

    def ids(self) -> Sequence[str]:
        """Every agent's id, sorted."""
        ...
