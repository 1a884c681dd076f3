"""The agent worker: takes the next job of a lane and sees it to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog

from picklebot.agents.session import AgentSession, TurnLedger, parcel_of
from picklebot.errors import NotFoundError
from picklebot.model import words
from picklebot.model.agent import AgentDefinition
from picklebot.model.events import Failed
from picklebot.model.events import Final as FinalEvent
from picklebot.model.job import Job
from picklebot.ports.agents import Agents
from picklebot.ports.engine import Engine
from picklebot.ports.rules import Rules
from picklebot.replies.delivery import Delivery
from picklebot.replies.stream import ReplyStream

log = structlog.get_logger()

MOST_ATTEMPTS: Final = 3


class AgentWorker:
    """Runs jobs; `handle` is the queue's handler."""

    def __init__(
        self,
        *,
        ledger: TurnLedger,
        agents: Agents,
        rules: Rules,
        engine_for: Callable[[AgentDefinition], Engine],
        delivery: Delivery,
    ) -> None:
        self._ledger = ledger
        self._agents = agents
        self._rules = rules
        self._engine_for = engine_for
        self._delivery = delivery

    async def handle(self, job: Job) -> None:
        """Answer one job. When this returns, its result is committed and on its way to the chat."""
        stream = self._delivery.open(parcel_of(job))
        try:
            result = await self._result(job, stream)
            await self._ledger.finish(job, result)
            stream.push(result)
        finally:
            stream.abandon()

    async def _result(self, job: Job, stream: ReplyStream) -> FinalEvent | Failed:
        """How the turn ended, whatever happened in it: its speaker is always told something."""
        try:
            return await self._answer(job, stream)
        except Exception:
            log.exception("a turn failed unexpectedly", session=job.session_id, turn=job.id, agent=job.agent)
            return Failed("unexpected", words.WENT_WRONG.format(reference=job.id[:8]))

    async def _answer(self, job: Job, stream: ReplyStream) -> FinalEvent | Failed:
        agent = self._agent(job.agent)
        # Before anything is kept: in a shared session it would be read to the model with the next turn.
        if (refusal := self._refusal(job, agent)) is not None:
            return refusal
        policy = self._rules.policy(job.mode)
        started, history = await self._ledger.begin(job, policy.history_window)
        if started.attempt > MOST_ATTEMPTS:
            log.error("a message was given up", turn=job.id, attempts=started.attempt - 1)
            return Failed("gave_up", words.GAVE_UP.format(attempts=started.attempt - 1, reference=job.id[:8]))
        if agent is None:
            return Failed("no_agent", words.AGENT_GONE.format(agent=job.agent))
        return await AgentSession(started, agent, policy, self._engine_for(agent)).answer(history, stream)

    def _refusal(self, job: Job, agent: AgentDefinition | None) -> Failed | None:
        """Why this speaker may not ask, as it stands now; they may have been admitted when they wrote."""
        if not self._rules.admits(job.address.platform, job.sender):
            return Failed("not_admitted", _not_admitted(job))
        if agent is not None and agent.allowed_users and job.sender.user_id not in agent.allowed_users:
            return Failed("not_for_you", words.NOT_FOR_AGENT.format(agent=agent.name))
        return None

    def _agent(self, agent_id: str) -> AgentDefinition | None:
        try:
            return self._agents.get(agent_id)
        except NotFoundError:
            return None


def _not_admitted(job: Job) -> str:
    return words.NOT_ADMITTED.format(platform=job.address.platform, user_id=job.sender.user_id)
