"""A session while it answers one job: its tries, its deadline, and its stop."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import anyio
import structlog

from picklebot import clock
from picklebot.agents.files import WrittenFiles
from picklebot.agents.ledger import TurnLedger
from picklebot.agents.prompt import system_prompt
from picklebot.agents.question import told
from picklebot.agents.reading import Read, Reading
from picklebot.agents.reply import Reply
from picklebot.agents.run import EngineRun
from picklebot.agents.silence import Silence
from picklebot.agents.steering import Steered
from picklebot.errors import EngineError
from picklebot.model import words
from picklebot.model.agent import AgentDefinition, Busy
from picklebot.model.events import Failed, Final, ReplyEvent
from picklebot.model.history import History, HistoryMessage, Role
from picklebot.model.job import Job
from picklebot.model.patience import Tries
from picklebot.model.remark import Remark
from picklebot.model.session import SessionPolicy
from picklebot.ports.engine import Engine, Turn
from picklebot.ports.results import ResultStore

log = structlog.get_logger()

Rest = Callable[[Job, float], Awaitable[None]]
"""Wait between two tries while others run (`ports.queue.Queue.rest`)."""


TalkBefore = Callable[[Job], Awaitable[tuple[Remark, ...]]]
"""What was said in the chat before a question."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every turn needs: where it is written, how often it is tried, who owns its engine's task, what was said
    around it, who reads the files that came with it, who knows when nothing more belongs to a question, and where its
    tools write files."""

    ledger: TurnLedger
    tries: Tries
    rest: Rest
    start: Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
    talk_before: TalkBefore
    reading: Reading | None = None
    whole: Callable[[Job], Awaitable[None]] | None = None
    results: ResultStore | None = None


class AgentSession:
    """A session while it answers one job."""

    def __init__(
        self,
        job: Job,
        agent: AgentDefinition,
        policy: SessionPolicy,
        *,
        engine: Engine,
        around: Surroundings,
        steered: Steered,
    ) -> None:
        """`steered` is what comes into the turn, as far as its agent wants that."""
        self._job = job
        self._steered = steered
        self._agent = agent
        self._policy = policy
        self._engine = engine
        self._around = around
        self._run: EngineRun | None = None
        self._silence = Silence()
        self._asking = anyio.CancelScope()
        self._files: WrittenFiles | None = None
        self._scope = anyio.CancelScope()
        self._stopped = False
        self._fields = {"session": job.session_id, "turn": job.id, "agent": agent.id}

    def stop(self, *, dropping: bool = False) -> None:
        """End the turn now; what was said so far is its answer."""
        self._steered.close(dropping=dropping)
        self._stopped = True
        self._scope.cancel()

    def grow(self, job_id: str) -> bool:
        """See Running. What was taken in does not grow, it is followed."""
        return job_id == self._job.id and self._silence.grow()

    def begin_anew(self) -> None:
        """See Running."""
        self._asking.cancel()

    async def answer(self, reply: Reply) -> Final | Failed:
        """Run the engine, passing on what it says. The result is returned, not pushed: commit it first.

        All tries and the pauses between them have one deadline. Cancellation from outside passes through, and
        EndedError when the job ended before it was begun. Whatever else it raises is a fault of our own.
        """
        deadline = min(self._agent.turn_timeout, self._policy.deadline)
        with self._scope:
            self._scope.deadline = anyio.current_time() + deadline
            return self._with_files(await self._try(reply))
        if self._stopped:
            log.info("a turn was stopped by its speaker", **self._fields)
            return self._with_files(self._partial())
        log.warning("a turn took too long and was ended", seconds=deadline, **self._fields)
        return self._failed("deadline", words.TOOK_TOO_LONG)

    async def _try(self, reply: Reply) -> Final | Failed:
        """Try until there is an answer, an error that stays, or no try left."""
        tries = self._around.tries
        job = self._job
        while True:
            if self._silence.grown:
                job, history = await self._begin_anew(job)
            elif job.attempt >= tries.most:
                log.error("a message was given up", attempts=job.attempt, **self._fields)
                return self._failed("gave_up", words.gave_up(job.attempt))
            else:
                job, history = await self._begin(job)
            try:
                with anyio.CancelScope() as self._asking:
                    if not self._silence.grown:
                        result = await self._ask(job, history, reply)
                        if self._silence.end():
                            return result
                continue
            except EngineError as error:
                log.warning("a turn failed", error=str(error), attempt=job.attempt, **self._fields)
                failed, mends = self._failed(error.code, error.text), error.retryable
            except Exception:
                log.exception("a turn failed unexpectedly", **self._fields)
                failed, mends = self._failed("unexpected", words.WENT_WRONG), False
            if not self._silence.end():
                continue
            # What was taken in may be what it failed at.
            if not (mends or self._steered.taken) or job.attempt >= tries.most:
                return failed
            if self._steered.taken:
                await self._steered.give_back()
            reply.begin_again()
            await self._around.rest(job, _jittered(tries.pause(job.attempt)))

    async def _begin(self, job: Job) -> tuple[Job, History]:
        return await self._around.ledger.begin(job, self._policy.history_window)

    async def _begin_anew(self, job: Job) -> tuple[Job, History]:
        """Nobody has heard anything yet, and the question has grown: it is answered as a whole."""
        if self._around.whole is not None:
            await self._around.whole(job)
        self._silence.begin_anew()
        log.info("a turn begins anew with more to its question", **self._fields)
        if self._steered.taken:
            await self._steered.give_back()
        return await self._around.ledger.begin(job, self._policy.history_window, anew=True)

    async def _ask(self, job: Job, history: History, reply: Reply) -> Final | Failed:
        steps = self._around.ledger.steps_of(job)
        prompt, talk = system_prompt(self._agent, job), await self._around.talk_before(job)
        read = await self._read(job)
        more = self._steered if self._agent.busy is Busy.STEER else None
        self._files = WrittenFiles(results, job.session_id) if (results := self._around.results) else None
        turn = Turn(
            job,
            self._agent,
            prompt,
            history,
            self._policy,
            steps,
            talk=talk,
            text=read.text,
            pictures=read.pictures,
            more=more,
            files=self._files,
        )
        return await self._answered(turn, partial(self._show, reply))

    async def _answered(self, turn: Turn, show: Callable[[ReplyEvent], None]) -> Final | Failed:
        self._run = EngineRun(self._engine, turn, show)
        self._around.start(self._run.run)
        return await self._run.result()

    def _show(self, reply: Reply, event: ReplyEvent) -> None:
        if self._silence.end():
            reply.push(event)

    async def _read(self, job: Job) -> Read:
        """The question with what came with it, which later turns are told of, too."""
        if not job.attachments or self._around.reading is None:
            return Read(told(job))
        read = await self._around.reading.read(job)
        await self._around.ledger.restate(job, read.text)
        return read

    def _failed(self, code: str, text: str) -> Failed:
        return Failed(code, words.with_reference(text, self._job.id))

    def _with_files(self, result: Final | Failed) -> Final | Failed:
        """An answer with the files that were written for it."""
        if self._files is None or isinstance(result, Failed):
            return result
        return replace(result, files=self._files.written) if self._files.written else result

    def _partial(self) -> Final:
        """What was said before the stop, kept and marked as such."""
        said = self._run.text.strip() if self._run else ""
        text = words.STOPPED_AFTER.format(text=said) if said else words.STOPPED_AT_ONCE
        row = HistoryMessage(Role.ASSISTANT, text, clock.now(), agent=self._agent.id)
        return Final(text, (row,), stopped=True)


def _jittered(seconds: float) -> float:
    """Up to a quarter more or less, so that many turns that failed together do not come back together."""
    return seconds * random.uniform(0.75, 1.25)  # noqa: S311 - nothing is kept secret by it
