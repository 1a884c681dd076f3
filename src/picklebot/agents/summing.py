"""A session while it sums itself up: a turn like any other, after which its model goes on from the summary."""

from __future__ import annotations

from dataclasses import replace
from typing import Final as Constant

from picklebot import clock
from picklebot.agents.reply import Reply
from picklebot.agents.session import AgentSession
from picklebot.agents.summary import PROMPT, request, spoken
from picklebot.errors import EngineError
from picklebot.model import words
from picklebot.model.events import Failed, Final, ReplyEvent, ToolStarted
from picklebot.model.history import History, HistoryMessage, Role
from picklebot.model.job import Job
from picklebot.ports.engine import Turn

MOST: Constant = 500
"""Messages that are summed up: the newest, where there are more."""
FEWEST: Constant = 2
"""Fewer are not worth it."""

_NAME: Constant = "compact"
_TOO_LONG: Constant = "too_long"


class SummingSession(AgentSession):
    """A session while one job sums it up. What fails or is stopped changes nothing."""

    _through = 0

    async def _begin(self, job: Job) -> tuple[Job, History]:
        started, history, self._through = await self._around.ledger.begin_summary(job, MOST)
        return started, history

    async def _ask(self, job: Job, history: History, reply: Reply) -> Final | Failed:
        if spoken(history.messages) < FEWEST:
            return Final(words.TOO_LITTLE_TO_SUM_UP)
        reply.push(ToolStarted(job.id, _NAME, words.SUMMING_UP))
        while True:
            try:
                return await self._sum_up(job, history)
            except EngineError as error:
                half = history.messages[len(history.messages) // 2 :]
                if error.code != _TOO_LONG or spoken(half) < FEWEST:
                    raise
                history = replace(history, messages=half)

    async def _sum_up(self, job: Job, history: History) -> Final | Failed:
        """Ask the model, of whose words the chat sees nothing until they are kept."""
        turn = Turn(
            job,
            replace(self._agent, tools=()),
            PROMPT,
            replace(history, messages=(), summary=""),
            self._policy,
            self._around.ledger.steps_of(job),
            text=request(history, job.sums_up or ""),
        )
        result = await self._answered(turn, _unseen)
        if isinstance(result, Failed):
            return result
        if not (summary := result.text.strip()):
            raise EngineError("no_summary", words.NO_SUMMARY, retryable=True)
        row = HistoryMessage(
            Role.SUMMARY, summary, clock.now(), agent=self._agent.id, turn=job.id, through=self._through
        )
        told = words.SUMMED_UP.format(count=spoken(history.messages))
        return Final(told, (row,), result.usage)

    def _failed(self, code: str, text: str) -> Failed:
        return super()._failed(code, words.NOT_SUMMED_UP.format(text=text))

    def _partial(self) -> Final:
        return Final(words.SUM_UP_STOPPED, stopped=True)


def _unseen(_event: ReplyEvent) -> None:
    """What nobody is shown."""
