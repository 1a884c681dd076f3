"""What a turn writes: its beginning, and its end in one commit with the answer that is owed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from picklebot import clock
from picklebot.agents.question import asked, told
from picklebot.agents.steering import Steered
from picklebot.agents.steps import TurnSteps
from picklebot.model import words
from picklebot.model.events import Failed, Final
from picklebot.model.history import History, HistoryMessage, Role
from picklebot.model.job import Job
from picklebot.model.parcel import Parcel
from picklebot.ports.steps import StepStore
from picklebot.ports.storage import Beginning, Database, HistoryStore, Inbox, InboxState, Outbox, Transaction
from picklebot.replies.age import calls
from picklebot.sessions.quotas import Quotas


@dataclass(frozen=True, slots=True)
class TurnLedger:
    """The stores that a turn's result is committed to, all in one transaction."""

    database: Database
    inbox: Inbox
    history: HistoryStore
    outbox: Outbox
    steps: StepStore
    quotas: Quotas

    async def begin(self, job: Job, window: int, *, anew: bool = False) -> tuple[Job, History]:
        """Charge a try, append the speaker's message, and load the history from before it.

        The job that it gives is as it stands now: more may have been said to it while it waited. To begin `anew`, as
        more was said before anything was answered, is no further try.

        Raises EndedError when the job has ended meanwhile: its speaker took it back.
        """

        def work(tx: Transaction) -> tuple[Job, History]:
            beginning = Beginning(job.attempt, amended=True) if anew else self.inbox.start(tx, job.id)
            current = self.inbox.load(tx, job.id) if beginning.amended else None
            started = replace(current or job, attempt=beginning.attempt)
            row = asked(started)
            self.history.append(tx, job.session_id, [row])
            if current is not None:
                self.history.restate(tx, job.session_id, row)
            loaded = self.history.load(tx, job.session_id, window + 1)
            earlier = tuple(message for message in loaded.messages if message.turn != job.id)
            return started, replace(loaded, messages=earlier)

        # What the process may do to itself is what is counted here, and that leaves the count standing.
        return await self.database.persist(work, synced=False)

    async def begin_summary(self, job: Job, most: int) -> tuple[Job, History, int]:
        """Charge a try, and load what is to be summed up: at most so many messages, and the number of the last row.

        Nothing is said by it that belongs into the history. Raises EndedError as `begin` does.
        """

        def work(tx: Transaction) -> tuple[Job, History, int]:
            started = replace(job, attempt=self.inbox.start(tx, job.id).attempt)
            last = self.history.messages(tx, job.session_id, limit=1)
            return started, self.history.load(tx, job.session_id, most), last[-1][0] if last else 0

        return await self.database.persist(work, synced=False)

    async def restate(self, job: Job, text: str) -> None:
        """Keep how the question reads now that its files were read."""
        if text != told(job):
            row = asked(job, text)
            await self.database.persist(
                lambda tx: self.history.restate(tx, job.session_id, row), synced=False
            )

    async def finish(self, job: Job, parcel: Parcel, result: Final | Failed, steered: Steered) -> None:
        """Commit the answer, what is owed to the chat, and the end of the job, together.

        Of what was `steered` into the turn, what the answer had the words of ends with it.
        """
        files = result.files if isinstance(result, Final) else ()
        text = words.answer(result.text, files=bool(files))
        # The writing may have taken long: only from now on does the answer grow stale.
        now = clock.now()
        stopped = isinstance(result, Final) and result.stopped
        ringing = calls(parcel, now) and not stopped
        owed = replace(parcel, text=text, created_at=now, calls=ringing, files=files)
        cost = await self.quotas.cost(result.usage) if isinstance(result, Final) else 0

        def work(tx: Transaction) -> None:
            answered: frozenset[str] = frozenset()
            match result:
                case Final(messages=messages):
                    rows = [*_belonging(messages, job)]
                    answered = frozenset(row.turn for row in rows if row.role is Role.USER)
                    if rows:
                        rows[-1] = _closing(rows[-1], result)
                    self.history.append(tx, job.session_id, rows)
                    self.quotas.spend(tx, job, result.usage, cost)
                    self.inbox.finish(tx, job.id, InboxState.DONE)
                case Failed(code=code):
                    self.inbox.finish(tx, job.id, InboxState.FAILED, code)
            self.outbox.put(tx, owed)
            steered.settle(tx, answered)

        await self.database.persist(work)

    def steps_of(self, job: Job) -> TurnSteps:
        """The steps of this turn, over all of its tries."""
        taken = (job.taken_into, job.taken_at) if job.taken_into else None
        return TurnSteps(self.database, self.steps, job.id, taken)


def _belonging(messages: Sequence[HistoryMessage], job: Job) -> Iterator[HistoryMessage]:
    """The rows of an answer, each with the question that it came after: taken back, that goes with what it led to."""
    turn = job.id
    for row in messages:
        if row.role is Role.USER:
            turn = row.turn
            yield row
        else:
            yield replace(row, turn=turn, agent=row.agent or job.agent)


def _closing(row: HistoryMessage, result: Final) -> HistoryMessage:
    """The last row of an answer, with what all of it cost and the files that it comes with."""
    if result.usage.requests:
        row = replace(row, input_tokens=result.usage.input_tokens, output_tokens=result.usage.output_tokens)
    return replace(row, files=tuple(file.path for file in result.files)) if result.files else row
