"""`/api/v1/agents`."""

from __future__ import annotations

from fastapi import APIRouter

from picklebot.api.access import GatewayOf
from picklebot.api.resources import AgentList, AgentView
from picklebot.errors import NotFoundError

router = APIRouter(prefix="/agents", tags=["agents"])


@router.get("")
async def list_agents(gateway: GatewayOf) -> AgentList:
    """Every agent that may be talked to."""
    return AgentList(agents=[AgentView.of(gateway.agents.get(agent_id)) for agent_id in gateway.agents.ids()])


@router.get("/{agent_id}")
async def show_agent(gateway: GatewayOf, agent_id: str) -> AgentView:
    """One agent."""
    known = gateway.agents.ids()
    # Looked up among the ids first: what comes from outside never becomes part of a path.
    if agent_id not in known:
        raise NotFoundError(f"There is no such agent; there are: {', '.join(known) or 'none'}.")
    return AgentView.of(gateway.agents.get(agent_id))
