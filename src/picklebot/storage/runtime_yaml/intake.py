"""Taking in what an operator saved: read it, judge it against what its editor had seen, apply it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import anyio
import structlog
from anyio.to_thread import run_sync

from picklebot.ports.ledger import BindingLedger, Bindings, LedgerState
from picklebot.storage.runtime_yaml.durable import digest
from picklebot.storage.runtime_yaml.file import RuntimeYamlFile
from picklebot.storage.runtime_yaml.merge import Merge, merge
from picklebot.storage.runtime_yaml.splice import fresh
from picklebot.storage.runtime_yaml.view import RuntimeView, parse_view
from picklebot.yamltext import Document, YamlError, read

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A file's content is in the ledger: the revision it carries, and the ledger's newest one."""

    carried: int | None
    latest: int


class Intake:
    """Judges contents one at a time. `hold` is how long, in seconds, a mass removal has to stand."""

    def __init__(
        self,
        file: RuntimeYamlFile,
        ledger: BindingLedger,
        on_document: Callable[[Document], None],
        *,
        hold: float,
    ) -> None:
        self._file = file
        self._ledger = ledger
        self._on_document = on_document
        self._hold = hold
        self._held: tuple[str, float] | None = None
        self._known_shared: set[str] = set()
        self._first_revision: int | None = None

    async def begin(self) -> int:
        """Note where the ledger stands before anything happened, and return that revision."""
        self._first_revision = (await self._ledger.state()).revision
        return self._first_revision

    def settle(self) -> None:
        """From now on the file carries revisions of this very ledger."""
        self._first_revision = None

    async def take(self, content: bytes, *, known: bytes | None, stuck: bool) -> Taken | None:
        """Apply the operator's edits; None while so much is missing that the file may be half-written.

        `known` is what the file held before; `stuck` says that we could not write since, so that an editor has
        seen exactly that. Raises ConfigError for a file that cannot be taken in, and then nothing was changed.
        """
        if known is not None and _cut_off(content, known):
            raise self._cut()
        document = await run_sync(self._prepare, content)
        view = await run_sync(parse_view, document)
        state = await self._ledger.state()
        _check_room(document, state)
        previous = await run_sync(self._view, known) if known is not None and stuck else None
        base, restored = await self._base(view, state, previous)
        if _torn(content, view.bindings, base):
            raise self._cut()
        self._on_document(document)
        merged = await run_sync(merge, base, state.bindings, view.bindings)
        if merged.vanished and not self._held_long(content):
            return None
        if merged.vanished:
            await run_sync(self._keep, state)
        latest = state.revision
        if merged.edits:
            latest = await self._ledger.apply_operator_edits(merged.edits, restored=restored)
        self._tell(merged, restored)
        self._held = None
        self.settle()
        return Taken(view.revision, latest)

    def _cut(self) -> YamlError:
        return YamlError("the file ends in the middle of a line; save it again", source=str(self._file.path))

    def _read(self, content: bytes) -> Document:
        return read(content, source=str(self._file.path), max_bytes=self._file.max_bytes)

    def _prepare(self, content: bytes) -> Document:
        """Read it with its `data`, which the settings ask for on the loop: it grows with every binding."""
        document = self._read(content)
        _ = document.data
        return document

    def _keep(self, state: LedgerState) -> None:
        self._file.backup(fresh(state.bindings, state.revision))

    def _view(self, content: bytes) -> RuntimeView:
        return parse_view(self._read(content))

    async def _base(
        self, view: RuntimeView, state: LedgerState, previous: RuntimeView | None
    ) -> tuple[Bindings, bool]:
        """What the operator's editor had seen, and whether the file has outlived its database."""
        carried = view.revision
        if carried is None and not view.bindings:
            return {}, False  # the file as it is shipped, put back by a checkout: it has seen nobody
        if carried is not None and self._first_revision is not None and carried > self._first_revision:
            return {}, True
        if previous is not None and previous.revision == carried:
            return previous.bindings, False
        if carried is None or carried > state.revision:
            carried = await self._ledger.last_written_revision()
        return ({} if carried is None else await self._ledger.bindings_at(carried)), False

    def _held_long(self, content: bytes) -> bool:
        name, now = digest(content), anyio.current_time()
        if self._held is None or self._held[0] != name:
            self._held = (name, now)
            _log.warning("many bindings vanished at once; looking again before they are ended")
        return now - self._held[1] >= self._hold

    def _tell(self, merged: Merge, restored: bool) -> None:
        for gone in merged.removed:
            _log.info(
                "an operator ended a binding",
                platform=gone.platform,
                key=gone.key,
                session_id=gone.session_id,
            )
        for platform, key in merged.conflicts:
            _log.info("an operator's edit came before our own change", platform=platform, key=key)
        for session_id in set(merged.shared) - self._known_shared:
            self._known_shared.add(session_id)
            _log.warning("one session stands under several keys and is shared", session_id=session_id)
        if restored:
            _log.warning("the file knows sessions of a lost database", bindings=len(merged.edits))


def _cut_off(content: bytes, known: bytes) -> bool:
    """Whether this is the known content up to somewhere within a line: a write that did not finish."""
    rest = known[len(content) : len(content) + 1]
    return bool(content) and not content.endswith(b"\n") and known.startswith(content) and rest not in b"\r\n"


def _torn(content: bytes, theirs: Bindings, base: Bindings) -> bool:
    """Whether the file ends within an id that we know, or where the next line was just to begin."""
    last_line = content.rpartition(b"\n")[2]
    if not last_line:
        return False
    if last_line.isspace():
        return any(key not in theirs for key in base)
    known = ((base[key], name) for key, name in theirs.items() if key in base)
    cut = (name for whole, name in known if whole != name and whole.startswith(name))
    return any(last_line.endswith(name.encode()) for name in cut)


def _check_room(document: Document, state: LedgerState) -> None:
    """Refuse a file that lost its sessions by mistake: an empty one, or a text where they belong."""
    if state.bindings and (document.root is None or not document.root.entries):
        hint = "nothing was removed; save it again, or delete it to have it written from the database"
        raise YamlError(f"the file is empty; {hint}", source=document.source)
    for platform in sorted({platform for platform, _ in state.bindings}):
        document.table(("messagebus", platform, "sessions"))
