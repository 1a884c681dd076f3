"""Keeps the ledger and `config.runtime.yaml` the same while operators edit the one and speakers the other.

One task owns the file: it takes in what an operator saved, then writes what the ledger owes. Two small tasks
only wake it, when the folder or the ledger changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import anyio
import structlog
from anyio.to_thread import run_sync
from watchfiles import Change, awatch  # pyright: ignore[reportUnknownVariableType] - a union with trio

from picklebot.errors import ConfigError, StorageError
from picklebot.ports.ledger import BindingLedger
from picklebot.storage.runtime_yaml.amending import Amended, Amending
from picklebot.storage.runtime_yaml.durable import digest
from picklebot.storage.runtime_yaml.file import MAX_BYTES, Conflict, RuntimeYamlFile, Sight, Stamp
from picklebot.storage.runtime_yaml.intake import Intake
from picklebot.storage.runtime_yaml.late import LateSaves
from picklebot.storage.runtime_yaml.scribe import Scribe
from picklebot.yamltext import Document, YamlError

_log = structlog.get_logger(__name__)

_LOOKS = 20
_FLUSH_TRIES = 5


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between things: `poll` looks without being woken, `settle` between two equal looks, `write`
    between two writes, `hold` before a mass removal counts, `late` for which a replaced file stays in sight,
    `retry` after a write that failed."""

    poll: float = 1.0
    settle: float = 0.1
    write: float = 1.0
    hold: float = 3.0
    late: float = 2.0
    retry: float = 5.0


class RuntimeYamlSync:
    """`start()` merges once, before anything listens; `run()` goes on until it is cancelled; `flush()` then
    writes what is owed. They are called one after the other.

    `on_document` is given the parsed file at the start and after each change that an operator saved, for the
    settings beside the sessions, perhaps twice for the same file; it may raise ConfigError to refuse the whole.
    `amending` knows of ids that the service puts into lists of the file.
    """

    def __init__(
        self,
        path: Path,
        ledger: BindingLedger,
        *,
        on_document: Callable[[Document], None],
        amending: Amending | None = None,
        max_bytes: int = MAX_BYTES,
        pace: Pace = Pace(),
    ) -> None:
        self._file = RuntimeYamlFile(path, max_bytes=max_bytes)
        self._ledger = ledger
        self._on_document = on_document
        self._pace = pace
        self._amending = amending
        self._amends = False  # whether lists of the file are to be amended
        self._intake = Intake(self._file, ledger, on_document, hold=pace.hold)
        self._scribe = Scribe(path, ledger, max_bytes=max_bytes)
        self._late = LateSaves(self._file, pace.late)
        self._wake = anyio.Event()
        self._known: bytes | None = None  # the content that the ledger has taken in or written
        self._carried: int | None = None  # the revision in its first line
        self._latest = 0
        self._stamp: Stamp | None = None
        self._absent_since: float | None = None
        self._refused: str | None = None  # the digest of a content that cannot be taken in
        self._write_after = 0.0
        self._stuck = False
        self._troubles: dict[str, str] = {}

    @property
    def trouble(self) -> str | None:
        """Why the file and the ledger may differ, in one line; None while all is well."""
        return next(iter(self._troubles.values()), None)

    async def start(self) -> None:
        """Merge the file into the ledger and write what it lacks. A broken file is reported, not raised."""
        self._latest = await self._intake.begin()
        try:
            await run_sync(self._file.tidy)
        except OSError as error:
            self._complain("read", _sentence("cannot be read", self._file.path, error))
        await self._see_amendments()
        await self._turn(patient=False)

    async def run(self) -> None:
        """Follow both sides until cancelled."""
        stop = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch, stop)
            tasks.start_soon(self._listen)
            if self._amending is not None:
                tasks.start_soon(self._listen_for_amendments, self._amending)
            try:
                await self._follow()
            finally:
                stop.set()

    async def flush(self) -> None:
        """Write what is owed, at once. Raises StorageError when the ledger cannot be asked."""
        for _ in range(_FLUSH_TRIES):
            self._latest = await self._ledger.wait_changed(-1)
            await self._see_amendments()
            self._write_after = 0.0
            await self._turn(patient=False)
            if not self._owed():
                break
        await self._late.close()

    async def _follow(self) -> None:
        while True:
            with anyio.move_on_after(self._pause()):
                await self._wake.wait()
            self._wake = anyio.Event()
            await self._turn()

    def _pause(self) -> float:
        pause = self._pace.poll
        if self._late.watching:
            pause = min(pause, self._pace.late / 8)
        if self._owed():
            pause = min(pause, max(0.0, self._write_after - anyio.current_time()))
        return pause

    async def _listen(self) -> None:
        while True:
            try:
                # After a trouble, ask for what there is: the answer tells that it is over.
                since = -1 if "ledger" in self._troubles else self._latest
                self._latest = await self._ledger.wait_changed(since)
                self._troubles.pop("ledger", None)
            except StorageError as error:
                self._complain("ledger", f"the bindings cannot be followed: {error}")
                await anyio.sleep(self._pace.retry)
            self._wake.set()

    async def _listen_for_amendments(self, amending: Amending) -> None:
        while True:
            await amending.wait()
            self._amends = True
            self._wake.set()

    async def _see_amendments(self) -> None:
        self._amends = self._amending is not None and await self._amending.is_owed()

    async def _watch(self, stop: anyio.Event) -> None:
        """Wake at once when the folder changes; without this the poll still sees everything."""
        folders = {self._file.path.absolute().parent, self._file.target.parent}
        names = {self._file.path.name, self._file.target.name}

        def ours(_: Change, path: str) -> bool:
            return os.path.basename(path) in names  # noqa: PTH119 - called for each event in the folder

        try:
            async for _ in awatch(
                *folders, watch_filter=ours, debounce=100, step=20, stop_event=stop, recursive=False
            ):
                self._wake.set()
        except (OSError, RuntimeError) as error:
            _log.warning("the folder cannot be watched; the file is polled", reason=str(error))

    async def _turn(self, *, patient: bool = True) -> None:
        """Take in, then write. Whatever fails is told and tried again at the next turn."""
        try:
            await self._late.collect(self._known)
            await self._look(patient)
            self._troubles.pop("read", None)
        except (OSError, StorageError) as error:
            self._write_after = anyio.current_time() + self._pace.poll
            self._complain("read", _sentence("cannot be read", self._file.path, error))
            return
        if not self._owed() or anyio.current_time() < self._write_after:
            return
        try:
            await self._write()
        except (OSError, StorageError) as error:
            self._stuck = True
            self._amends = self._amending is not None
            self._write_after = anyio.current_time() + self._pace.retry
            self._complain("write", _sentence("cannot be written", self._file.path, error))

    async def _look(self, patient: bool) -> None:
        stamp = await run_sync(self._file.stamp)
        if stamp is not None and stamp == self._stamp:
            return
        sight = await self._stable_look()
        if sight is None:
            self._miss(patient)
            return
        self._absent_since = None
        if sight.content == self._known and self._refused is None:
            self._mend()
        else:
            await self._judge(sight.content)
        if sight.settled and (self._refused is not None or sight.content == self._known):
            self._stamp = sight.stamp

    async def _judge(self, content: bytes) -> None:
        """Take in what is neither what we know nor what was refused before."""
        name = await run_sync(digest, content)
        if name == self._refused:
            return
        self._refused = None
        if content == self._known:
            self._mend()
        else:
            await self._take(content, name)

    async def _stable_look(self) -> Sight | None:
        """What two looks in a row agree on: an editor may be in the middle of its save."""
        before = await run_sync(self._file.look)
        for _ in range(_LOOKS):
            await anyio.sleep(self._pace.settle)
            sight = await run_sync(self._file.look)
            if _same(before, sight):
                return sight
            before = sight
        raise TimeoutError("somebody writes to it without a pause")

    def _miss(self, patient: bool) -> None:
        """Editors take the file away for an instant; only one that stays away is written again."""
        now = anyio.current_time()
        self._absent_since = self._absent_since or now
        if self._known is None and self._refused is None:
            self._mend()
        elif not patient or now - self._absent_since >= self._pace.poll:
            _log.warning("the runtime file is missing and is written again", file=str(self._file.path))
            self._known = self._carried = self._refused = self._stamp = None
            self._mend()

    async def _take(self, content: bytes, name: str) -> None:
        try:
            taken = await self._intake.take(content, known=self._known, stuck=self._stuck)
        except ConfigError as error:
            self._refused = name
            self._complain("content", str(error))
            return
        if taken is None:
            self._complain("content", f"{self._file.path}: many bindings vanished at once; looking again")
            return
        self._known, self._carried = content, taken.carried
        self._latest = max(self._latest, taken.latest)
        await self._see_amendments()
        self._mend()

    def _owed(self) -> bool:
        """Whether the file, being whole, lacks the newest revision, or an id in a list."""
        behind = self._carried != self._latest or self._amends
        return "content" not in self._troubles and behind

    async def _write(self) -> None:
        began = anyio.current_time()
        try:
            page = await self._scribe.compose(self._known)
        except YamlError as error:
            self._refused = None if self._known is None else digest(self._known)
            self._complain("content", str(error))
            return
        amended = await self._amended(page.content)
        if amended is not None:
            page = replace(page, content=amended.content, places=None)
        outcome = await run_sync(self._file.replace, self._known, page.content)
        now = anyio.current_time()
        # A big file takes long: nine tenths of the time are kept for the conversations.
        self._write_after = now + max(self._pace.write, 9 * (now - began))
        if isinstance(outcome, Conflict):
            self._write_after = now
            self._stamp = None
            self._amends = amended is not None
            return
        self._late.add(outcome)
        self._scribe.wrote(page)
        self._known, self._carried = page.content, page.revision
        self._stuck = False
        self._stamp = None
        self._troubles.pop("write", None)
        self._intake.settle()
        if amended is not None:
            await amended.settle()
            self._on_document(amended.document)
        await self._ledger.note_written(page.revision)

    async def _amended(self, content: bytes) -> Amended | None:
        """The page with what its lists lack; None where that is nothing, or where they cannot be edited."""
        if not self._amends or self._amending is None:
            return None
        self._amends = False
        try:
            amended = await self._amending.amend(content, str(self._file.path))
        except YamlError as error:
            self._complain("lists", str(error))
            return None
        self._troubles.pop("lists", None)
        return amended

    def _complain(self, kind: str, message: str) -> None:
        if self._troubles.get(kind) != message:
            self._troubles[kind] = message
            _log.warning("the runtime file needs a look; the last good state stays", reason=message)

    def _mend(self) -> None:
        if self._troubles.pop("content", None) is not None:
            _log.info("the runtime file is whole again", file=str(self._file.path))


def _same(one: Sight | None, other: Sight | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.stamp == other.stamp and one.content == other.content


def _sentence(what: str, path: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"{path} {what}: {reason}"
