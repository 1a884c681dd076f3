"""What must survive: one database, written by one writer, in transactions that hold several stores' work.

A store's method takes the transaction it works in, so that a message, its binding and its session are one
commit or nothing. Methods are synchronous: they run in the database's own threads, never on the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from picklebot.model.enclosure import Enclosure
from picklebot.model.history import History, HistoryMessage
from picklebot.model.job import Job
from picklebot.model.parcel import Parcel, ParcelState
from picklebot.model.session import Session

T = TypeVar("T")


class Transaction(Protocol):
    """One open transaction. `connection` and `driver` are the storage's own; only its stores look at them."""

    @property
    def connection(self) -> Any:
        """The connection by which statements are composed."""
        ...

    @property
    def driver(self) -> Any:
        """The same connection as the driver has it, for statements that are prepared."""
        ...

    def after_commit(self, call: Callable[[], None]) -> None:
        """Run `call` on the event loop once the commit is durable, before `Database.write` returns.

        Nothing is called when the transaction is rolled back. Calls run in the order of the commits.
        """
        ...

    def after_rollback(self, call: Callable[[], None]) -> None:
        """Run `call` on the event loop when this work was undone, before `Database.write` raises.

        So what was reserved outside of the database is given back. Exactly one of both kinds is called.
        """
        ...


class Database(Protocol):
    """The one door to the database."""

    async def write(self, work: Callable[[Transaction], T], *, synced: bool = True) -> T:
        """Run `work` in a transaction and return its result once that is durable (fsynced).

        With `synced` off it outlives the process, but a crash of the machine may undo it, and only together with
        all that was written after it: the next synced write makes it durable.

        Writes happen in the order of the calls. Many waiting writes may share one commit; when `work` raises,
        its own changes are undone, those of its neighbours are not. Cancelling the caller does not undo it.
        Raises StorageError when the database is locked, full, broken or closed, and UnwritableError for what can
        never be written; then nothing was.
        """
        ...

    async def persist(self, work: Callable[[Transaction], T], *, synced: bool = True) -> T:
        """The same for what nobody could bring again: tried with growing pauses until it is written.

        Whatever else `work` raises is raised at once, and so is UnwritableError, or StorageError when the database
        is closed.
        """
        ...

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on committed data without waiting for writers. `work` must not write."""
        ...


class Origin(StrEnum):
    """Who introduced a binding: the service, an operator's edit, or a map that outlived its database."""

    SERVICE = "service"
    OPERATOR = "operator"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Binding:
    """A session key's session id, and who said so."""

    session_id: str
    origin: Origin


class BindingStore(Protocol):
    """Session key to session id; each change makes a new revision and stays in the history."""

    def get(self, tx: Transaction, platform: str, key: str) -> Binding | None:
        """The binding of this key, or None where there is proven to be none."""
        ...

    def key_of(self, tx: Transaction, session_id: str) -> tuple[str, str] | None:
        """The platform and the key that are bound to this id; the first where it is shared, None where none is."""
        ...

    def put(self, tx: Transaction, platform: str, key: str, binding: Binding) -> None:
        """Bind the key, replacing what it was bound to. Same id and origin: no new revision."""
        ...

    def remove(self, tx: Transaction, platform: str, key: str) -> None:
        """End the binding; the session stays. No binding: no new revision."""
        ...

    def all(self, tx: Transaction) -> Mapping[tuple[str, str], Binding]:
        """Every binding, by (platform, key)."""
        ...


class SessionStore(Protocol):
    """The sessions themselves."""

    def get(self, tx: Transaction, session_id: str) -> Session | None:
        """The session with its message count, or None where there is proven to be none."""
        ...

    def create(self, tx: Transaction, session: Session) -> None:
        """Add a session. Raises StorageError when the id exists."""
        ...

    def keep(self, tx: Transaction, session: Session) -> None:
        """Keep what its speaker chose: title, model, verbose and agent_chosen. The rest stays as it is."""
        ...

    def find(
        self,
        tx: Transaction,
        *,
        platform: str | None = None,
        agent: str | None = None,
        speaker: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> Sequence[Session]:
        """Sessions, newest activity first (last message, else creation)."""
        ...


class HistoryStore(Protocol):
    """A session's messages: append-only, in the order of the appends.

    A session without a title gets one with its first user's row: how that begins. From the last summary on, what it
    sums up is in no window; all of it is still there to be read by its numbers.
    """

    def append(self, tx: Transaction, session_id: str, messages: Sequence[HistoryMessage]) -> None:
        """Add rows at the end and move the session's `last_message_at` to the last of them.

        A user's row whose (session, turn) is already there is left out, unless it was taken back: a retried message
        counts once.
        Raises NotFoundError when there is no such session.
        """
        ...

    def restate(self, tx: Transaction, session_id: str, message: HistoryMessage) -> None:
        """Put this in the place of the text and the payload of its turn's user's row."""
        ...

    def load(self, tx: Transaction, session_id: str, limit: int) -> History:
        """The window of the last `limit` messages (see `model.history.window`), the summary of what came before those
        that may be in it, and the session's totals."""
        ...

    def messages(
        self, tx: Transaction, session_id: str, *, limit: int = 100, before: int | None = None
    ) -> Sequence[tuple[int, HistoryMessage]]:
        """Rows with their sequence numbers, oldest first: the last `limit` of those before `before`."""
        ...

    def last_question(self, tx: Transaction, session_id: str) -> HistoryMessage | None:
        """The last user's row."""
        ...

    def take_back(self, tx: Transaction, session_id: str, turn: str) -> bool:
        """Take back the rows of the last turn: they are kept, and no longer read by any of the above.

        With them go the summaries that have it in, of which it tells whether there were any: then what they summed up
        is in the window again.
        """
        ...

    def copy(self, tx: Transaction, session_id: str, to: str) -> None:
        """Give the session `to`, which has no rows, those of another; what they cost was spent there.

        Raises NotFoundError when there is no such session.
        """
        ...


class InboxState(StrEnum):
    """Where an accepted message stands."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DedupeKeys:
    """Two independent marks of one message: (platform, bot, update) and (platform, bot, chat, message).

    The bot is in both: a private chat's message ids begin again with another bot.
    """

    update: tuple[str, str, str]
    message: tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Beginning:
    """A job begins for the `attempt`th time; `amended` when its row says more than the job that was added."""

    attempt: int
    amended: bool = False


class Inbox(Protocol):
    """What was accepted, and what became of it."""

    def seen(self, tx: Transaction, keys: DedupeKeys) -> bool:
        """Whether a message with either key was accepted before."""
        ...

    def add(
        self, tx: Transaction, keys: DedupeKeys, job: Job, state: InboxState = InboxState.ACCEPTED
    ) -> bool:
        """Keep the job under its keys; False when a message with either key was accepted before.

        A command that was carried out at once is added as DONE.
        """
        ...

    def amend(self, tx: Transaction, job: Job, *, begun: bool = False) -> bool:
        """Keep this in the place of the job of its id, as long as that waits; False where it does not.

        With `begun` also later: only a turn that begins again goes by it.
        """
        ...

    def waits(self, tx: Transaction, job_id: str) -> bool:
        """Whether this job waits for its turn."""
        ...

    def awaiting(self, tx: Transaction) -> Sequence[Job]:
        """The jobs that wait for the rest of their question."""
        ...

    def start(self, tx: Transaction, job_id: str) -> Beginning:
        """Mark the job as running, and tell how often it was begun, this time too.

        Raises EndedError for a job that has ended, or was never added.
        """
        ...

    def release(self, tx: Transaction, job_id: str) -> None:
        """A running job was cut off in good order: it waits again, and its beginnings stay counted."""
        ...

    def finish(self, tx: Transaction, job_id: str, state: InboxState, reason: str = "") -> None:
        """Mark the job as done or failed; `reason` is for the operator. The first end is the one that counts."""
        ...

    def find(self, tx: Transaction, message: tuple[str, str, str, str]) -> tuple[str, InboxState] | None:
        """The job of the message with this mark (see `DedupeKeys.message`), and where it stands."""
        ...

    def load(self, tx: Transaction, job_id: str) -> Job | None:
        """The job, as long as it has not ended."""
        ...

    def unfinished(self, tx: Transaction) -> Iterator[Job]:
        """Every job that is accepted or running, in the order of arrival, read as it is asked for."""
        ...

    def interrupted(self, tx: Transaction) -> frozenset[str]:
        """The ids of jobs that are running: at a start, those that an unclean stop cut off."""
        ...


class Outbox(Protocol):
    """What is owed to chats, kept until it arrived. A chat is the text of `model.parcel.chat_of`."""

    def put(self, tx: Transaction, parcel: Parcel) -> None:
        """Owe this: state `new` when it has a text, else `open`. A parcel of that id keeps its parts.

        With `calls` a call is owed, too, unless one was noted before.
        """
        ...

    def note_sending(self, tx: Transaction, parcel: Parcel, index: int) -> None:
        """Part `index` is about to be sent. Makes the parcel when it is not there.

        Until one of the next three is noted nobody knows whether it arrived.
        """
        ...

    def note_posted(self, tx: Transaction, parcel: Parcel, index: int, message_id: str) -> None:
        """Part `index` is shown by the platform's message `message_id`. Makes the parcel when it is not there."""
        ...

    def note_not_sent(self, tx: Transaction, parcel_id: str, index: int) -> None:
        """Part `index` was surely not sent."""
        ...

    def note_uncertain(self, tx: Transaction, parcel_id: str, index: int) -> None:
        """Part `index` may have been sent."""
        ...

    def settle(self, tx: Transaction, parcel: Parcel, state: ParcelState, now: datetime) -> None:
        """The parcel came to an end: it arrived, can never arrive, or came too late."""
        ...

    def parts(self, tx: Transaction, parcel: Parcel) -> Parcel:
        """The same with what is known of its messages now: `posted`, `uncertain` and `status`, what became of its
        `files`, and `calls` as long as no call was begun."""
        ...

    def adopt(self, tx: Transaction, parcel: Parcel) -> None:
        """Let the message that stands for this parcel show its text, unless another one does already."""
        ...

    def has(self, tx: Transaction, parcel_id: str) -> bool:
        """Whether anything was noted of a parcel of this id; an open one is shown in part, or was to be."""
        ...

    def text(self, tx: Transaction, parcel_id: str) -> str | None:
        """The whole text of this parcel, or None while it is being written or where there is none."""
        ...

    def files(self, tx: Transaction, parcel_id: str) -> Sequence[Enclosure]:
        """The files that come with this parcel, whatever became of them."""
        ...

    def owed(self, tx: Transaction, chat: str, limit: int) -> Sequence[Parcel]:
        """The first parcels that are owed to this chat, in the order in which they became complete."""
        ...

    def owed_chats(self, tx: Transaction) -> Sequence[str]:
        """Every chat that is owed something, the longest waiting first."""
        ...

    def recover(self, tx: Transaction) -> Sequence[str]:
        """What is being sent when the process begins was cut off: uncertain. Gives the ids of open parcels."""
        ...

    def grant_line(self, tx: Transaction, parcel: Parcel, now: datetime, *, most: int, every: float) -> bool:
        """Whether the chat may be told of this parcel, which came too late: `most` times in `every` seconds.

        A parcel that was granted its line keeps it.
        """
        ...


class NoticeLog(Protocol):
    """Which short notices were given when, so that nobody is told the same thing all day."""

    def due(self, tx: Transaction, subject: str, now: datetime, every: float) -> bool:
        """Whether `subject` was not noticed in the last `every` seconds; a True answer counts as given now."""
        ...
