"""What of a database the gateway works with."""

from __future__ import annotations

from dataclasses import dataclass, field

from picklebot.storage.bindings import SqlBindings
from picklebot.storage.choices import SqlChoices
from picklebot.storage.doors import SqlListEdits, SqlPairings
from picklebot.storage.file_links import SqlFileLinks
from picklebot.storage.history import SqlHistory
from picklebot.storage.inbox import SqlInbox
from picklebot.storage.links import SqlLinks
from picklebot.storage.messages import SqlMessages
from picklebot.storage.moves import SqlMoves
from picklebot.storage.notices import SqlNotices
from picklebot.storage.outbox import SqlOutbox
from picklebot.storage.quotas import SqlQuotas
from picklebot.storage.records import SqlRecords
from picklebot.storage.sessions import SqlSessions
from picklebot.storage.steps import SqlSteps


@dataclass(frozen=True, slots=True)
class Stores:
    """The rows of one database, by what they are about."""

    bindings: SqlBindings = field(default_factory=SqlBindings)
    sessions: SqlSessions = field(default_factory=SqlSessions)
    history: SqlHistory = field(default_factory=SqlHistory)
    inbox: SqlInbox = field(default_factory=SqlInbox)
    messages: SqlMessages = field(default_factory=SqlMessages)
    outbox: SqlOutbox = field(default_factory=SqlOutbox)
    moves: SqlMoves = field(default_factory=SqlMoves)
    notices: SqlNotices = field(default_factory=SqlNotices)
    steps: SqlSteps = field(default_factory=SqlSteps)
    records: SqlRecords = field(default_factory=SqlRecords)
    choices: SqlChoices = field(default_factory=SqlChoices)
    pairings: SqlPairings = field(default_factory=SqlPairings)
    links: SqlLinks = field(default_factory=SqlLinks)
    file_links: SqlFileLinks = field(default_factory=SqlFileLinks)
    list_edits: SqlListEdits = field(default_factory=SqlListEdits)
    quotas: SqlQuotas = field(default_factory=SqlQuotas)
