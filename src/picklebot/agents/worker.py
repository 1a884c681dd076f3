"""The agent worker: takes the next job of a lane and sees it to its end."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import anyio
import structlog
from anyio.abc import TaskGroup, TaskStatus

from picklebot.agents.ledger import TurnLedger
from picklebot.agents.reply import Reply
from picklebot.agents.session import AgentSession, Rest, Surroundings
from picklebot.errors import NotFoundError, StorageError
from picklebot.model import words
from picklebot.model.agent import AgentDefinition
from picklebot.model.events import Failed
from picklebot.model.events import Final as FinalEvent
from picklebot.model.job import Job
from picklebot.model.patience import Tries
from picklebot.ports.agents import Agents
from picklebot.ports.engine import Engine
from picklebot.ports.rules import Rules
from picklebot.replies.delivery import Delivery

log = structlog.get_logger()

COMMIT_PAUSES: Final = (1.0, 5.0, 15.0)
"""Seconds before an answer that could not be written is written again: the model is not asked again for it."""


class AgentWorker:
    """Runs jobs; `handle` is the queue's handler. It implements `ports.turns.Turns`."""

    def __init__(
        self,
        *,
        ledger: TurnLedger,
        agents: Agents,
        rules: Rules,
        engine_for: Callable[[AgentDefinition], Engine],
        delivery: Delivery,
        rest: Rest,
        tries: Tries | None = None,
    ) -> None:
        self._ledger = ledger
        self._agents = agents
        self._rules = rules
        self._engine_for = engine_for
        self._delivery = delivery
        self._around = Surroundings(ledger, tries or Tries(), rest, self._start)
        self._turns: dict[str, AgentSession] = {}
        self._tasks: TaskGroup | None = None

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Own the engines' tasks until cancelled; `handle` needs it."""
        async with anyio.create_task_group() as self._tasks:
            task_status.started()
            await anyio.sleep_forever()

    async def handle(self, job: Job) -> None:
        """Answer one job. When this returns, its result is committed and on its way to the chat."""
        reply = Reply(self._delivery, job)
        try:
            result = await self._answer(job, reply)
            await self._commit(job, reply, result)
            reply.push(result)
        except NotFoundError:
            log.info("a message was taken back before it was begun", turn=job.id)
        finally:
            reply.abandon()

    def stop(self, job_id: str) -> None:
        """See `ports.turns.Turns`."""
        if (turn := self._turns.get(job_id)) is not None:
            turn.stop()

    async def _answer(self, job: Job, reply: Reply) -> FinalEvent | Failed:
        if not self._rules.admits(job.address.platform, job.sender):
            return Failed("not_admitted", _not_admitted(job))
        try:
            agent = self._agents.get(job.agent)
        except NotFoundError:
            return Failed("no_agent", words.AGENT_GONE.format(agent=job.agent))
        if agent.allowed_users and job.sender.user_id not in agent.allowed_users:
            return Failed("not_for_you", words.NOT_FOR_AGENT.format(agent=agent.name))
        policy = self._rules.policy(job.mode)
        turn = AgentSession(job, agent, policy, self._engine_for(agent), self._around)
        self._turns[job.id] = turn
        try:
            return await turn.answer(reply)
        finally:
            del self._turns[job.id]

    async def _commit(self, job: Job, reply: Reply, result: FinalEvent | Failed) -> None:
        for pause in COMMIT_PAUSES:
            try:
                await self._ledger.finish(job, reply.parcel, result)
                return
            except StorageError as error:
                log.error("an answer could not be written and is tried again", turn=job.id, error=str(error))
            await self._around.rest(job, pause)
        await self._ledger.finish(job, reply.parcel, result)

    def _start(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        assert self._tasks is not None, "run the worker first"
        self._tasks.start_soon(run)


def _not_admitted(job: Job) -> str:
    return words.NOT_ADMITTED.format(platform=job.address.platform, user_id=job.sender.user_id)
