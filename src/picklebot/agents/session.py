"""One turn of one session: resume the history, run the engine, and commit what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final as Constant

import anyio
import structlog

from picklebot.agents.prompt import system_prompt
from picklebot.errors import EngineError
from picklebot.model import words
from picklebot.model.agent import AgentDefinition
from picklebot.model.events import Failed, Final
from picklebot.model.history import History, HistoryMessage, Role
from picklebot.model.job import Job
from picklebot.model.parcel import Parcel
from picklebot.model.session import SessionPolicy
from picklebot.ports.engine import Engine, Turn
from picklebot.ports.storage import Database, HistoryStore, Inbox, InboxState, Outbox, Transaction
from picklebot.replies.stream import ReplyStream

log = structlog.get_logger()

CLOSE_SECONDS: Constant = 3.0
"""How long an engine that was stopped may take to let go of its model; nobody waits longer for it."""


@dataclass(frozen=True, slots=True)
class TurnLedger:
    """The stores that a turn's result is committed to, all in one transaction."""

    database: Database
    inbox: Inbox
    history: HistoryStore
    outbox: Outbox

    async def begin(self, job: Job, window: int) -> tuple[Job, History]:
        """Count the attempt, append the speaker's message, and load the history from before it."""

        def work(tx: Transaction) -> tuple[Job, History]:
            started = self.inbox.start(tx, job.id)
            row = HistoryMessage(Role.USER, job.text, job.accepted_at, turn=job.id)
            self.history.append(tx, job.session_id, [row])
            loaded = self.history.load(tx, job.session_id, window + 1)
            earlier = tuple(message for message in loaded.messages if message.turn != job.id)
            return started, replace(loaded, messages=earlier)

        return await self.database.persist(work)

    async def finish(self, job: Job, result: Final | Failed) -> None:
        """Commit the answer, what is owed to the chat, and the end of the job, together."""
        parcel = replace(parcel_of(job), text=result.text if result.text.strip() else words.EMPTY_ANSWER)

        def work(tx: Transaction) -> None:
            match result:
                case Final(messages=messages):
                    rows = [replace(row, turn=job.id, agent=row.agent or job.agent) for row in messages]
                    self.history.append(tx, job.session_id, rows)
                    self.inbox.finish(tx, job.id, InboxState.DONE)
                case Failed(code=code):
                    self.inbox.finish(tx, job.id, InboxState.FAILED, code)
            self.outbox.put(tx, parcel)

        await self.database.persist(work)


class AgentSession:
    """A session while it answers one job."""

    def __init__(self, job: Job, agent: AgentDefinition, policy: SessionPolicy, engine: Engine) -> None:
        self._job = job
        self._agent = agent
        self._policy = policy
        self._engine = engine

    async def answer(self, history: History, stream: ReplyStream) -> Final | Failed:
        """Run the engine, passing on what it says. The result is returned, not pushed: commit it first.

        Cancellation passes through, and so does what nobody expected of an engine.
        """
        turn = Turn(self._job, self._agent, system_prompt(self._agent, self._job), history, self._policy)
        deadline = min(self._agent.turn_timeout, self._policy.deadline)
        fields = {"session": self._job.session_id, "turn": self._job.id, "agent": self._agent.id}
        try:
            with anyio.move_on_after(deadline):
                return await self._run(turn, stream)
        except EngineError as error:
            log.warning("a turn failed", error=str(error), **fields)
            return Failed(error.code, error.text)
        log.warning("a turn took too long and was ended", seconds=deadline, **fields)
        return Failed("deadline", words.TOOK_TOO_LONG)

    async def _run(self, turn: Turn, stream: ReplyStream) -> Final | Failed:
        events = self._engine.run(turn)
        try:
            async for event in events:
                if isinstance(event, Final | Failed):
                    return event
                stream.push(event)
        finally:
            if (close := getattr(events, "aclose", None)) is not None:
                with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                    await close()
        raise EngineError(
            "no_end", words.WENT_WRONG.format(reference=self._job.id[:8]), detail="no Final event"
        )


def parcel_of(job: Job) -> Parcel:
    """The reply that this job is owed; its id is the job's, so a repeated turn edits what is posted already."""
    return Parcel(job.id, job.session_id, job.address, datetime.now(UTC))
