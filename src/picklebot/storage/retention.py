"""What is kept for how long. Old rows go in small batches, so that no message waits for it.

Readers look for what may go; the writer gets at most `BATCH` rows at a time, which takes it milliseconds.
Messages of conversations, and the files that agents wrote, are kept until somebody deletes their session.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio
import structlog
from anyio.to_thread import run_sync
from sqlalchemy import ColumnElement, Select, Table, delete, func, or_, select, update

from picklebot import clock
from picklebot.errors import StorageError
from picklebot.model.quota import DAY
from picklebot.ports.storage import Transaction
from picklebot.storage.database import Database
from picklebot.storage.ledger import last_written
from picklebot.storage.tables import (
    binding_history,
    choices,
    file_links,
    inbox,
    link_offers,
    notices,
    outbox,
    pairings,
    posted,
    quotas,
    turn_steps,
)

log = structlog.get_logger()

BATCH: Final = 200
EVERY_SECONDS: Final = 3_600.0

REDELIVERIES: Final = timedelta(days=7)
"""For so long a message that comes again is known; its row, and the reply's, goes after that."""
DEAD_LETTERS: Final = timedelta(days=30)
"""For so long an operator can see, and redrive, what failed."""
NOTICES: Final = timedelta(days=7)
REVISIONS: Final = timedelta(days=30)
"""An editor that opened config.runtime.yaml so long ago, or later, is judged by what it had seen."""
MEDIA: Final = timedelta(days=30)

_SETTLED: Final = ("sent", "parked", "expired")
_ENDED: Final = ("done", "failed")
_HANDLE: Final = '%"interaction": "%'


@dataclass(frozen=True, slots=True)
class Rule:
    """What may go from one table: `old` says which rows, `key` counts them up, `first` empties what hangs on them."""

    table: Table
    key: ColumnElement[Any]
    old: ColumnElement[bool]
    first: Table | None = None


class Retention:
    """`run` sweeps at the start and then every hour, until it is cancelled."""

    def __init__(self, database: Database, media: Path, *, now: Callable[[], datetime] = clock.now) -> None:
        self._database = database
        self._media = media
        self._now = now
        self._handles_known_since = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Sweep for ever. A sweep that fails is told, and tried again at the next hour."""
        while True:
            try:
                await self.sweep()
            except (StorageError, OSError) as error:
                log.warning("what is old could not be removed; the next hour tries again", reason=str(error))
            await anyio.sleep(EVERY_SECONDS)

    async def sweep(self) -> None:
        """Remove what is old, once."""
        now = self._now()
        removed = {rule.table.name: await self._remove(rule) for rule in await self._rules(now)}
        removed["handles"] = await self._forget_handles(now)
        removed["media"] = await run_sync(remove_files, self._media, (now - MEDIA).timestamp())
        if any(removed.values()):
            log.info("what was old was removed", **removed)

    async def _rules(self, now: datetime) -> Sequence[Rule]:
        floor = await self._database.read(lambda tx: _oldest_revision(tx, now - REVISIONS))
        return (
            Rule(inbox, inbox.c.arrival, _old_message(now)),
            Rule(turn_steps, turn_steps.c.number, _step_without_message(now)),
            Rule(outbox, outbox.c.number, _old_parcel(now), first=posted),
            Rule(notices, notices.c.subject, notices.c.at < now - NOTICES),
            Rule(choices, choices.c.handle, choices.c.until < now - NOTICES),
            Rule(quotas, quotas.c.speaker, quotas.c.since < now - DAY),
            Rule(pairings, pairings.c.digest, pairings.c.until < now),
            Rule(link_offers, link_offers.c.digest, link_offers.c.until < now),
            Rule(file_links, file_links.c.digest, file_links.c.until < now),
            Rule(binding_history, binding_history.c.revision, _superseded(floor)),
        )

    async def _remove(self, rule: Rule) -> int:
        removed = 0
        async for keys in self._batches(rule.key, rule.old):
            removed += await self._database.write(partial(_delete, rule=rule, keys=keys))
        return removed

    async def _forget_handles(self, now: datetime) -> int:
        """The handle of a slash command is a secret that serves nobody once its message came to an end."""
        forgotten = 0
        ended = inbox.c.state.in_(_ENDED) & (inbox.c.changed_at >= self._handles_known_since)
        async for keys in self._batches(inbox.c.arrival, ended & inbox.c.job.like(_HANDLE)):
            await self._database.write(partial(_forget, keys=keys))
            forgotten += len(keys)
        self._handles_known_since = now - timedelta(seconds=EVERY_SECONDS)
        return forgotten

    async def _batches(
        self, key: ColumnElement[Any], old: ColumnElement[bool]
    ) -> AsyncGenerator[Sequence[Any]]:
        """The keys of all such rows, in order, a batch at a time."""
        statement = select(key).where(old).order_by(key).limit(BATCH)
        while keys := await self._database.read(partial(_ask, statement=statement)):
            yield keys
            statement = select(key).where(old, key > keys[-1]).order_by(key).limit(BATCH)


def remove_files(folder: Path, before: float) -> int:
    """Remove the files below `folder` that were last written before that time, and return how many.

    Links are not followed, and folders stay: somebody may be about to write into one.
    """
    removed = 0
    for place, _, names in os.walk(folder):
        for path in (Path(place, name) for name in names):
            try:
                status = path.lstat()
                if stat.S_ISREG(status.st_mode) and status.st_mtime < before:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:
                continue  # whoever it belonged to was faster
    return removed


def _ask(tx: Transaction, statement: Select[Any]) -> Sequence[Any]:
    return tx.connection.execute(statement).scalars().all()


def _delete(tx: Transaction, rule: Rule, keys: Sequence[Any]) -> int:
    """Those that are still old: in the meantime an operator may have redriven one."""
    gone = rule.key.in_(keys) & rule.old
    if rule.first is not None:
        parents = select(rule.table.c.parcel_id).where(gone)
        tx.connection.execute(delete(rule.first).where(rule.first.c.parcel_id.in_(parents)))
    return tx.connection.execute(delete(rule.table).where(gone)).rowcount


def _forget(tx: Transaction, keys: Sequence[int]) -> None:
    rows = tx.connection.execute(select(inbox.c.arrival, inbox.c.job).where(inbox.c.arrival.in_(keys))).all()
    for arrival, dumped in rows:
        job = json.loads(dumped)
        job["address"]["interaction"] = None
        bare = update(inbox).where(inbox.c.arrival == arrival).values(job=json.dumps(job))
        tx.connection.execute(bare)


def _old_message(now: datetime) -> ColumnElement[bool]:
    done = (inbox.c.state == "done") & (inbox.c.changed_at < now - REDELIVERIES)
    failed = (inbox.c.state == "failed") & (inbox.c.changed_at < now - DEAD_LETTERS)
    return or_(done, failed)


def _step_without_message(now: datetime) -> ColumnElement[bool]:
    """As long as a message may have its turn again, that turn must know what it did."""
    message = select(inbox.c.job_id).where(inbox.c.job_id == turn_steps.c.turn).exists()
    return (turn_steps.c.started_at < now - REDELIVERIES) & ~message


def _old_parcel(now: datetime) -> ColumnElement[bool]:
    return outbox.c.state.in_(_SETTLED) & (
        func.coalesce(outbox.c.settled_at, outbox.c.created_at) < now - REDELIVERIES
    )


def _oldest_revision(tx: Transaction, before: datetime) -> int:
    """The oldest revision that anybody may still ask for: an editor's buffer, or the file as it was written."""
    newest_then = select(func.coalesce(func.max(binding_history.c.revision), 0)).where(
        binding_history.c.at <= before
    )
    floor: int = tx.connection.execute(newest_then).scalar_one()
    written = last_written(tx)
    return floor if written is None else min(floor, written)


def _superseded(floor: int) -> ColumnElement[bool]:
    """Changes that no revision from `floor` on needs: a later one of their key came before it, or they ended it.

    The very newest revision stays in any case; it is what the ledger counts on from.
    """
    later = binding_history.alias("later")
    newest = select(func.max(binding_history.c.revision)).scalar_subquery()
    replaced = (
        select(later.c.revision)
        .where(
            later.c.platform == binding_history.c.platform,
            later.c.key == binding_history.c.key,
            later.c.revision > binding_history.c.revision,
            later.c.revision <= floor,
        )
        .exists()
    )
    return (
        (binding_history.c.revision <= floor)
        & (binding_history.c.revision < newest)
        & or_(replaced, binding_history.c.session_id.is_(None))
    )
