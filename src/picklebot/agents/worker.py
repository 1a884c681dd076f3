"""The agent worker: takes the next job of a lane and sees it to its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Final

import anyio
import structlog
from anyio.abc import TaskGroup, TaskStatus

from picklebot.agents.ledger import TurnLedger
from picklebot.agents.reading import Reading
from picklebot.agents.reply import Reply
from picklebot.agents.running import RunningTurns
from picklebot.agents.session import AgentSession, Rest, Surroundings, TalkBefore
from picklebot.agents.steering import Steered, Steering
from picklebot.agents.summing import SummingSession
from picklebot.errors import EndedError, NotFoundError
from picklebot.model import words
from picklebot.model.agent import AgentDefinition
from picklebot.model.events import Failed
from picklebot.model.events import Final as FinalEvent
from picklebot.model.job import Job
from picklebot.model.parcel import Parcel
from picklebot.model.patience import Tries
from picklebot.model.schedule import SCHEDULE
from picklebot.ports.agents import Agents
from picklebot.ports.engine import Engine
from picklebot.ports.news import News, NewsKind
from picklebot.ports.results import ResultStore
from picklebot.ports.rules import Rules
from picklebot.replies.delivery import Delivery

log = structlog.get_logger()

_NOT_ADMITTED: Final = "not_admitted"
_NOT_FOR_YOU: Final = "not_for_you"
_REFUSALS: Final = frozenset({_NOT_ADMITTED, _NOT_FOR_YOU})


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
        rest: Rest,
        talk_before: TalkBefore,
        turns: RunningTurns,
        steering: Steering,
        tries: Tries | None = None,
        news: News | None = None,
        whole: Callable[[Job], Awaitable[None]] | None = None,
        reading: Reading | None = None,
        results: ResultStore | None = None,
    ) -> None:
        """`whole` waits for the rest of a question that comes in several messages, `reading` reads their files.

        Tools may write files where there are `results` to keep them.
        """
        self._whole = whole
        self._ledger = ledger
        self._agents = agents
        self._rules = rules
        self._engine_for = engine_for
        self._delivery = delivery
        self._news = news
        self._around = Surroundings(
            ledger, tries or Tries(), rest, self._start, talk_before, reading, whole, results
        )
        self._turns = turns
        self._steering = steering
        self._tasks: TaskGroup | None = None

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Own the engines' tasks until cancelled; `handle` needs it."""
        async with anyio.create_task_group() as self._tasks:
            task_status.started()
            await anyio.sleep_forever()

    async def handle(self, job: Job) -> None:
        """Answer one job. When this returns, its result is committed and on its way to the chat."""
        with words.in_language(job.address.language):
            await self._handle(job)

    async def _handle(self, job: Job) -> None:
        reply, steered = Reply(self._delivery, job), self._steering.into(job)
        try:
            if job.awaits and self._whole is not None:
                await self._whole(job)
            result = await self._result(job, reply, steered)
            result = await self._finish(job, reply.parcel, result, steered)
            reply.push(result)
            if isinstance(result, Failed):
                self._report(job, result.code)
        except EndedError:
            log.info("a message was taken back before it was begun", turn=job.id)
        finally:
            self._turns.over(job.id)
            reply.abandon()

    async def _result(self, job: Job, reply: Reply, steered: Steered) -> FinalEvent | Failed:
        """How the turn ended, whatever happened in it: its speaker is always told something."""
        try:
            return await self._answer(job, reply, steered)
        except EndedError:
            raise
        except Exception:
            log.exception("a turn failed unexpectedly", session=job.session_id, turn=job.id, agent=job.agent)
            return _unexpected(job)
        finally:
            steered.close()

    async def _finish(
        self, job: Job, parcel: Parcel, result: FinalEvent | Failed, steered: Steered
    ) -> FinalEvent | Failed:
        """Commit the result; one that cannot be kept is a failure that is, so that the message has its end."""
        try:
            await self._ledger.finish(job, parcel, result, steered)
        except Exception:
            log.exception("a result cannot be kept", session=job.session_id, turn=job.id, agent=job.agent)
            result = _unexpected(job)
            await self._ledger.finish(job, parcel, result, steered)
        return result

    async def _answer(self, job: Job, reply: Reply, steered: Steered) -> FinalEvent | Failed:
        agent = self._agent(job.agent)
        if agent is None:
            return Failed("no_agent", words.AGENT_GONE.format(agent=job.agent))
        # Before anything is kept: in a shared session it would be read to the model with the next turn.
        if (refusal := self._refusal(job, agent)) is not None:
            return refusal
        agent = agent.choosing(job.model) if job.model else agent
        policy = self._rules.policy(job.mode)
        session = AgentSession if job.sums_up is None else SummingSession
        turn = session(
            job, agent, policy, engine=self._engine_for(agent), around=self._around, steered=steered
        )
        with self._turns.running(job.id, turn):
            result = await turn.answer(reply)
            return _explained(result, agent, reply.tools) if job.verbose else result

    def _refusal(self, job: Job, agent: AgentDefinition) -> Failed | None:
        """Why this speaker may not ask, as it stands now; they may have been admitted when they wrote.

        A schedule is the operator's own, who names its agent, so every agent answers it.
        """
        if not self._rules.admits(job.address, job.sender):
            return Failed(_NOT_ADMITTED, words.not_admitted(job.address.platform, job.sender.user_id))
        if not agent.answers(job.sender.user_id) and job.address.platform != SCHEDULE:
            return Failed(_NOT_FOR_YOU, words.NOT_FOR_AGENT.format(agent=agent.name))
        return None

    def _report(self, job: Job, code: str) -> None:
        """Let the operators know of a failure; that somebody may not ask is none."""
        if self._news is None or code in _REFUSALS:
            return
        with words.for_operators():
            if (reason := words.KEY_REASONS.get(code)) is not None:
                self._news.tell(NewsKind.KEY_REFUSED, words.NEWS_KEY.format(agent=job.agent, reason=reason))
            else:
                self._news.tell(NewsKind.DEAD_LETTER, _dead_letter(job, code))

    def _agent(self, agent_id: str) -> AgentDefinition | None:
        try:
            return self._agents.get(agent_id)
        except NotFoundError:
            return None

    def _start(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        assert self._tasks is not None, "run the worker first"
        self._tasks.start_soon(run)


def _unexpected(job: Job) -> Failed:
    return Failed("unexpected", words.with_reference(words.WENT_WRONG, job.id))


def _explained(
    result: FinalEvent | Failed, agent: AgentDefinition, tools: Sequence[str]
) -> FinalEvent | Failed:
    """An answer with a line on how it came about; only the chat reads that, not the model."""
    if isinstance(result, Failed):
        return result
    usage = result.usage
    line = words.explanation(agent.model.name, tools, usage.input_tokens, usage.output_tokens)
    return replace(result, text=f"{result.text}\n\n{line}")


def _dead_letter(job: Job, code: str) -> str:
    return words.NEWS_DEAD_LETTER.format(
        platform=job.address.platform, speaker=job.sender.user_id, reason=code, reference=job.id[:8]
    )
